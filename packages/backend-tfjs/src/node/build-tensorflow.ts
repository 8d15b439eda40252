import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { aSignal, oneOf, optional, type RulesFor, readOptions, text } from '@ntk/tensor/options'
import { findInstalled, type Installed } from '../tensorflow/find.js'
import type { TensorflowDevice } from '../tensorflow/packages.js'
import { findCompiler } from './compiler.js'
import { type Ended, runTool } from './tool.js'
import { findWheel, type Wheel } from './wheel.js'

export interface BuildTensorflowOptions {
  /** Folder with Python's package tensorflow: a venv, a site-packages folder, or the folder of the package. */
  readonly from: string
  /** What to build for: 'tensorflow' (@tensorflow/tfjs-node), or 'tensorflow-gpu' (@tensorflow/tfjs-node-gpu). */
  readonly device?: TensorflowDevice | undefined
  readonly signal?: AbortSignal | undefined
}

/** What was built of what. */
export interface TensorflowBuild {
  readonly device: TensorflowDevice
  /** The package of tfjs that was completed, and its version. */
  readonly package: string
  readonly packageVersion: string
  /** The file that was written. */
  readonly binding: string
  /** The folder of the library, which the binding loads it from. */
  readonly library: string
  /** The library's own version. */
  readonly libraryVersion: string
  /** Whether the library found a GPU that it can use. */
  readonly gpu: boolean
  /** The compiler's command. */
  readonly compiler: string
}

const rules = {
  from: text(),
  device: oneOf<TensorflowDevice>(['tensorflow', 'tensorflow-gpu'], 'tensorflow'),
  signal: optional(aSignal()),
} satisfies RulesFor<BuildTensorflowOptions>

/** The newest Node-API that the package is written for; every Node that runs here has it. */
const nodeApi = 8

const sources = ['tfjs_backend.cc', 'tfjs_binding.cc']

/**
 * Builds the native part of @tensorflow/tfjs-node(-gpu) from the package's own sources against the library in Python's package
 * tensorflow, and puts it where the package looks for it. What is there already is replaced once the new one has loaded in a
 * process of its own. Downloads nothing.
 * Throws NtkError 'unsupported' where the package of tfjs, a compiler or part of Python's package is missing, or they do not fit
 * together; 'file' where `from` has no tensorflow, 'option' where it has several, 'config' for a wrong CXX, 'disk', 'aborted'.
 */
export async function buildTensorflow(options: BuildTensorflowOptions): Promise<TensorflowBuild> {
  const { from, device, signal } = readOptions('buildTensorflow', rules, options)
  const wheel = findWheel(from, device)
  return buildBinding(device, findInstalled(device), wheel, signal)
}

/** As `buildTensorflow`, of what was found. */
export async function buildBinding(
  device: TensorflowDevice,
  installed: Installed,
  wheel: Wheel,
  signal?: AbortSignal,
): Promise<TensorflowBuild> {
  const compiler = findCompiler()
  const folder = dirname(installed.binding)
  const unproven = join(folder, `${process.pid}.building.node`)
  try {
    mkdirSync(folder, { recursive: true })
    await compile(compiler, installed, wheel, unproven, signal)
    const { version, gpu } = await load(installed, wheel, unproven, signal)
    renameSync(unproven, installed.binding)
    return {
      device,
      package: installed.name,
      packageVersion: installed.version,
      binding: installed.binding,
      library: wheel.folder,
      libraryVersion: version,
      gpu,
      compiler: compiler.join(' '),
    }
  } catch (error) {
    throw fileError(error, installed.binding, 'written')
  } finally {
    rmSync(unproven, { force: true })
  }
}

async function compile(
  [command, ...args]: readonly [string, ...string[]],
  { name, version, folder }: Installed,
  wheel: Wheel,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const headers = createRequire(import.meta.url)('node-api-headers') as { readonly include_dir: string }
  // Node itself has the functions of Node-API, which Apple's linker asks to be told
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
  const ended = await runTool(
    command,
    [
      ...args,
      '-std=c++17',
      '-O2',
      '-fPIC',
      `-DNAPI_VERSION=${nodeApi}`,
      `-I${headers.include_dir}`,
      `-I${wheel.include}`,
      ...sources.map((file) => join(folder, 'binding', file)),
      ...shared,
      '-o',
      output,
      `-Wl,-rpath,${wheel.folder}`,
      ...wheel.libraries,
    ],
    signal,
  )
  if (ended.ok) return
  throw new NtkError('unsupported', {
    what: `${command} cannot build the sources of ${name} ${version} against the tensorflow in ${wheel.folder}.`,
    got: faults(ended.output),
    fix: "Where it names a header or a name of TensorFlow, take another version of Python's tensorflow; else a compiler that knows C++17, by CXX.",
    cause: new Error(ended.output),
  })
}

/** The first lines of a compiler's output that say what is wrong. */
function faults(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const telling = lines.filter((line) => /error|undefined|cannot find/i.test(line))
  return (telling.length > 0 ? telling : lines).slice(0, 3).join('; ') || 'no word why'
}

/** Every function that the binding calls is looked up at once, so that one that the library lacks is named now. */
const loader = `
const module = { exports: {} }
process.dlopen(module, process.argv[1], require('node:os').constants.dlopen.RTLD_NOW)
const { TF_Version, isUsingGpuDevice } = module.exports
console.log(JSON.stringify({ version: TF_Version, gpu: isUsingGpuDevice() }))
`

async function load(
  { name, version }: Installed,
  { folder }: Wheel,
  binding: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly version: string; readonly gpu: boolean }> {
  const ended: Ended = await runTool(process.execPath, ['-e', loader, binding], signal)
  const said = /^\{.*\}$/m.exec(ended.output)
  if (ended.ok && said !== null) return JSON.parse(said[0]) as { version: string; gpu: boolean }
  const lacking = /undefined symbol: (\w+)|symbol not found[^\n]*?'?_?(TFE?_\w+)/i.exec(ended.output)
  const symbol = lacking?.[1] ?? lacking?.[2]
  throw new NtkError('unsupported', {
    what:
      symbol === undefined
        ? `The binding of ${name} ${version} was built and does not load with the tensorflow in ${folder}.`
        : `The tensorflow in ${folder} does not have the function ${symbol}, which ${name} ${version} calls.`,
    got: symbol === undefined ? loadFault(ended) : undefined,
    fix: "Take another version of Python's tensorflow (pip install tensorflow==VERSION), of this machine's kind of processor.",
    cause: new Error(ended.output),
  })
}

function loadFault({ output, how }: Ended): string {
  const line = output.split('\n').find((text) => /^\w*Error: /.test(text))
  return line ?? how
}

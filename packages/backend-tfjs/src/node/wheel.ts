import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { partsOf, type TensorflowDevice } from '../tensorflow/packages.js'

/** Python's package tensorflow on the disk. */
export interface Wheel {
  readonly folder: string
  /** Of its C headers. */
  readonly include: string
  /** The two libraries that have the C interface between them. */
  readonly libraries: readonly [string, string]
}

/** What the package calls its libraries on a system; on Windows it has one of another kind. */
function libraryNames(platform: string): readonly [string, string] {
  const named = (name: string): string => (platform === 'darwin' ? `${name}.2.dylib` : `${name}.so.2`)
  return [named('libtensorflow_cc'), named('libtensorflow_framework')]
}

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** Folders where a venv, a prefix, a site-packages folder or the package itself would have it. */
function places(folder: string): string[] {
  const libs = ['lib', 'lib64'].flatMap((lib) =>
    namesIn(join(folder, lib))
      .filter((name) => /^python\d/.test(name))
      .map((name) => join(folder, lib, name)),
  )
  const sites = libs.flatMap((lib) => [join(lib, 'site-packages'), join(lib, 'dist-packages')])
  return [folder, ...[folder, ...sites].map((site) => join(site, 'tensorflow'))]
}

const isPackage = (folder: string): boolean =>
  existsSync(join(folder, '__init__.py')) && existsSync(join(folder, 'include', 'tensorflow'))

/**
 * Python's package tensorflow in a venv, a site-packages folder, or the folder of the package. Throws NtkError 'file' where there is
 * none, 'option' where there are several, 'unsupported' where it lacks the libraries or headers.
 */
export function findWheel(
  from: string,
  device: TensorflowDevice,
  platform: string = process.platform,
): Wheel {
  if (platform === 'win32') {
    throw new NtkError('unsupported', {
      what: "Python's tensorflow for Windows does not have the library that the binding is built against.",
      fix: 'Build in WSL, or take another device.',
    })
  }
  const root = resolve(from)
  const advice = `Give the folder of a venv that has it, its site-packages, or the package's own: ${partsOf[device].wheel}.`
  if (!existsSync(root)) throw new NtkError('file', { what: `${from} does not exist.`, fix: advice })
  // lib64 is often a second name of lib
  const found = new Map(
    places(root)
      .filter(isPackage)
      .reverse()
      .map((folder) => [realpathSync(folder), folder]),
  )
  const [folder, ...others] = [...found.values()].reverse()
  if (folder === undefined) {
    throw new NtkError('file', { what: `There is no Python package tensorflow in ${from}.`, fix: advice })
  }
  if (others.length > 0) {
    throw new NtkError('option', {
      what: `${from} has tensorflow for several versions of Python.`,
      got: [folder, ...others].join(', '),
      fix: 'Give one of these folders.',
    })
  }
  const include = join(folder, 'include')
  const [cc, framework] = libraryNames(platform).map((name) => join(folder, name)) as [string, string]
  const header = join(include, 'tensorflow', 'c', 'eager', 'c_api.h')
  const missing = [cc, framework, header].filter((file) => !existsSync(file))
  if (missing.length > 0) {
    throw new NtkError('unsupported', {
      what: `The tensorflow in ${folder} lacks what the binding is built against.`,
      got: `no ${missing.join(', no ')}`,
      fix: 'Take a newer one: pip install --upgrade tensorflow.',
    })
  }
  return { folder, include, libraries: [cc, framework] }
}

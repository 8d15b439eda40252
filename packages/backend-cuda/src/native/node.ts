import { readdirSync } from 'node:fs'
import { NtkError } from '@ntk/tensor'
import { type Ffi, type ForeignLibrary, firstLine, loadFfi } from '@ntk/tensor/node'
import { type CudaApi, type Libraries, type LibraryName, signatures } from '../api.js'
import { driverNames, type Environment, type Files, type Found, findToolkits } from './places.js'
import type { Loaded } from './types.js'

const files: Files = {
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

const wheels =
  'Install the CUDA toolkit, or `pip install nvidia-cuda-nvrtc-cu12 nvidia-cublas-cu12 nvidia-cusolver-cu12` in an environment of Python that is active, or name a folder in NTK_CUDA.'

type Bound<L extends LibraryName> = Libraries[L]

/** Every function that is called of a library. Throws an error that names what it lacks. */
function bind<L extends LibraryName>(name: L, library: ForeignLibrary, path: string): Bound<L> {
  const functions: Record<string, unknown> = {}
  for (const [f, takes] of Object.entries<readonly string[]>(signatures[name])) {
    try {
      functions[f] = library.func(f, 'int', takes)
    } catch {
      throw new Error(`${path} has no ${f}: it is of a CUDA before 11.2, or not ${name}`)
    }
  }
  return functions as unknown as Bound<L>
}

/** The first of `names` that loads, or why none does. */
function loadOne(
  ffi: Ffi,
  names: readonly string[],
  options?: { readonly global: boolean },
): { library: ForeignLibrary; name: string } | string {
  let reason = ''
  for (const name of names) {
    try {
      return { library: options === undefined ? ffi.load(name) : ffi.load(name, options), name }
    } catch (error) {
      reason ||= firstLine(error)
    }
  }
  return reason
}

/** The three libraries of one CUDA, or why they cannot be had. */
function loadToolkit(
  ffi: Ffi,
  { libraries, helpers }: Found,
): (Omit<Libraries, 'driver'> & { about: Omit<CudaApi['about'], 'driver'> }) | string {
  for (const helper of helpers) loadOne(ffi, [helper], { global: true })
  const loaded: Partial<Record<keyof typeof libraries, ForeignLibrary>> = {}
  for (const name of ['nvrtc', 'cublas', 'cusolver'] as const) {
    const one = loadOne(ffi, [libraries[name]])
    if (typeof one === 'string') return one
    loaded[name] = one.library
  }
  try {
    return {
      nvrtc: bind('nvrtc', loaded.nvrtc as ForeignLibrary, libraries.nvrtc),
      cublas: bind('cublas', loaded.cublas as ForeignLibrary, libraries.cublas),
      cusolver: bind('cusolver', loaded.cusolver as ForeignLibrary, libraries.cusolver),
      about: libraries,
    }
  } catch (error) {
    return firstLine(error)
  }
}

/** The libraries of CUDA but the driver, from the first place that has them all. */
export function loadLibraries(env: Environment): ReturnType<typeof loadToolkit> {
  const ffi = loadFfi()
  if ('reason' in ffi) return ffi.reason
  const { found, lacking } = findToolkits(env, files, systemOf(process.platform))
  const reasons = [...lacking]
  for (const one of found) {
    const loaded = loadToolkit(ffi, one)
    if (typeof loaded !== 'string') return loaded
    if (one.helpers.length > 0 || reasons.length === 0) reasons.push(loaded)
  }
  return reasons.join('; ')
}

const systemOf = (platform: string): 'linux' | 'windows' => (platform === 'win32' ? 'windows' : 'linux')

/** The driver and the libraries, or why they cannot be had and what brings them. Throws NtkError 'config' where NTK_CUDA names no CUDA. */
export function loadCuda(env: Environment = process.env): Loaded {
  if (process.platform === 'darwin')
    return { reason: 'There is no CUDA for macOS.', fix: "Use 'webgpu' of @ntk/backend-tfjs." }
  const ffi = loadFfi()
  if ('reason' in ffi || ffi.address === undefined)
    return { reason: 'reason' in ffi ? `${ffi.reason}.` : 'koffi is too old.', fix: '`npm install koffi`.' }
  const { address } = ffi
  const libraries = loadLibraries(env)
  const named = env.NTK_CUDA ?? ''
  if (typeof libraries === 'string' && named !== '') {
    throw new NtkError('config', {
      what: 'NTK_CUDA needs a folder with the libraries of CUDA: a toolkit, an environment of Python with its wheels, or the libraries themselves.',
      got: `${named} (${libraries === '' ? 'no NVRTC and no cuBLAS' : libraries})`,
      fix: wheels,
    })
  }
  const driver = loadOne(ffi, driverNames[systemOf(process.platform)])
  if (typeof driver === 'string')
    return {
      reason: `NVIDIA's driver is not here: ${driver}.`,
      fix: 'A GPU of NVIDIA and its driver bring it.',
    }
  if (typeof libraries === 'string')
    return { reason: `The libraries of CUDA are not here: ${libraries}.`, fix: wheels }
  try {
    const { about, ...bound } = libraries
    const api: CudaApi = {
      ...bound,
      driver: bind('driver', driver.library, driver.name),
      address: (array) => address(array),
      about: { ...about, driver: driver.name },
    }
    return { api }
  } catch (error) {
    return { reason: `${firstLine(error)}.`, fix: 'Update the driver: it must be of CUDA 11.2 or newer.' }
  }
}

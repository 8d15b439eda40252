import { NtkError } from '@ntk/tensor'
import { loadFfi } from '@ntk/tensor/node'
import { loadDriver } from './driver.js'
import { loadToolkit, searchToolkits, system, type Toolkit } from './libraries.js'
import { driverNames, type Environment } from './places.js'
import type { Loaded } from './types.js'

const wheels =
  'Install the CUDA toolkit, or `pip install nvidia-cuda-nvrtc-cu12 nvidia-cublas-cu12 nvidia-cusolver-cu12` in an environment of Python that is active, or name a folder in NTK_CUDA.'

/** The libraries of CUDA but the driver, or why they cannot be had. */
export function loadLibraries(env: Environment): Toolkit | string {
  const ffi = loadFfi()
  return 'reason' in ffi ? ffi.reason : loadToolkit(ffi, searchToolkits(env))
}

/**
 * The driver and the libraries, or why they cannot be had and what brings them. A CUDA that the driver is too old for is passed over.
 * Throws NtkError 'config' where NTK_CUDA names no CUDA.
 */
export function loadCuda(
  env: Environment = process.env,
  drivers: readonly string[] = driverNames[system],
): Loaded {
  if (process.platform === 'darwin')
    return { reason: 'There is no CUDA for macOS.', fix: "Use 'webgpu' of @ntk/backend-tfjs." }
  const ffi = loadFfi()
  if ('reason' in ffi || ffi.address === undefined)
    return { reason: 'reason' in ffi ? `${ffi.reason}.` : 'koffi is too old.', fix: '`npm install koffi`.' }
  const { address } = ffi
  const named = env.NTK_CUDA ?? ''
  const search = searchToolkits(env)
  if (named !== '' && search.found.length === 0)
    throw unusable(named, search.lacking.join('; ') || 'no NVRTC, no cuBLAS and no cuSOLVER')
  const driver = loadDriver(ffi, drivers)
  if ('reason' in driver) return driver
  const toolkit = loadToolkit(ffi, search, driver.version)
  if (typeof toolkit === 'string') {
    if (named !== '') throw unusable(named, toolkit)
    return { reason: `The libraries of CUDA are missing: ${toolkit}.`, fix: wheels }
  }
  const { about, versions, ...libraries } = toolkit
  const { major, minor } = driver.version
  return {
    api: {
      ...libraries,
      driver: driver.functions,
      address: (array) => address(array),
      about: { ...about, driver: driver.path },
    },
    versions: { ...versions, driver: `${major}.${minor}` },
  }
}

function unusable(folder: string, reason: string): NtkError {
  return new NtkError('config', {
    what: 'NTK_CUDA needs a folder with the libraries of CUDA: a toolkit, an environment of Python with its wheels, or the libraries themselves.',
    got: `${folder} (${reason})`,
    fix: wheels,
  })
}

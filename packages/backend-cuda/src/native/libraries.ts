import { readdirSync } from 'node:fs'
import type { Ffi, ForeignLibrary } from '@ntk/tensor/node'
import type { CudaApi, Libraries } from '../api.js'
import { bind, load } from './bind.js'
import {
  type Environment,
  type Files,
  type Found,
  findToolkits,
  type Search,
  type System,
  type ToolkitLibrary,
} from './places.js'

export const system: System = process.platform === 'win32' ? 'windows' : 'linux'

const files: Files = {
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

export const searchToolkits = (env: Environment): Search => findToolkits(env, files, system)

export interface Toolkit extends Omit<Libraries, 'driver'> {
  readonly about: Omit<CudaApi['about'], 'driver'>
  readonly versions: Readonly<Record<ToolkitLibrary, string>>
}

/** The version of CUDA that a driver is of, such as { major: 12, minor: 8 }. */
export interface Version {
  readonly major: number
  readonly minor: number
}

/** The libraries of the first CUDA that can be had and that a driver of version `known` runs, or why there is none. */
export function loadToolkit(ffi: Ffi, { found, lacking }: Search, known?: Version): Toolkit | string {
  const reasons = [...lacking]
  for (const one of found) {
    const { cuda, place, libraries } = one
    if (known !== undefined && cuda > known.major) {
      // a name for the system's loader is no news: there may be nothing behind it
      if (one.helpers.length > 0 || libraries.nvrtc.includes('/'))
        reasons.push(`${place} has CUDA ${cuda}, and the driver is of CUDA ${known.major}.${known.minor}`)
      continue
    }
    const toolkit = loadOne(ffi, one)
    if (typeof toolkit !== 'string') return toolkit
    if (libraries.nvrtc.includes('/')) reasons.push(toolkit)
  }
  return reasons.length > 0 ? reasons.join('; ') : 'no NVRTC, cuBLAS and cuSOLVER of one CUDA were found'
}

function loadOne(ffi: Ffi, { libraries, helpers }: Found): Toolkit | string {
  // What is loaded already is found by its name, wherever it lies. One that does not load is missed below, where the message says by whom.
  for (const helper of helpers) load(ffi, [helper])
  const nvrtc = bind(ffi, 'nvrtc', [libraries.nvrtc])
  if (typeof nvrtc === 'string') return nvrtc
  const cublas = bind(ffi, 'cublas', [libraries.cublas])
  if (typeof cublas === 'string') return cublas
  const cusolver = bind(ffi, 'cusolver', [libraries.cusolver])
  if (typeof cusolver === 'string') return cusolver
  return {
    nvrtc: nvrtc.functions,
    cublas: cublas.functions,
    cusolver: cusolver.functions,
    about: libraries,
    versions: {
      nvrtc: versionOf(nvrtc.library, 'nvrtcVersion'),
      cublas: properties(cublas.library, 'cublasGetProperty'),
      cusolver: properties(cusolver.library, 'cusolverGetProperty'),
    },
  }
}

function versionOf(library: ForeignLibrary, name: string): string {
  const [major, minor] = [new Int32Array(1), new Int32Array(1)]
  const status = library.func(name, 'int', ['void *', 'void *'])(major, minor)
  return status === 0 ? `${major[0]}.${minor[0]}` : 'unknown'
}

/** library_types.h: 0, 1 and 2 are MAJOR_VERSION, MINOR_VERSION and PATCH_LEVEL. No handle is needed, and so no GPU. */
function properties(library: ForeignLibrary, name: string): string {
  const ask = library.func(name, 'int', ['int', 'void *'])
  const value = new Int32Array(1)
  return [0, 1, 2].map((type) => (ask(type, value) === 0 ? value[0] : '?')).join('.')
}

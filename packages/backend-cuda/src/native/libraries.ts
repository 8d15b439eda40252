import { readdirSync } from 'node:fs'
import type { Ffi } from '@ntk/tensor/node'
import type { CudaApi, Libraries } from '../api.js'
import { bind, load } from './bind.js'
import { type Environment, type Files, type Found, findToolkits, type Search, type System } from './places.js'

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
  }
}

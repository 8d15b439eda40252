import { NtkError } from '@ntk/tensor'
import type { CudaApi, Nvrtc } from './api.js'
import { check } from './status.js'

type Compiler = Pick<CudaApi, 'nvrtc'> & { readonly about: { readonly nvrtc: string } }

/** The machine code of a program for one kind of GPU. Throws NtkError 'backend' with what NVRTC says where it refuses. */
export function compiled({ nvrtc, about }: Compiler, architecture: string, text: string): Uint8Array {
  const made = new BigUint64Array(1)
  check('nvrtc', 'nvrtcCreateProgram', nvrtc.nvrtcCreateProgram(made, text, 'ntk.cu', 0, null, null))
  const id = made[0] as bigint
  try {
    // one multiplication and one addition are two roundings, as everywhere else
    const options = [`--gpu-architecture=${architecture}`, '--fmad=false']
    const status = nvrtc.nvrtcCompileProgram(id, options.length, options)
    if (status !== 0) {
      throw new NtkError('backend', {
        what: `NVRTC (${about.nvrtc}) cannot compile a program for ${architecture} (status ${status}).`,
        got: logOf(nvrtc, id).split('\n').slice(0, 4).join(' '),
        fix: 'Where the GPU is newer than CUDA, take a newer CUDA (`ntk doctor` shows both); a program that is wrong is a fault of @ntk/backend-cuda.',
      })
    }
    const size = new BigUint64Array(1)
    check('nvrtc', 'nvrtcGetCUBINSize', nvrtc.nvrtcGetCUBINSize(id, size))
    const image = new Uint8Array(Number(size[0]))
    check('nvrtc', 'nvrtcGetCUBIN', nvrtc.nvrtcGetCUBIN(id, image))
    return image
  } finally {
    nvrtc.nvrtcDestroyProgram(made)
  }
}

function logOf(nvrtc: Nvrtc, id: bigint): string {
  const size = new BigUint64Array(1)
  nvrtc.nvrtcGetProgramLogSize(id, size)
  const log = new Uint8Array(Math.max(Number(size[0]), 1))
  nvrtc.nvrtcGetProgramLog(id, log)
  return new TextDecoder().decode(log).replace(/\0.*$/s, '').trim()
}

import type { CudaApi, Driver, Nvrtc } from '../../src/api.js'
import { slots } from '../../src/text/prelude.js'
import { compile, load, type Run } from './compiler.js'
import { cublas, cusolver } from './libraries.js'
import { addressOf, anyBytes, bytesAt, giveBack, held, take, write } from './memory.js'

/** CUDA's calls on host memory, for machines without a GPU: what is above them is the code that runs on one. */
export interface StandIn {
  readonly api: CudaApi
  /** The texts that were compiled. */
  readonly texts: string[]
  /** Kernels that were run. */
  readonly launches: () => number
  /** From here on every call of this function gives this status. */
  readonly fail: (call: string, status: number) => void
  /** Bytes that the device holds. */
  readonly held: () => number
}

const ok = 0
const outOfMemory = 2
const compilationFailed = 6

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function putText(target: ArrayBufferView, text: string): void {
  bytesOf(target).set(new TextEncoder().encode(`${text}\0`).subarray(0, target.byteLength))
}

/** `capacity`: bytes that the pretended device holds at most, beside what others hold already. */
export function standIn(capacity: number = 2 ** 30): StandIn {
  const before = held()
  const room = (): number => capacity - (held() - before)
  const texts: string[] = []
  const programs = new Map<bigint, { text: string; log: string; library: string }>()
  const modules = new Map<bigint, string>()
  const kernels = new Map<bigint, Run>()
  let next = 1n
  let launches = 0

  const nvrtc: Nvrtc = {
    nvrtcCreateProgram: (program, text) => {
      programs.set(next, { text, log: '', library: '' })
      write(program, next++)
      return ok
    },
    nvrtcCompileProgram: (id) => {
      const program = programs.get(id)
      if (program === undefined) return 3
      texts.push(program.text)
      const made = compile(program.text, 'ntk_kernel')
      if ('log' in made) {
        program.log = made.log
        return compilationFailed
      }
      program.library = made.library
      return ok
    },
    nvrtcGetCUBINSize: (id, size) => (write(size, (programs.get(id)?.library.length ?? 0) + 1), ok),
    nvrtcGetCUBIN: (id, image) => (putText(image, programs.get(id)?.library ?? ''), ok),
    nvrtcGetProgramLogSize: (id, size) => (write(size, (programs.get(id)?.log.length ?? 0) + 1), ok),
    nvrtcGetProgramLog: (id, text) => (putText(text, programs.get(id)?.log ?? ''), ok),
    nvrtcDestroyProgram: (program) => {
      programs.delete((program as BigUint64Array)[0] as bigint)
      return ok
    },
  }

  const driver: Driver = {
    cuInit: () => ok,
    cuDeviceGetCount: (count) => (write(count, 1), ok),
    cuDeviceGet: (device, index) => (write(device, index), ok),
    cuDeviceGetName: (text) => (putText(text, 'a stand-in'), ok),
    // compute capability 8.0
    cuDeviceGetAttribute: (value, attribute) => (write(value, attribute === 75 ? 8 : 0), ok),
    cuDevicePrimaryCtxRetain: (context) => (write(context, 1), ok),
    cuCtxSetCurrent: () => ok,
    cuCtxSynchronize: () => ok,
    cuDeviceGetDefaultMemPool: (pool) => (write(pool, 1), ok),
    cuMemPoolSetAttribute: () => ok,
    cuMemPoolTrimTo: () => ok,
    cuMemGetInfo_v2: (free, total) => (write(free, room()), write(total, capacity), ok),
    cuMemAllocAsync: (place, bytes) => {
      if (bytes > room()) return outOfMemory
      write(place, take(bytes))
      return ok
    },
    cuMemFreeAsync: (place) => (giveBack(place), ok),
    cuMemcpyHtoD_v2: (to, from, bytes) => {
      new Uint8Array(bytesAt(to, bytes)).set(bytesOf(from).subarray(0, bytes))
      return ok
    },
    cuMemcpyDtoH_v2: (to, from, bytes) => {
      bytesOf(to).set(new Uint8Array(bytesAt(from, bytes)))
      return ok
    },
    cuMemcpyDtoDAsync_v2: (to, from, bytes) => {
      new Uint8Array(bytesAt(to, bytes)).set(new Uint8Array(bytesAt(from, bytes)))
      return ok
    },
    cuModuleLoadData: (module, image) => {
      modules.set(next, new TextDecoder().decode(bytesOf(image)).replace(/\0.*/s, ''))
      write(module, next++)
      return ok
    },
    cuModuleGetFunction: (found, module) => {
      kernels.set(next, load(modules.get(module) ?? ''))
      write(found, next++)
      return ok
    },
    cuLaunchKernel: (kernel, ...sizes) => {
      const [grid, , , block, , , , , , extra] = sizes
      launches++
      const [, args] = extra as BigUint64Array
      // the launch copies its arguments
      const own = new Uint8Array(4096)
      own.set(new Uint8Array(anyBytes(args as bigint, 8 * (slots.v + slots.d))))
      kernels.get(kernel)?.(addressOf(own), grid, block)
      return ok
    },
  }

  const failing = new Map<string, number>()
  const watched = <T extends object>(functions: T): T =>
    new Proxy(functions, {
      get: (target, name, receiver) => {
        const f: unknown = Reflect.get(target, name, receiver)
        const status = failing.get(String(name))
        return status === undefined ? f : () => status
      },
    })
  const about = { driver: 'stand-in', nvrtc: 'the C compiler', cublas: 'stand-in', cusolver: 'stand-in' }
  return {
    api: {
      driver: watched(driver),
      nvrtc: watched(nvrtc),
      cublas: watched(cublas),
      cusolver: watched(cusolver),
      address: addressOf,
      about,
    },
    texts,
    launches: () => launches,
    fail: (call, status) => failing.set(call, status),
    held,
  }
}

import { NtkError } from '@ntk/tensor'
import { showBytes } from '@ntk/tensor/options'
import type { CudaApi } from './api.js'
import { type Arguments, Launcher } from './launch.js'
import { DeviceMemory } from './memory.js'
import { check, outOfMemory } from './status.js'

/** cuda.h: the attributes of a device that are asked for. */
const computeMajor = 75
const computeMinor = 76
/** cuda.h: CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, the bytes that a pool keeps for later before it gives any back. */
const releaseThreshold = 4

export type BlasHandle = bigint
export type SolverHandle = bigint

/** One GPU: its context, its memory and the programs compiled for it. All work is in order, on the default stream. */
export class Machine {
  readonly api: CudaApi
  readonly name: string
  /** Compute capability, such as 'sm_80'. */
  readonly architecture: string
  readonly #launcher: Launcher
  readonly #context: bigint
  readonly #pool: bigint
  #blas: BlasHandle | null = null
  #solver: SolverHandle | null = null

  /** Throws NtkError 'unsupported' where there is no such device. */
  constructor(api: CudaApi, index: number) {
    this.api = api
    const { driver } = api
    check('driver', 'cuInit', driver.cuInit(0))
    const count = new Int32Array(1)
    check('driver', 'cuDeviceGetCount', driver.cuDeviceGetCount(count))
    if (index >= (count[0] as number)) {
      throw new NtkError('unsupported', {
        what: `There is no CUDA device ${index}.`,
        got: `${count[0]} ${count[0] === 1 ? 'device' : 'devices'}`,
        fix: 'Count from 0; CUDA_VISIBLE_DEVICES hides devices.',
      })
    }
    const device = new Int32Array(1)
    check('driver', 'cuDeviceGet', driver.cuDeviceGet(device, index))
    const id = device[0] as number
    const [major, minor] = [computeMajor, computeMinor].map((attribute) => {
      const value = new Int32Array(1)
      check('driver', 'cuDeviceGetAttribute', driver.cuDeviceGetAttribute(value, attribute, id))
      return value[0] as number
    })
    this.architecture = `sm_${major}${minor}`
    const text = new Uint8Array(256)
    check('driver', 'cuDeviceGetName', driver.cuDeviceGetName(text, text.length, id))
    this.name = new TextDecoder().decode(text.subarray(0, text.indexOf(0)))
    this.#context = one((out) =>
      check('driver', 'cuDevicePrimaryCtxRetain', driver.cuDevicePrimaryCtxRetain(out, id)),
    )
    this.enter()
    this.#pool = one((out) =>
      check('driver', 'cuDeviceGetDefaultMemPool', driver.cuDeviceGetDefaultMemPool(out, id)),
    )
    // what is freed stays with this process: the next tensor of that size costs no call of the driver
    const all = new BigUint64Array([2n ** 64n - 1n])
    check('driver', 'cuMemPoolSetAttribute', driver.cuMemPoolSetAttribute(this.#pool, releaseThreshold, all))
    this.#launcher = new Launcher(api, this.architecture)
  }

  /** Other code of this process may have made another context current. */
  enter(): void {
    check('driver', 'cuCtxSetCurrent', this.api.driver.cuCtxSetCurrent(this.#context))
  }

  /** Memory for `bytes`, at least one. Throws NtkError 'memory' that says how much was needed and how much there is. */
  allocate(bytes: number): DeviceMemory {
    const out = new BigUint64Array(1)
    const size = Math.max(bytes, 1)
    let status = this.api.driver.cuMemAllocAsync(out, size, 0n)
    if (status === outOfMemory) {
      // the pool may hold pieces that are each too small
      this.api.driver.cuCtxSynchronize()
      this.api.driver.cuMemPoolTrimTo(this.#pool, 0)
      status = this.api.driver.cuMemAllocAsync(out, size, 0n)
    }
    if (status === outOfMemory) throw this.#full(bytes)
    check('driver', 'cuMemAllocAsync', status)
    return new DeviceMemory(out[0] as bigint, bytes, (memory) => {
      this.api.driver.cuMemFreeAsync(memory.address, 0n)
    })
  }

  #full(bytes: number): NtkError {
    const { free, total } = this.memoryInfo()
    return new NtkError('memory', {
      what: `The memory of ${this.name} is full: a tensor of ${showBytes(bytes)} was needed.`,
      got: `${showBytes(free)} free of ${showBytes(total)}`,
      fix: 'Take smaller batches, or fewer samples at once: kernelFn and empirical kernels compute by tiles, and split those that do not fit. What is not needed any more goes at the end of its scope.',
    })
  }

  memoryInfo(): { readonly free: number; readonly total: number } {
    const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)]
    check('driver', 'cuMemGetInfo', this.api.driver.cuMemGetInfo_v2(free, total))
    return { free: Number(free[0]), total: Number(total[0]) }
  }

  upload(data: ArrayBufferView): DeviceMemory {
    const memory = this.allocate(data.byteLength)
    if (data.byteLength > 0)
      check('driver', 'cuMemcpyHtoD', this.api.driver.cuMemcpyHtoD_v2(memory.address, data, data.byteLength))
    return memory
  }

  /** Waits for what was asked before, and copies. */
  download(memory: DeviceMemory, into: ArrayBufferView): void {
    if (into.byteLength > 0)
      check('driver', 'cuMemcpyDtoH', this.api.driver.cuMemcpyDtoH_v2(into, memory.address, into.byteLength))
  }

  copy(from: DeviceMemory): DeviceMemory {
    const to = this.allocate(from.bytes)
    if (from.bytes > 0)
      check(
        'driver',
        'cuMemcpyDtoD',
        this.api.driver.cuMemcpyDtoDAsync_v2(to.address, from.address, from.bytes, 0n),
      )
    return to
  }

  /** Runs a program (the body of a kernel, see text/prelude.ts) once for each of `count` threads. */
  run(body: string, count: number, args: Arguments): void {
    if (count > 0) this.#launcher.launch(body, count, args)
  }

  blas(): BlasHandle {
    this.#blas ??= one((out) => check('cublas', 'cublasCreate', this.api.cublas.cublasCreate_v2(out)))
    return this.#blas
  }

  solver(): SolverHandle {
    this.#solver ??= one((out) =>
      check('cusolver', 'cusolverDnCreate', this.api.cusolver.cusolverDnCreate(out)),
    )
    return this.#solver
  }
}

/** The handle that a C function writes. */
function one(call: (out: BigUint64Array) => void): bigint {
  const out = new BigUint64Array(1)
  call(out)
  return out[0] as bigint
}

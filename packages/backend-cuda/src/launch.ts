import type { CudaApi } from './api.js'
import { compiled } from './compile.js'
import type { DeviceMemory } from './memory.js'
import { check } from './status.js'
import { kernelName, program, slots } from './text/prelude.js'

/** What a program is given: addresses and whole numbers in `v`, numbers in `d`. */
export interface Arguments {
  readonly v: readonly (DeviceMemory | number)[]
  readonly d?: readonly number[]
}

/** Threads of a block. */
const block = 256
/** cuda.h: CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE and CU_LAUNCH_PARAM_END. */
const bufferPointer = 1n
const bufferSize = 2n

type Kernel = bigint

/** Compiles programs, each once, and runs them. */
export class Launcher {
  readonly #api: CudaApi
  readonly #architecture: string
  readonly #kernels = new Map<string, Kernel>()
  readonly #bytes = new ArrayBuffer(8 * (slots.v + slots.d))
  readonly #whole = new BigInt64Array(this.#bytes, 0, slots.v)
  readonly #numbers = new Float64Array(this.#bytes, 8 * slots.v, slots.d)
  // of more than 64 bytes each: smaller arrays lie on the heap of the engine, which moves them
  readonly #size = new BigUint64Array(16)
  readonly #extra = new BigUint64Array(16)

  constructor(api: CudaApi, architecture: string) {
    this.#api = api
    this.#architecture = architecture
    this.#size[0] = BigInt(this.#bytes.byteLength)
    this.#extra.set([bufferPointer, api.address(this.#whole), bufferSize, api.address(this.#size), 0n])
  }

  launch(body: string, count: number, { v, d = [] }: Arguments): void {
    if (v.length > slots.v || d.length > slots.d)
      throw new RangeError(
        `a program has ${slots.v} and ${slots.d} arguments, not ${v.length} and ${d.length}`,
      )
    let kernel = this.#kernels.get(body)
    if (kernel === undefined) {
      kernel = this.#compile(body)
      this.#kernels.set(body, kernel)
    }
    v.forEach((x, i) => {
      this.#whole[i] = typeof x === 'number' ? BigInt(x) : x.address
    })
    this.#numbers.set(d)
    const blocks = Math.ceil(count / block)
    const status = this.#api.driver.cuLaunchKernel(
      kernel,
      blocks,
      1,
      1,
      block,
      1,
      1,
      0,
      0n,
      null,
      this.#extra,
    )
    check('driver', 'cuLaunchKernel', status)
  }

  #compile(body: string): Kernel {
    const { driver } = this.#api
    const image = compiled(this.#api, this.#architecture, program(body))
    const loaded = new BigUint64Array(1)
    check('driver', 'cuModuleLoadData', driver.cuModuleLoadData(loaded, image))
    const found = new BigUint64Array(1)
    const got = driver.cuModuleGetFunction(found, loaded[0] as bigint, kernelName)
    check('driver', 'cuModuleGetFunction', got)
    return found[0] as bigint
  }
}

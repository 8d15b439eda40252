import type { Backend, BackendBuffer, BackendTensor } from './backend.js'
import { checkBackend } from './check-backend.js'
import { checkCopy, markCopy } from './copies.js'
import { defaultBackend } from './default-backend.js'
import { allocate, type DType, dtypeOfArray, type TypedArray } from './dtype.js'
import { NtkError } from './errors.js'
import { donatedError, freedError, noBuffer } from './lifetime.js'
import { optional } from './options/kinds.js'
import { readOptions } from './options/read.js'
import type { RulesFor } from './options/rule.js'
import { aBackend, aDType } from './options/values.js'
import { currentOwner } from './scopes.js'
import { checkShape, type Shape, showShape, sizeOf, stridesOf } from './shape.js'
import type { Value } from './value.js'

/** Numbers nested to any depth. */
export type Nested = number | boolean | readonly Nested[]

const brand = Symbol.for('@ntk/tensor')

/** An immutable n-dimensional array on a backend, contiguous and row-major. Made by `tensor`, ops and `init`s. */
export class Tensor implements Value, BackendTensor {
  readonly interpreter: null = null
  /** What its backend keeps the elements in; an empty object once the tensor has let go of it. */
  readonly buffer: BackendBuffer
  /** The first tensor over this buffer, which counts those that hold it. */
  readonly #first: Tensor
  readonly #follows: boolean
  #holders = 0
  /** Whether a backend took the buffer, to write an output over it. */
  #taken = false
  /** Why the tensor has no memory any more. */
  #gone: 'freed' | 'donated' | null = null

  /** `source`: a tensor whose buffer this one shares. `follows`: see `Tensor.follows`. */
  constructor(
    readonly backend: Backend,
    buffer: BackendBuffer,
    readonly shape: Shape,
    readonly dtype: DType,
    source: Tensor | null = null,
    follows = false,
  ) {
    this.buffer = buffer
    this.#first = source === null ? this : source.#first
    this.#first.#holders++
    this.#follows = follows
    if (!backend.collected) currentOwner()?.own(this)
  }

  static {
    Object.defineProperty(this.prototype, brand, { value: true })
    markCopy(this.prototype)
  }

  /**
   * Whether a tensor is a constant that nobody put anywhere: numbers, `zeros`, `arange` and what is made of them alone. Where it
   * meets tensors of another backend it follows them there, as uncommitted arrays do in JAX.
   */
  static follows(x: Tensor): boolean {
    return x.#follows
  }

  /** Throws NtkError 'freed' or 'donated' where the tensor's memory is not its own any more. */
  static check(name: string, x: Tensor): void {
    if (x.#gone === null && !x.#first.#taken) return
    throw x.#gone === 'freed' ? freedError(name, x) : donatedError(name, x)
  }

  /** Uses a tensor up that was given away with a call: its memory, and that of all that share it, is the backend's where that took it. */
  static giveAway(x: Tensor, taken: boolean): void {
    if (taken) x.#first.#taken = true
    x.#letGo('donated')
  }

  /** Another tensor over the same memory. */
  static sharing(x: Tensor): Tensor {
    return new Tensor(x.backend, x.buffer, x.shape, x.dtype, x, x.#follows)
  }

  static isInstance(value: unknown): value is Tensor {
    return typeof value === 'object' && value !== null && brand in value
  }

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  /** The elements in row-major order. A view where the backend allows it: do not write to it. */
  async data(): Promise<TypedArray> {
    Tensor.check('data', this)
    return this.backend.read(this)
  }

  /** As `data`, at once. Throws NtkError 'unsupported' on a device that cannot block: bring the tensor home first. */
  dataSync(): TypedArray {
    Tensor.check('dataSync', this)
    const data = this.backend.readSync(this)
    if (data === null) {
      throw new NtkError('unsupported', {
        what: 'Numbers are read at once from tensors on the host only.',
        got: `${this.toString()} on ${this.backend.name}, which cannot wait for its device`,
        fix: 'Bring it home with `await toHost(x)`, or read it with `await x.data()`.',
      })
    }
    return data
  }

  /** The one element of a tensor of size 1. */
  item(): number {
    if (this.size !== 1) {
      throw new NtkError('shape', { what: 'item needs a tensor of one element.', got: showShape(this.shape) })
    }
    return this.dataSync()[0] as number
  }

  /** As nested arrays of numbers (booleans for bool). */
  toNested(): Nested {
    return nest(this.dataSync(), this.shape, this.dtype)
  }

  /** Whether its memory was freed or given away, so that it cannot be used any more. */
  get disposed(): boolean {
    return this.#gone !== null || this.#first.#taken
  }

  /**
   * Lets go of the memory now; ordinary code need not call it, `scope` does. Using the tensor afterwards throws NtkError
   * 'freed'; others that share its memory (reshapes) keep it.
   */
  dispose(): void {
    this.#letGo('freed')
  }

  #letGo(why: 'freed' | 'donated'): void {
    if (this.#gone !== null) return
    this.#gone = why
    const { buffer } = this
    empty(this)
    const first = this.#first
    first.#holders--
    if (first.#holders === 0 && !first.#taken) this.backend.free(buffer)
  }

  toString(): string {
    return `Tensor(${this.dtype}${showShape(this.shape)})`
  }
}

/** The one change that a tensor sees: it holds nothing any more. */
function empty(x: { buffer: BackendBuffer }): void {
  x.buffer = noBuffer
}

function nest(data: TypedArray, shape: Shape, dtype: DType): Nested {
  const strides = stridesOf(shape)
  const walk = (axis: number, at: number): Nested => {
    if (axis === shape.length) return dtype === 'bool' ? data[at] !== 0 : (data[at] as number)
    return Array.from({ length: shape[axis] as number }, (_, i) =>
      walk(axis + 1, at + i * (strides[axis] as number)),
    )
  }
  return walk(0, 0)
}

function measure(nested: Nested): number[] {
  const shape: number[] = []
  let level: Nested | undefined = nested
  while (Array.isArray(level)) {
    shape.push(level.length)
    level = level[0] as Nested | undefined
  }
  return shape
}

/** The dtype numbers get where nothing says otherwise: all booleans are bool, all else is float64. */
export interface TensorOptions {
  readonly dtype?: DType | undefined
  readonly backend?: Backend | undefined
}

const rules = { dtype: optional(aDType()), backend: optional(aBackend()) } satisfies RulesFor<TensorOptions>

/**
 * A tensor of nested numbers, float64 unless `dtype` says otherwise (booleans give bool).
 * Typed arrays give a 1-d tensor of their own dtype; see `tensorFromData` for other shapes.
 * Throws NtkError 'shape' on ragged nesting and 'value' on anything that is no number.
 */
export function tensor(values: Nested | TypedArray, options?: TensorOptions): Tensor {
  const { backend, ...given } = readOptions('tensor', rules, options)
  if (ArrayBuffer.isView(values)) {
    const typed = values as TypedArray
    const dtype = given.dtype ?? dtypeOfArray(typed)
    return tensorFromData(store(typed, dtype), [typed.length], backend)
  }
  const shape = measure(values)
  const flat: (number | boolean)[] = []
  const walk = (level: Nested, axis: number): void => {
    if (Array.isArray(level)) {
      if (axis >= shape.length || level.length !== shape[axis]) throw ragged(shape)
      for (const item of level as readonly Nested[]) walk(item, axis + 1)
      return
    }
    if (axis !== shape.length) throw ragged(shape)
    if (typeof level !== 'number' && typeof level !== 'boolean') {
      throw new NtkError('value', {
        what: 'tensor needs numbers or booleans.',
        got: typeof level,
        fix: typeof level === 'bigint' ? 'Write Number(...).' : undefined,
      })
    }
    flat.push(level)
  }
  walk(values, 0)
  const dtype =
    given.dtype ?? (flat.length > 0 && flat.every((v) => typeof v === 'boolean') ? 'bool' : 'float64')
  return tensorFromData(store(flat, dtype), shape, backend)
}

/** Numbers as an array of their dtype; int32 refuses what it cannot hold. */
function store(values: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  const data = allocate(dtype, values.length)
  for (let i = 0; i < values.length; i++) {
    const v = Number(values[i])
    if (dtype === 'int32' && v !== (v | 0)) {
      throw new NtkError('value', { what: 'An int32 tensor needs integers of 32 bits.', got: String(v) })
    }
    data[i] = dtype === 'bool' ? Number(v !== 0) : v
  }
  return data
}

function ragged(shape: Shape): NtkError {
  return new NtkError('shape', {
    what: 'tensor needs nested arrays of equal lengths.',
    got: `ragged nesting where ${showShape(shape)} began`,
  })
}

/**
 * A tensor over `data` in row-major order, which it takes over without a copy: do not write to `data` afterwards.
 * The dtype is that of the typed array (Uint8Array is bool and must hold 0 and 1).
 */
export function tensorFromData(data: TypedArray, shape: Shape, backend: Backend = defaultBackend()): Tensor {
  return put(data, shape, backend, false)
}

/**
 * As `tensorFromData`, of numbers that are nobody's data: on `backend` where it is known, else on the default one, from where
 * they follow what they meet (`Tensor.follows`).
 */
export function constantFromData(data: TypedArray, shape: Shape, backend?: Backend): Tensor {
  return put(data, shape, backend ?? defaultBackend(), true)
}

function put(data: TypedArray, shape: Shape, backend: Backend, follows: boolean): Tensor {
  checkCopy(backend)
  checkBackend('tensorFromData', backend)
  checkShape('tensorFromData', shape)
  const dtype = dtypeOfArray(data)
  if (data.length !== sizeOf(shape)) {
    throw new NtkError('shape', {
      what: `A tensor of shape ${showShape(shape)} holds ${sizeOf(shape)} elements.`,
      got: String(data.length),
    })
  }
  if (!backend.dtypes.includes(dtype)) {
    throw new NtkError('unsupported', {
      what: `The ${backend.name} backend holds ${backend.dtypes.join(', ')}.`,
      got: dtype,
      fix: 'Choose one of these dtypes or the CPU backend.',
    })
  }
  return new Tensor(backend, backend.upload(data, shape, dtype), [...shape], dtype, null, follows)
}

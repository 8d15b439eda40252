import type { Backend, BackendBuffer, BackendTensor } from './backend.js'
import { checkCopy, markCopy } from './copies.js'
import { defaultBackend } from './default-backend.js'
import { allocate, type DType, dtypeOfArray, type TypedArray } from './dtype.js'
import { NtkError } from './errors.js'
import { checkShape, type Shape, showShape, sizeOf, stridesOf } from './shape.js'
import type { Value } from './value.js'

/** Numbers nested to any depth. */
export type Nested = number | boolean | readonly Nested[]

const brand = Symbol.for('@ntk/tensor')

/** An immutable n-dimensional array on a backend, contiguous and row-major. Made by `tensor`, ops and `init`s. */
export class Tensor implements Value, BackendTensor {
  readonly interpreter: null = null

  constructor(
    readonly backend: Backend,
    readonly buffer: BackendBuffer,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  static {
    Object.defineProperty(this.prototype, brand, { value: true })
    markCopy(this.prototype)
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
  data(): Promise<TypedArray> {
    return this.backend.read(this)
  }

  /** As `data`, at once. Throws NtkError 'unsupported' on a device that cannot block. */
  dataSync(): TypedArray {
    const data = this.backend.readSync(this)
    if (data === null) {
      throw new NtkError('unsupported', {
        what: `The ${this.backend.name} backend reads asynchronously only.`,
        fix: 'Use `await x.data()`.',
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

  /** Frees device memory now; ordinary code need not call it. */
  dispose(): void {
    this.backend.free(this.buffer)
  }

  toString(): string {
    return `Tensor(${this.dtype}${showShape(this.shape)})`
  }
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
  readonly dtype?: DType
  readonly backend?: Backend
}

/**
 * A tensor of nested numbers, float64 unless `dtype` says otherwise (booleans give bool).
 * Typed arrays give a 1-d tensor of their own dtype; see `tensorFromData` for other shapes.
 * Throws NtkError 'shape' on ragged nesting and 'value' on anything that is no number.
 */
export function tensor(values: Nested | TypedArray, options: TensorOptions = {}): Tensor {
  if (ArrayBuffer.isView(values)) {
    const typed = values as TypedArray
    const dtype = options.dtype ?? dtypeOfArray(typed)
    return tensorFromData(store(typed, dtype), [typed.length], options.backend)
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
      throw new NtkError('value', { what: 'tensor needs numbers or booleans.', got: typeof level })
    }
    flat.push(level)
  }
  walk(values, 0)
  const dtype =
    options.dtype ?? (flat.length > 0 && flat.every((v) => typeof v === 'boolean') ? 'bool' : 'float64')
  return tensorFromData(store(flat, dtype), shape, options.backend)
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
  checkCopy(backend)
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
  return new Tensor(backend, backend.upload(data, shape, dtype), [...shape], dtype)
}

/** A copy on another backend. */
export async function toBackend(x: Tensor, backend: Backend): Promise<Tensor> {
  if (x.backend === backend) return x
  const data = await x.data()
  return tensorFromData(data.slice(), x.shape, backend)
}

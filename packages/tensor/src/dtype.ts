import { NtkError } from './errors.js'
import { show } from './options/show.js'

/** Element types. `bool` holds 0 or 1 a byte. */
export type DType = 'float64' | 'float32' | 'int32' | 'bool'
export type FloatDType = 'float64' | 'float32'

/** Host storage of each dtype; may lie on a SharedArrayBuffer. */
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array

export const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'bool']

export const bytesPerElement: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4, bool: 1 }

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float64' || dtype === 'float32'
}

/** Bytes from which the system is asked to make an array cheap (see `onLargeArray`). */
const large = 1 << 20
let prepare: ((array: TypedArray) => void) | null = null

/** Sets what is called with each large new array before it is written. The CPU backend does so, once a process. */
export function onLargeArray(f: (array: TypedArray) => void): void {
  prepare = f
}

/** Throws NtkError 'dtype' unless it is a dtype. */
export function checkDType(op: string, dtype: DType): void {
  if (dtypes.includes(dtype)) return
  throw new NtkError('dtype', { what: `${op} needs a dtype, one of ${dtypes.join(', ')}.`, got: show(dtype) })
}

/** A zero-filled host array of `length` elements. Throws NtkError 'value' where it does not fit in memory. */
export function allocate(dtype: DType, length: number): TypedArray {
  let array: TypedArray
  try {
    array = make(dtype, length)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const gib = (length * bytesPerElement[dtype]) / 2 ** 30
    throw new NtkError('value', {
      what: `An array of ${length} elements of ${dtype} does not fit in memory.`,
      got: Number.isFinite(gib) ? `${gib.toPrecision(3)} GiB` : String(length),
      fix: 'Ask for less, or work through it in pieces.',
      cause,
    })
  }
  if (array.byteLength >= large) prepare?.(array)
  return array
}

/** Bytes from which it is worth the call to get an array without zeros. */
const unwritten = 1 << 15

const longestBuffer = 2 ** 32 - 1

/**
 * As `allocate`, with anything in it: for results of which every element is written. In Node it saves the pass that
 * writes zeros.
 */
export function allocateDirty(dtype: DType, length: number): TypedArray {
  const bytes = length * bytesPerElement[dtype]
  const { Buffer } = globalThis as {
    Buffer?: { allocUnsafeSlow(size: number): { readonly buffer: ArrayBuffer } }
  }
  // Buffers end earlier than typed arrays do.
  if (!(bytes >= unwritten && bytes <= longestBuffer) || Buffer === undefined) return allocate(dtype, length)
  const { buffer } = Buffer.allocUnsafeSlow(bytes)
  const array = view(dtype, buffer)
  if (bytes >= large) prepare?.(array)
  return array
}

function view(dtype: DType, buffer: ArrayBuffer): TypedArray {
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer)
    case 'float32':
      return new Float32Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'bool':
      return new Uint8Array(buffer)
  }
}

function make(dtype: DType, length: number): TypedArray {
  if (!Number.isInteger(length) || length < 0) {
    throw new NtkError('value', {
      what: 'The length of an array is an integer not below 0.',
      got: show(length),
    })
  }
  switch (dtype) {
    case 'float64':
      return new Float64Array(length)
    case 'float32':
      return new Float32Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'bool':
      return new Uint8Array(length)
    default:
      throw new NtkError('dtype', { what: `A dtype is one of ${dtypes.join(', ')}.`, got: show(dtype) })
  }
}

/** The dtype whose host storage `array` is. */
export function dtypeOfArray(array: TypedArray): DType {
  if (array instanceof Float64Array) return 'float64'
  if (array instanceof Float32Array) return 'float32'
  if (array instanceof Int32Array) return 'int32'
  if (array instanceof Uint8Array) return 'bool'
  throw new NtkError('dtype', {
    what: 'Data must be a Float64Array, Float32Array, Int32Array or Uint8Array.',
    got: Object.prototype.toString.call(array),
    fix: 'Convert it with Float64Array.from(...).',
  })
}

/** Throws unless `dtype` is float64 or float32. */
export function requireFloat(op: string, dtype: DType): FloatDType {
  if (isFloat(dtype)) return dtype
  throw new NtkError('dtype', {
    what: `${op} needs float64 or float32.`,
    got: show(dtype),
    fix: "Convert with cast(x, 'float64').",
  })
}

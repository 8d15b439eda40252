import { NtkError } from './errors.js'

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

/** A zero-filled host array of `length` elements. */
export function allocate(dtype: DType, length: number): TypedArray {
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
      throw new NtkError('dtype', { what: `A dtype is one of ${dtypes.join(', ')}.`, got: String(dtype) })
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
    got: dtype,
    fix: "Convert with cast(x, 'float64').",
  })
}

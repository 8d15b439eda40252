/** The two floating point storages the WebAssembly kernels know; the element type is read off the array. */
export type FloatArray = Float64Array | Float32Array

/** A matrix inside a longer array: element (i, j) stands at `offset + i * ld + j`, or at `offset + j * ld + i` when `transposed`. */
export interface MatrixView {
  readonly data: FloatArray
  readonly offset: number
  /** Elements from one stored row to the next. */
  readonly ld: number
  /** The stored matrix is the transpose of the one meant. */
  readonly transposed?: boolean
}

/** Elementwise functions of one argument. */
export type UnaryName =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'erfc'
  | 'erfInv'
  | 'sqrt'
  | 'rsqrt'
  | 'logistic'

/** Elementwise functions of two arguments of one shape. */
export type BinaryName = 'pow' | 'atan2'

export type ReduceName = 'sum' | 'max' | 'min'

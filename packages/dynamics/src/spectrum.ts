import {
  eigh,
  mul,
  NtkError,
  reshape,
  type Tensor,
  type TypedArray,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { inDouble, readFloats, shapeError } from './host.js'
import type { Complete } from './options.js'
import type { Regularization } from './regularization.js'
import { requireSymmetric } from './symmetric.js'

/** A positive semidefinite kernel of the training set by its eigendecomposition V diag(μ) Vᵀ, and its regularizer. */
export interface Spectrum {
  /** μ, of the kernel without regularizer, ascending; those that are 0 but for rounding are 0. */
  readonly own: Float64Array
  /** λ = μ + regularizer: what training sees. */
  readonly values: Float64Array
  readonly vectors: Tensor
  /** What is added to the diagonal. */
  readonly shift: number
  /** Mean of the diagonal of the kernel. */
  readonly scale: number
  /** What to write for a regularizer that makes the kernel invertible. */
  readonly remedy: string
}

/** [n, n] as it is; [n, n, k, k] as [n·k, n·k]. */
export function asMatrix(kernel: Tensor, name: string): Tensor {
  const [n, m, k, l] = kernel.shape as [number, number, number, number]
  if (kernel.shape.length === 2) return kernel
  if (kernel.shape.length === 4 && k === l) return reshape(transpose(kernel, [0, 2, 1, 3]), [n * k, m * k])
  throw shapeError(`${name} needs a kernel of shape [n, m], or [n, m, k, k] between outputs.`, kernel.shape)
}

/** The kernel of the training set as a matrix in float64, checked: square, finite, symmetric. The kernel itself where it is that. */
export function trainKernel(kernel: Tensor, name: string): Tensor {
  const numbers = readFloats(kernel, name)
  const matrix = asMatrix(inDouble(numbers, kernel.shape), name)
  const [n = 0, m] = matrix.shape
  if (n !== m || n === 0) throw shapeError(`${name} needs a square kernel of the training set.`, kernel.shape)
  requireSymmetric(kernel, matrix.dataSync(), n, name)
  return matrix
}

/** Mean of the diagonal of a matrix [n, n]. */
export function meanDiagonal(data: TypedArray, n: number): number {
  let total = 0
  for (let i = 0; i < n; i++) total += data[i * n + i] as number
  return total / n
}

/** What regularization adds to the diagonal of a kernel whose diagonal has the mean `scale`. */
export function shiftOf({ diagReg, diagRegAbsolute }: Complete<Regularization>, scale: number): number {
  return diagRegAbsolute ? diagReg : diagReg * scale
}

/**
 * Decomposes a kernel whose entries are known to a relative `precision`. Without regularizer eigenvalues within that of 0 are 0.
 * With one they are at least the regularizer, unless this is lost in the rounding of the decomposition itself. Throws NtkError
 * 'not-positive-definite' on an eigenvalue that is negative beyond rounding.
 */
export function spectrumOf(
  matrix: Tensor,
  name: string,
  options: Complete<Regularization>,
  precision: number,
): Spectrum {
  const n = matrix.shape[0] as number
  const { values: found, vectors } = eigh(matrix)
  const exact = Float64Array.from(found.dataSync())
  const largest = Math.max(Math.abs(exact[0] as number), Math.abs(exact[n - 1] as number))
  const scale = meanDiagonal(matrix.dataSync(), n)
  const shift = shiftOf(options, scale)
  const ofKernel = n * precision * largest
  const doubt = shift === 0 ? ofKernel : n * 2 ** -52 * (largest + shift)
  const zero = (v: number): boolean => Math.abs(v) <= doubt || (v < 0 && v >= -ofKernel)
  const own = exact.map((v) => (zero(v) && (v < 0 || shift === 0) ? 0 : v))
  const values = own.map((v) => (zero(v + shift) ? 0 : v + shift))
  if ((values[0] as number) < 0) {
    throw new NtkError('not-positive-definite', {
      what: `${name} needs a positive semidefinite kernel.`,
      got: `the eigenvalue ${values[0]}${shift > 0 ? `, with the regularizer ${shift}` : ''}`,
      fix: `${writeShift(-2 * (exact[0] as number), scale, options)} or more, or check the kernel.`,
    })
  }
  // beyond the rounding of the decomposition, and of the entries
  const enough = Math.max(1e-6 * scale, 10 * n * 2 ** -52 * largest, 100 * precision * scale)
  return { own, values, vectors, shift, scale, remedy: writeShift(enough, scale, options) }
}

/** How to ask for a number on the diagonal of a kernel whose diagonal has the mean `scale`. */
export function writeShift(
  shift: number,
  scale: number,
  { diagRegAbsolute }: Complete<Regularization>,
): string {
  const relative = scale > 0 && !diagRegAbsolute
  const number = (relative ? shift / scale : shift).toExponential(0)
  return relative ? `Use diagReg: ${number}` : `Use diagReg: ${number} with diagRegAbsolute: true`
}

/**
 * A response to training of each eigenvector (see `response`). One whose eigenvalue is 0 moves nothing: a kernel to it
 * is 0 as well, by positivity, so that what rounding leaves of that must not be multiplied with the time.
 */
export function responsesOf({ values }: Spectrum, of: (lambda: number) => number): Float64Array {
  return values.map((v) => (v === 0 ? 0 : of(v)))
}

/** Throws NtkError 'singular' where an infinite time would need the inverse of a singular kernel. */
export function requireInvertible(spectrum: Spectrum, name: string): void {
  const zeros = spectrum.values.filter((v) => v === 0).length
  if (zeros === 0) return
  throw new NtkError('singular', {
    what: `${name} is singular: training to the end would divide by zero.`,
    got: `${zeros} of ${spectrum.values.length} eigenvalues that are 0 but for rounding`,
    fix: adviceOnSingular(spectrum),
  })
}

function adviceOnSingular({ shift, scale, remedy }: Spectrum): string {
  const range = "for the limit of what the kernel can move write singular: 'range'."
  if (!(scale > 0)) return `${zeroKernel} Or ${range}`
  const lost = shift > 0 ? `The regularizer ${shift} is lost in rounding. ` : ''
  return `${lost}${remedy} or more, remove repeated samples, or take a finite t; ${range}`
}

/** The cause where the diagonal of a kernel is 0. */
export const zeroKernel: string =
  'The kernel is 0, and a diagReg that is a multiple of its mean as well: look for inputs of zeros, and for a network whose output does not depend on them.'

/** Rows of `x` times the numbers. */
export function scaleRows(x: Tensor, numbers: Float64Array): Tensor {
  return mul(x, reshape(tensorFromData(numbers, [numbers.length], x.backend), [numbers.length, 1]))
}

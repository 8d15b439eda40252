import {
  add,
  diagonal,
  eigh,
  eye,
  mul,
  NtkError,
  reshape,
  sum,
  type Tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { onHost, shapeError } from './host.js'
import type { Complete } from './options.js'
import type { Regularization } from './regularization.js'

/** A positive semidefinite kernel of the training set, regularized, and its eigendecomposition V diag(λ) Vᵀ. */
export interface Spectrum {
  /** With the regularizer, [n, n]. */
  readonly kernel: Tensor
  /** Ascending; those that are 0 but for rounding are 0. */
  readonly values: Float64Array
  readonly vectors: Tensor
}

/** [n, n] as it is; [n, n, k, k] as [n·k, n·k]. */
export function asMatrix(kernel: Tensor, name: string): Tensor {
  const [n, m, k, l] = kernel.shape as [number, number, number, number]
  if (kernel.shape.length === 2) return kernel
  if (kernel.shape.length === 4 && k === l) return reshape(transpose(kernel, [0, 2, 1, 3]), [n * k, m * k])
  throw shapeError(`${name} needs a kernel of shape [n, m], or [n, m, k, k] between outputs.`, kernel.shape)
}

/** The kernel of the training set as a matrix, checked: square, finite, symmetric. */
export function trainKernel(kernel: Tensor, name: string): Tensor {
  const matrix = asMatrix(onHost(kernel, name), name)
  const [n = 0, m] = matrix.shape
  if (n !== m || n === 0) throw shapeError(`${name} needs a square kernel of the training set.`, kernel.shape)
  const data = matrix.dataSync()
  let largest = 0
  for (const v of data) largest = Math.max(largest, Math.abs(v))
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [data[i * n + j] as number, data[j * n + i] as number]
      if (Math.abs(a - b) > 1e-5 * largest) {
        throw new NtkError('value', {
          what: `${name} needs a symmetric kernel.`,
          got: `${a} at [${i}, ${j}] and ${b} at [${j}, ${i}]`,
          fix: 'Hand in the kernel of the training set with itself.',
        })
      }
    }
  }
  return matrix
}

/** K + diagReg · mean(diag K) · I, or K + diagReg · I. */
export function regularize(kernel: Tensor, { diagReg, diagRegAbsolute }: Complete<Regularization>): Tensor {
  if (diagReg === 0) return kernel
  const n = kernel.shape[0] as number
  const shift = diagRegAbsolute ? diagReg : (diagReg * sum(diagonal(kernel)).item()) / n
  return add(kernel, mul(eye(n), shift))
}

/**
 * Regularizes a kernel and decomposes it. Eigenvalues within rounding of 0 become 0. Throws NtkError 'not-positive-definite' on one that is
 * negative beyond rounding.
 */
export function spectrumOf(
  matrix: Tensor,
  name: string,
  options: Complete<Regularization>,
  precision: number,
): Spectrum {
  const kernel = regularize(matrix, options)
  const { values, vectors } = eigh(kernel)
  const exact = Float64Array.from(values.dataSync())
  const n = exact.length
  const largest = Math.max(Math.abs(exact[0] as number), Math.abs(exact[n - 1] as number))
  const noise = n * precision * largest
  if ((exact[0] as number) < -noise) {
    throw new NtkError('not-positive-definite', {
      what: `${name} needs a positive semidefinite kernel.`,
      got: `the eigenvalue ${exact[0]}`,
      fix: `Use diagReg: ${suggestedReg(kernel, -(exact[0] as number))} or more, or check the kernel.`,
    })
  }
  return { kernel, values: exact.map((v) => (Math.abs(v) <= noise ? 0 : v)), vectors }
}

function suggestedReg(kernel: Tensor, shift: number): string {
  const mean = sum(diagonal(kernel)).item() / (kernel.shape[0] as number)
  return mean > 0 ? ((2 * shift) / mean).toExponential(0) : '1'
}

/** Throws NtkError 'singular' where an infinite time would need the inverse of a singular kernel. */
export function requireInvertible({ values }: Spectrum, name: string): void {
  const zeros = values.filter((v) => v === 0).length
  if (zeros === 0) return
  throw new NtkError('singular', {
    what: `${name} is singular: training to the end would divide by zero.`,
    got: `${zeros} of ${values.length} eigenvalues that are 0 but for rounding`,
    fix: 'Use diagReg: 1e-6 or more, remove repeated samples, or take a finite t.',
  })
}

/** Rows of `x` times the numbers. */
export function scaleRows(x: Tensor, numbers: Float64Array): Tensor {
  return mul(x, reshape(tensorFromData(numbers, [numbers.length], x.backend), [numbers.length, 1]))
}

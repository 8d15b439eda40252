import {
  div,
  eigh,
  matmul,
  mul,
  NtkError,
  reshape,
  showShape,
  sub,
  type Tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { isRecord, nonNegative, type RulesFor, readOptions, requireTensor } from '@ntk/tensor/options'
import { flatten, statistics } from './normalize.js'

/** What `whiten` subtracts and multiplies by. */
export interface Whitening {
  /** [d], mean of the training set. */
  readonly mean: Tensor
  /** [d, d], symmetric: (covariance + ridge)^(-1/2). */
  readonly matrix: Tensor
}

export interface WhiteningOptions {
  /** Added to the eigenvalues of the covariance, as a multiple of their mean; 0 unless given. For images 0.1 is usual. */
  readonly diagReg?: number | undefined
}

const rules = { diagReg: nonNegative(0) } satisfies RulesFor<WhiteningOptions>

/**
 * Zero-phase (ZCA) whitening of a training set (Bell and Sejnowski 1997) of any shape [n, ...] with d numbers a sample: W = V (Λ + r)^(-1/2) Vᵀ with the
 * eigenvectors V and eigenvalues Λ of the covariance (of the population) and r = `diagReg` times the mean eigenvalue.
 * Throws NtkError 'singular' where numbers depend on each other (no more samples than numbers, a pixel that never varies) and `diagReg` is 0.
 */
export function whitening(x: Tensor, options?: WhiteningOptions): Whitening {
  const { diagReg } = readOptions('whitening', rules, options)
  requireTensor(x, 'x')
  const n = x.shape[0]
  if (x.rank < 2 || n === undefined || x.size === 0) {
    throw new NtkError('shape', {
      what: 'whitening needs samples [n, ...], one at least.',
      got: showShape(x.shape),
    })
  }
  const rows = flatten(x)
  const d = rows.shape[1] as number
  const mean = reshape(statistics(rows).mean, [d])
  const centred = sub(rows, mean)
  const { values, vectors } = eigh(div(matmul(transpose(centred), centred), n))
  const found = Float64Array.from(values.dataSync())
  const average = found.reduce((a, b) => a + b, 0) / d
  const ridge = diagReg * average
  // Eigenvalues that are zero come out as large as the rounding of the largest.
  const least = d * 2 ** -52 * (found[d - 1] as number)
  const roots = Float64Array.from(found, (value) => 1 / Math.sqrt(Math.max(value, 0) + ridge))
  const size = Math.sqrt(Float64Array.from(mean.dataSync()).reduce((sum, v) => sum + v * v, 0) / d)
  // Samples that are equal up to rounding do not vary.
  if (!(Math.sqrt(average) > 1e-12 * size) || (found[0] as number) + ridge <= least) {
    throw new NtkError('singular', {
      what: `whitening needs a covariance without eigenvalue 0: ${d} numbers a sample that do not depend on each other.`,
      got: `${n} samples whose smallest eigenvalue is ${found[0]}, the largest ${found[d - 1]}`,
      fix: 'Give diagReg: 0.1, or more samples, or drop what never varies.',
    })
  }
  const scaled = mul(vectors, tensorFromData(roots, [d], x.backend))
  return { mean, matrix: matmul(scaled, transpose(vectors)) }
}

/** Samples less the mean, times the matrix, in their own shape: also test samples, by the whitening of the training set. */
export function whiten(x: Tensor, by: Whitening): Tensor {
  requireTensor(x, 'x')
  const { mean, matrix } = isRecord(by) ? by : ({} as Partial<Whitening>)
  requireTensor(mean, 'mean of the whitening')
  requireTensor(matrix, 'matrix of the whitening')
  const n = x.shape[0] ?? 0
  if (x.rank < 2 || (n > 0 && x.size / n !== mean.size) || matrix.size !== mean.size ** 2) {
    throw new NtkError('shape', {
      what: `The whitening is of samples of ${mean.size} numbers.`,
      got: `samples of shape ${showShape(x.shape)}`,
    })
  }
  return reshape(matmul(sub(flatten(x), mean), matrix), x.shape)
}

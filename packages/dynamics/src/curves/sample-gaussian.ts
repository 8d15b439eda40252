import {
  add,
  eigh,
  type Key,
  matmul,
  mul,
  NtkError,
  normal,
  reshape,
  showShape,
  type Tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { positiveInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { fromHost, onHost, shapeError } from '../host.js'
import { requireSymmetric } from '../symmetric.js'
import { type Distribution, partsOf } from './distribution.js'

export interface SampleGaussianOptions {
  /** How many functions are drawn, 1 unless given. */
  readonly samples?: number | undefined
}

const rules = { samples: positiveInteger(1) } satisfies RulesFor<SampleGaussianOptions>

const owner = 'sampleGaussian'

/**
 * Draws of a predictive distribution, of `gpInference` or of `gradientDescentMseEnsemble` at one time: [samples, m, ...], outputs of one network each
 * at all points together, the outputs of a point being independent. Mean + C^{1/2} z by the eigendecomposition of the covariance, so that it may be singular.
 *
 * Throws NtkError 'shape', 'value' without a covariance, 'not-positive-definite' where it has an eigenvalue below 0 beyond 1e-8 of the largest and 1e-10 of the squared mean.
 */
export function sampleGaussian(
  key: Key,
  distribution: Distribution,
  options?: SampleGaussianOptions,
): Tensor {
  const { mean, covariance, center } = partsOf(owner, distribution)
  const { samples } = readOptions(owner, rules, options)
  const [m = 0] = center.shape
  if (covariance.shape.length !== 2 || covariance.shape[0] !== m || covariance.shape[1] !== m) {
    throw shapeError(
      `${owner} needs a covariance [${m}, ${m}] beside a mean ${showShape(mean.shape)}.`,
      covariance.shape,
      'Of a list of times take one: how outputs at two times vary together is not known here.',
    )
  }
  const outputs = center.size / m
  const root = rootOf(covariance, center)
  const z = normal(key, [m, samples * outputs])
  const moves = transpose(reshape(matmul(root, z), [m, samples, outputs]), [1, 0, 2])
  return fromHost(add(reshape(moves, [samples, ...center.shape]), center), mean)
}

/** V diag(√λ) of a covariance V diag(λ) Vᵀ. */
function rootOf(covariance: Tensor, mean: Tensor): Tensor {
  const host = onHost(covariance, 'covariance')
  requireSymmetric(covariance, host.dataSync(), host.shape[0] as number, 'covariance')
  const { values, vectors } = eigh(host)
  const list = Float64Array.from(values.dataSync())
  const [least, most] = [list[0] as number, list.at(-1) as number]
  const square = Array.from(mean.dataSync()).reduce((a, b) => Math.max(a, b * b), 0)
  if (-least > Math.max(1e-8 * most, 1e-10 * square)) {
    throw new NtkError('not-positive-definite', {
      what: `${owner} needs a covariance without negative eigenvalues.`,
      got: `the eigenvalue ${least}`,
    })
  }
  const roots = list.map((v) => Math.sqrt(Math.max(0, v)))
  return mul(vectors, tensorFromData(roots, [1, roots.length], vectors.backend))
}

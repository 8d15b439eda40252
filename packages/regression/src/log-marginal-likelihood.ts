import type { Regularization } from '@ntk/dynamics'
import { NtkError, type Tensor } from '@ntk/tensor'
import { type RulesFor, readOptions } from '@ntk/tensor/options'
import { choleskyFactor, type Factor } from './algebra/factor.js'
import { readGram } from './algebra/gram.js'
import { noiseRules } from './algebra/noise.js'
import { readTargets } from './algebra/targets.js'

const rules = noiseRules satisfies RulesFor<Regularization>

/**
 * The logarithm of the probability density of y under a Gaussian process of mean 0 with covariance k, seen with noise:
 * −½ yᵀA⁻¹y − ½ log det A − (n/2) log 2π with A = k + σ²I (Rasmussen and Williams 2006, eq. 5.8), summed over outputs, which are
 * independent. k [n, n], y [n] or [n, outputs]; σ² is `diagReg` times the mean of k's diagonal, or `diagReg` itself with `diagRegAbsolute`.
 *
 * Throws NtkError 'not-positive-definite' where A is singular, 'not-finite' where the value is beyond float64; 'shape', 'dtype', 'value'.
 */
export function logMarginalLikelihood(k: Tensor, y: Tensor, options?: Regularization): number {
  const noise = readOptions('logMarginalLikelihood', rules, options)
  const gram = readGram(k, 'k of logMarginalLikelihood')
  const targets = readTargets(y, gram.n, 'y of logMarginalLikelihood')
  return finiteLikelihood(evidenceOf(choleskyFactor(gram, noise), targets))
}

/** The log marginal likelihood of targets [n, outputs], not finite where it is beyond float64. `solution` is A⁻¹y where that is known. */
export function evidenceOf(factor: Factor, y: Tensor, solution: Tensor = factor.solve(y)): number {
  const [n, outputs] = y.shape as [number, number]
  const [targets, dual] = [y.dataSync(), solution.dataSync()]
  let fit = 0
  for (let i = 0; i < targets.length; i++) fit += (targets[i] as number) * (dual[i] as number)
  return -fit / 2 - (outputs / 2) * (factor.logDet + n * Math.log(2 * Math.PI))
}

/** Throws NtkError 'not-finite' where targets are too large for their square. */
export function finiteLikelihood(value: number): number {
  if (Number.isFinite(value)) return value
  throw new NtkError('not-finite', {
    what: 'A log likelihood is beyond float64: targets are too large beside the kernel and its noise.',
    got: String(value),
    fix: 'Scale the targets down, or fit with standardize: true.',
  })
}

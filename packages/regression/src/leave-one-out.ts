import type { Regularization } from '@ntk/dynamics'
import { reshape, type Tensor } from '@ntk/tensor'
import { type RulesFor, readOptions } from '@ntk/tensor/options'
import { choleskyFactor, type Factor } from './algebra/factor.js'
import { readGram } from './algebra/gram.js'
import { inDouble } from './algebra/host.js'
import { noiseRules } from './algebra/noise.js'
import { readTargets } from './algebra/targets.js'
import { finiteLikelihood } from './log-marginal-likelihood.js'

/** What a Gaussian process says of each sample after seeing all others. */
export interface LeaveOneOut {
  /** [n, ...], as y. */
  readonly mean: Tensor
  /** [n], of the target that was left out: with its noise. */
  readonly standardDeviation: Tensor
  /** The sum over samples and outputs of the log density of what was left out. */
  readonly logLikelihood: number
}

const rules = noiseRules satisfies RulesFor<Regularization>

/**
 * Predictions of each sample from all others, in closed form by one factorization: with A = k + σ²I, mean y_i − [A⁻¹y]_i / [A⁻¹]_ii and
 * variance 1 / [A⁻¹]_ii (Rasmussen and Williams 2006, eq. 5.12). k [n, n], y [n] or [n, outputs]; σ² is `diagReg` times the mean of k's
 * diagonal (of all samples), or `diagReg` itself with `diagRegAbsolute`. Results are in float64.
 *
 * Throws NtkError 'not-positive-definite' where A is singular, 'not-finite' where the log likelihood is beyond float64; 'shape', 'dtype', 'value'.
 */
export function leaveOneOut(k: Tensor, y: Tensor, options?: Regularization): LeaveOneOut {
  const noise = readOptions('leaveOneOut', rules, options)
  const gram = readGram(k, 'k of leaveOneOut')
  const targets = readTargets(y, gram.n, 'y of leaveOneOut')
  const { mean, variance, logLikelihood } = leftOut(choleskyFactor(gram, noise), targets)
  return {
    mean: reshape(mean, y.shape),
    standardDeviation: inDouble(variance.map(Math.sqrt), [gram.n]),
    logLikelihood: finiteLikelihood(logLikelihood),
  }
}

export interface LeftOut {
  /** [n, outputs]. */
  readonly mean: Tensor
  /** [n], with noise. */
  readonly variance: Float64Array
  readonly logLikelihood: number
}

/** The same of targets [n, outputs]. */
export function leftOut(factor: Factor, y: Tensor, solution: Tensor = factor.solve(y)): LeftOut {
  const [n, outputs] = y.shape as [number, number]
  const [targets, dual] = [y.dataSync(), solution.dataSync()]
  const variance = factor.inverseDiagonal().map((d) => 1 / d)
  const mean = new Float64Array(n * outputs)
  let logLikelihood = (-n * outputs * Math.log(2 * Math.PI)) / 2
  for (let i = 0; i < n; i++) {
    const v = variance[i] as number
    for (let c = i * outputs; c < (i + 1) * outputs; c++) {
      const residual = (dual[c] as number) * v
      mean[c] = (targets[c] as number) - residual
      logLikelihood -= (Math.log(v) + (dual[c] as number) * residual) / 2
    }
  }
  return { mean: inDouble(mean, [n, outputs]), variance, logLikelihood }
}

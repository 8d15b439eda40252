import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { listOf, nonNegative, type Rule, type RulesFor, readOptions, rule } from '@ntk/tensor/options'
import { readFinite, shapeError } from '../host.js'

export interface SpectralLearningCurveOptions {
  /** Sizes of the training set. */
  readonly samples: readonly number[]
  /** λ added to the diagonal of the kernel of the training set, 0 unless given. */
  readonly ridge?: number | undefined
  /** Variance of independent noise of the training labels, 0 unless given. */
  readonly noise?: number | undefined
}

export const samplesRule: Rule<readonly number[]> = listOf(
  rule<number>('a number of samples', (v) => Number.isFinite(v) && (v as number) >= 0),
  'a list of numbers of samples',
)

const rules = {
  samples: samplesRule,
  ridge: nonNegative(0),
  noise: nonNegative(0),
} satisfies RulesFor<SpectralLearningCurveOptions>

/** One number a size of the training set, float64 [sizes]. */
export interface ExpectedLearningCurve {
  /** Expected mean of (f − f*)² over inputs, beside labels without noise; for k outputs the mean over them. */
  readonly error: Tensor
  /** κ, the ridge that the spectrum beyond the samples adds up to: a mode of eigenvalue η is learnt by P η / (κ + P η). */
  readonly effectiveRidge: Tensor
  /** γ in [0, 1): noise and what is not learnt count 1 / (1 − γ) times. */
  readonly gamma: Tensor
}

/** One mode a number: its eigenvalue η_ρ in the distribution of inputs, and the power a_ρ² of the target in it. */
export interface Modes {
  readonly eigenvalues: Float64Array
  readonly powers: Float64Array
}

const owner = 'spectralLearningCurve'

/**
 * The expected error of kernel regression f(x) = k(x, X) (K + λ)⁻¹ y against the number P of samples drawn independently from a distribution in which the kernel
 * is Σ η_ρ φ_ρ(x) φ_ρ(x') and the target Σ a_ρ φ_ρ(x), φ orthonormal: by the replica theory of Bordelon, Canatar and Pehlevan (2020) and Canatar et al. (2021,
 * Equations 4 and 5),
 *
 * E = (Σ a_ρ² κ² / (κ + P η_ρ)² + σ² γ) / (1 − γ), κ = λ + Σ κ η_ρ / (κ + P η_ρ), γ = P Σ η_ρ² / (κ + P η_ρ)².
 *
 * Exact for Gaussian features in many dimensions; for kernels of real inputs an average case that is close beyond a few samples. By the NTK it is the curve of wide networks
 * trained to the end from outputs 0, by the NNGP kernel of the posterior mean. `eigenvalues` and `powers` [modes].
 *
 * Throws NtkError 'singular' where without a ridge the samples are as many as the modes, and the error is infinite; 'value' on numbers below 0, 'shape'.
 */
export function spectralLearningCurve(
  eigenvalues: Tensor,
  powers: Tensor,
  options: SpectralLearningCurveOptions,
): ExpectedLearningCurve {
  const { samples, ridge, noise } = readOptions(owner, rules, options)
  const modes = { eigenvalues: numbersOf(eigenvalues, 'eigenvalues'), powers: numbersOf(powers, 'powers') }
  if (modes.eigenvalues.length !== modes.powers.length) {
    throw shapeError(
      `powers needs a shape [${modes.eigenvalues.length}]: one for each eigenvalue.`,
      powers.shape,
    )
  }
  return curveOf(modes, samples, ridge, noise)
}

function numbersOf(x: Tensor, name: string): Float64Array {
  const numbers = Float64Array.from(readFinite(x, name))
  if (x.shape.length !== 1 || x.size === 0) throw shapeError(`${name} needs a shape [modes].`, x.shape)
  const wrong = numbers.find((v) => v < 0)
  if (wrong === undefined) return numbers
  throw new NtkError('value', { what: `${name} needs numbers not below 0.`, got: String(wrong) })
}

export function curveOf(
  modes: Modes,
  samples: readonly number[],
  ridge: number,
  noise: number,
): ExpectedLearningCurve {
  const points = samples.map((count) => pointOf(modes, count, ridge, noise))
  const tensorOf = (of: (p: Point) => number): Tensor =>
    tensorFromData(Float64Array.from(points, of), [points.length])
  return {
    error: tensorOf((p) => p.error),
    effectiveRidge: tensorOf((p) => p.kappa),
    gamma: tensorOf((p) => p.gamma),
  }
}

interface Point {
  readonly error: number
  readonly kappa: number
  readonly gamma: number
}

function pointOf({ eigenvalues, powers }: Modes, count: number, ridge: number, noise: number): Point {
  const kappa = effectiveRidge(eigenvalues, count, ridge)
  let [missed, learnt, kept] = [0, 0, 0]
  eigenvalues.forEach((eta, i) => {
    // of a mode that the kernel does not have nothing is learnt, also at κ = 0
    const unlearnt = eta === 0 || count === 0 ? 1 : kappa / (kappa + count * eta)
    missed += (powers[i] as number) * unlearnt ** 2
    learnt += count === 0 ? 0 : (1 - unlearnt) ** 2 / count
    kept += count === 0 ? 0 : (unlearnt * (1 - unlearnt)) / count
  })
  // 1 − γ = λ/κ + Σ u (1 − u) / P by the equation of κ, with no difference of near numbers
  const rest = kappa === 0 || count === 0 ? 1 - learnt : ridge / kappa + kept
  if (rest > 0) return { error: (missed + noise * learnt) / rest, kappa, gamma: learnt }
  throw new NtkError('singular', {
    what: 'A learning curve without a ridge has no value where the samples are as many as the modes: the error is infinite.',
    got: `${count} samples`,
    fix: 'Leave this number out, or give a ridge.',
  })
}

/**
 * κ with λ/κ + Σ η / (κ + P η) = 1, whose left side falls from beyond 1 (or from rank/P, where λ is 0: then κ is 0 unless that is more than 1) to 0. By halving the
 * logarithm of κ between bounds, in units of λ + Σ η, so that all scales are alike.
 */
function effectiveRidge(eigenvalues: Float64Array, count: number, ridge: number): number {
  const largest = eigenvalues.reduce((a, b) => Math.max(a, b), ridge)
  if (largest === 0) return 0
  const scaled = eigenvalues.map((eta) => eta / largest)
  const own = ridge / largest
  const rank = scaled.reduce((r, eta) => r + (eta > 0 ? 1 : 0), 0)
  if (own === 0 && count >= rank) return 0
  const left = (kappa: number): number =>
    scaled.reduce((total, eta) => total + eta / (kappa + count * eta), own / kappa)
  let high = Math.log(scaled.reduce((total, eta) => total + eta, own))
  let low = own > 0 ? Math.log(own) : high - 700
  for (let i = 0; i < 200 && high - low > 2 ** -52 * Math.max(1, Math.abs(low)); i++) {
    const middle = (low + high) / 2
    if (left(Math.exp(middle)) > 1) low = middle
    else high = middle
  }
  return Math.exp((low + high) / 2) * largest
}

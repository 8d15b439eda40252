import { NtkError } from '@ntk/tensor'

/** How the weights move. */
export interface Motion {
  readonly dynamics: 'flow' | 'steps'
  readonly learningRate: number
  /** Null: plain gradient descent. */
  readonly momentum: number | null
  /** What the loss divides by: the size of y, or 1 for the total loss. */
  readonly scale: number
}

/**
 * The response g(λ, t) of training to an error of 1 along an eigenvector of eigenvalue λ: the error becomes 1 + λ g, and a point
 * with covariance k to that eigenvector moves by k g. Written so that it needs no division by λ: exact down to λ = 0.
 *
 * flow: ḟ = −ηΘ∇L, g = (e^{−ηλt} − 1)/λ (Lee et al. 2019, eqs. 8 to 11); with momentum q̇ = ((m − 1)/√η) q − Θ∇L, ḟ = q at
 * the time t√η (their supplement E); steps: (I − ηΘ)^t for e^{−ηΘt}, and heavy-ball momentum.
 */
export function response(motion: Motion, lambda: number, t: number): number {
  if (t === 0) return 0
  if (motion.dynamics === 'steps') return steps(motion, lambda, t)
  return motion.momentum === null || motion.momentum === 0
    ? flow(motion, lambda, t)
    : heavyFlow(motion, motion.momentum, lambda, t)
}

function flow({ learningRate, scale }: Motion, lambda: number, t: number): number {
  const tau = (learningRate * t) / scale
  return lambda === 0 ? -tau : Math.expm1(-lambda * tau) / lambda
}

/** u'' = a u' − (1 + λ u)/N from rest, a = (m − 1)/√η: a damped oscillator; g = u. */
function heavyFlow({ learningRate, scale }: Motion, momentum: number, lambda: number, t: number): number {
  if (t === Infinity) return -1 / lambda
  const a = (momentum - 1) / Math.sqrt(learningRate)
  const time = t * Math.sqrt(learningRate)
  if (time === Infinity) return -1 / lambda
  if (lambda === 0) {
    return a === 0 ? -(time ** 2) / (2 * scale) : (time - Math.expm1(a * time) / a) / (a * scale)
  }
  const stiffness = lambda / scale
  const discriminant = (a * a) / 4 - stiffness
  const rate = Math.sqrt(Math.abs(discriminant))
  if (discriminant > 0.01 * a * a) {
    // Overdamped: both roots negative, the small one from their product.
    const fast = a / 2 - rate
    const slow = stiffness / fast
    return (slow * Math.expm1(fast * time) - fast * Math.expm1(slow * time)) / (slow - fast) / lambda
  }
  // cosh and sinh below grow by a tenth of a at most, so that this is 0 long before they overflow
  const envelope = Math.exp((a * time) / 2)
  if (envelope === 0) return -1 / lambda
  const x = rate * time
  // sin(x)/x or sinh(x)/x, near the critical damping by the first terms of the series.
  const sinc =
    x < 1e-3
      ? 1 - Math.sign(discriminant) * -((x * x) / 6)
      : (discriminant < 0 ? Math.sin(x) : Math.sinh(x)) / x
  const cosine = discriminant < 0 ? Math.cos(x) : Math.cosh(x)
  return (envelope * (cosine - (a / 2) * time * sinc) - 1) / lambda
}

/**
 * v ← m v + (1 + λ u)/N, u ← u − η v from rest, t times; g = u. The t-th power of an affine map by repeated squaring.
 * Throws NtkError 'diverged' where t is infinite and the steps do not converge, and where they leave the range of numbers before t.
 */
function steps({ learningRate, scale, momentum }: Motion, lambda: number, t: number): number {
  const m = momentum ?? 0
  const diverged = (what: string): NtkError =>
    new NtkError('diverged', {
      what,
      got: String(learningRate),
      fix: `Take one below ${(2 * (1 + m) * scale) / lambda} (see maxLearningRate).`,
    })
  if (t === Infinity) {
    if (learningRate * lambda < 2 * (1 + m) * scale) return -1 / lambda
    throw diverged('Gradient descent does not converge at this learning rate.')
  }
  const push = 1 / scale
  const pull = lambda / scale
  // (u, v, 1) ↦ (u − η v', v', 1) with v' = m v + pull u + push.
  let power: Affine = [1 - learningRate * pull, -learningRate * m, -learningRate * push, pull, m, push]
  let total: Affine = [1, 0, 0, 0, 1, 0]
  for (let rest = t; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) total = compose(power, total)
    power = compose(power, power)
  }
  if (Number.isFinite(total[2])) return total[2]
  throw diverged(`Gradient descent diverges at this learning rate: ${t} steps leave the range of numbers.`)
}

/** (u, v) ↦ (a u + b v + c, d u + e v + f). */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

function compose([a, b, c, d, e, f]: Affine, [p, q, r, s, t, u]: Affine): Affine {
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f]
}

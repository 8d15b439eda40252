import { add, greater, logicalAnd, maximum, mul, neg, relu, sign, sqrt, type Value, where } from '@ntk/tensor'
import type { Rule } from '@ntk/tensor/options'
import { asNumber, type Num } from '../numbers.js'
import { type Activation, activation, type PairCovariances } from './activation.js'
import { angleOf } from './angle.js'
import { aDegree } from './degree.js'
import { factorial } from './polynomial-dual.js'
import { power } from './power.js'

const doubleFactorial = (n: number): number => (n < 2 ? 1 : n * doubleFactorial(n - 2))
const choose = (n: number, k: number): number => factorial(n) / (factorial(k) * factorial(n - k))

/** E[u^n v^n] of correlation ρ and variances 1, as coefficients of ρ^k. */
function straight(n: number): number[] {
  return Array.from({ length: n + 1 }, (_, k) =>
    (n - k) % 2 === 0 ? choose(n, k) ** 2 * factorial(k) * doubleFactorial(n - k - 1) ** 2 : 0,
  )
}

/**
 * J_n(θ) = a_n(cos θ) sin θ + b_n(cos θ) (π − θ) of Cho and Saul 2009, as coefficients of a_n; b_n is `straight`. From dT_n/dρ = n² T_{n−1}:
 * (1 − ρ²) a_n' − ρ a_n + b_n = n² (1 − ρ²) a_{n−1}, with a_n(0) of odd n from E[max(u, 0)^n]².
 */
function curved(n: number): number[] {
  if (n === 0) return []
  const [before, b] = [curved(n - 1), straight(n)]
  const a = new Array<number>(n).fill(0)
  if (n % 2 === 1) a[0] = doubleFactorial(n - 1) ** 2
  for (let k = 0; k + 1 < n; k++) {
    const known = k * (a[k - 1] ?? 0) - (b[k] ?? 0) + n * n * ((before[k] ?? 0) - (before[k - 2] ?? 0))
    a[k + 1] = known / (k + 1)
  }
  return a
}

/** Σ c_k q^k p^{(top − k)/2}: a homogeneous polynomial, whose other coefficients are 0. */
function homogeneous(q: Value, p: Value, coef: readonly number[], top: number): Value {
  return coef
    .map((c, k) => ({ c, k }))
    .filter(({ c }) => c !== 0)
    .map(({ c, k }): Value => mul(mul(power(q, k), power(p, (top - k) / 2)), c))
    .reduce((x, y) => add(x, y), mul(q, 0))
}

/** T_n = p^{n/2} J_n(θ)/2π with p = q11 q22, in powers of q and p alone. */
function dual(n: number, { q, q11, q22 }: PairCovariances): Value {
  const p = mul(q11, q22)
  // π − θ, and the root, of the opposite pair.
  const { angle, root } = angleOf({ q: neg(q), q11, q22 })
  const sum = add(
    mul(homogeneous(q, p, curved(n), n - 1), root),
    mul(homogeneous(q, p, straight(n), n), angle),
  )
  return mul(sum, 1 / (2 * Math.PI))
}

/** Of degree 0 the step of 0 is 0. */
function step(covariances: PairCovariances): Value {
  const alive = logicalAnd(greater(covariances.q11, 0), greater(covariances.q22, 0))
  return where<Value>(alive, dual(0, covariances), 0)
}

/** T_n, and Ṫ_n = n² T_{n−1}. */
function pair(
  covariances: PairCovariances,
  { degree }: { readonly degree: Num },
): readonly [Value, () => Value] {
  const n = asNumber(degree)
  const t = n === 0 ? step(covariances) : dual(n, covariances)
  return [t, () => (n === 0 ? mul(t, 0) : mul(dual(n - 1, covariances), n * n))]
}

const options: { readonly degree: Rule<number> } = { degree: aDegree() }

export const RectifiedMonomial: Activation<typeof options, 'degree'> = activation({
  name: 'RectifiedMonomial',
  summary: 'max(x, 0)^degree; degree 0 is the step that is 1 above 0.',
  options,
  examples: [{ degree: 0 }, { degree: 1 }, { degree: 2 }, { degree: 3 }],
  argument: 'degree',
  apply: (x, { degree }) => (degree === 0 ? maximum(sign(x), 0) : power(relu(x), degree)),
  dual: {
    jumps: ({ degree }) => degree === 0,
    pair,
    variance: (q, o) => pair({ q, q11: q, q22: q }, o)[0],
    // E[max(u, 0)^n] = (n−1)!! q^{n/2} / 2 of even n, (n−1)!! q^{n/2} / √2π of odd n
    mean: (q, { degree }) => {
      const n = asNumber(degree)
      const scale = doubleFactorial(n - 1) / (n % 2 === 0 ? 2 : Math.sqrt(2 * Math.PI))
      const positive = greater(q, 0)
      const root = where(positive, sqrt(where(positive, q, 1)), 0)
      return where<Value>(positive, mul(power(root, n), scale), 0)
    },
  },
})

import { add, mul, type Value, zerosLike } from '@ntk/tensor'
import type { PairCovariances } from './activation.js'
import { power } from './power.js'

/** Σ c_i x^i of constant coefficients, by Horner's rule. */
export function polynomial<V extends Value>(x: V, coef: readonly number[]): V {
  return coef.reduceRight((sum, c) => add(mul(sum, x), c), mul(x, 0))
}

export const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/** One Hermite coefficient of φ(√v x), R(v) v^{l/2}, as a function of the variance v. */
export interface HermiteTerm {
  readonly l: number
  readonly r: (v: Value) => Value
}

/** Of φ = Σ c_i x^i: R_l(v) = Σ_i c_{2i+l} (2i+l)! / (2^i i! √l!) v^i, for every l. */
export function termsOf(coef: readonly number[]): HermiteTerm[] {
  return coef.map((_, l) => {
    const own = coef
      .filter((_c, k) => k >= l && (k - l) % 2 === 0)
      .map((c, i) => (c * factorial(2 * i + l)) / (2 ** i * factorial(i) * Math.sqrt(factorial(l))))
    return { l, r: (v) => polynomial(v, own) }
  })
}

/**
 * T = Σ_l R_l(q11) R_l(q22) q^l and Ṫ = Σ_l l R_l(q11) R_l(q22) q^{l−1} (Mehler's formula). Nothing is divided, so that zero rows are
 * nothing special.
 */
export function mehler(
  { q, q11, q22 }: PairCovariances,
  terms: readonly HermiteTerm[],
): readonly [Value, () => Value] {
  const products = terms.map(({ r }): Value => mul(r(q11), r(q22)))
  const t = sumOf(products, terms, zerosLike(q), (product, l) =>
    l === 0 ? product : mul(product, power(q, l)),
  )
  const slope = (): Value =>
    sumOf(products, terms, zerosLike(t), (product, l) =>
      l === 0 ? null : mul(mul(product, power(q, l - 1)), l),
    )
  return [t, slope]
}

function sumOf(
  products: readonly Value[],
  terms: readonly HermiteTerm[],
  start: Value,
  termOf: (product: Value, l: number) => Value | null,
): Value {
  return terms.reduce((total: Value, { l }, i) => {
    const term = termOf(products[i] as Value, l)
    return term === null ? total : add(total, term)
  }, start)
}

/** E[φ(u)] = R_0(q). */
export function hermiteMean(q: Value, terms: readonly HermiteTerm[]): Value | 'zero' {
  return terms.find(({ l }) => l === 0)?.r(q) ?? 'zero'
}

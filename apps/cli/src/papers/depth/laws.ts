import { type Mean, meanOf } from '../../measures/error-bar.js'

/** A number that depth comes to, of several draws of the inputs: as measured, and as half the depth would have it. */
export interface Extrapolated {
  readonly value: number
  readonly before: number
}

/** A value with its error bar: the spread over draws, and how much the number still moves where depths double. */
export function combined(draws: readonly Extrapolated[]): Mean {
  const { mean, error } = meanOf(draws.map(({ value }) => value))
  const moves = meanOf(draws.map(({ value, before }) => (value - before) ** 2)).mean
  return { mean, error: Math.hypot(error, Math.sqrt(moves)) }
}

/** Values at L/8, L/4, L/2 and L. */
export type Doublings = readonly [number, number, number, number]

/** Depths L/8, L/4, L/2 and L of a step L/8. */
export const doublingsOf = (step: number): [number, number, number, number] => [
  step,
  2 * step,
  4 * step,
  8 * step,
]

/**
 * The rate r of what goes as l^β e^(r l), from logarithms at depths that double: powers of l cancel between differences of neighbours.
 */
export function rateOf([a, b, c, d]: Doublings, step: number): Extrapolated {
  return { value: (d - c - (c - b)) / (2 * step), before: (c - b - (b - a)) / step }
}

/**
 * The limit a of a + b/l + c log(l)/l through three depths that double. Correlations come to 1 as 2/(β l) with a logarithm behind
 * it, and so does everything that is made of them (Schoenholz et al. 2017).
 */
export function limitOf([a, b, c, d]: Doublings): Extrapolated {
  return { value: through(b, c, d), before: through(a, b, c) }
}

// l f(l) = a l + b + c log l: second differences of doublings leave a l alone.
const through = (x: number, y: number, z: number): number => 4 * z - 4 * y + x

/**
 * The power p of what goes as l^p, from logarithms at depths that double; its next term falls as 1/l, and is taken off. Behind it come
 * log(l)/l and log²(l)/l², which doublings see late: how much taking off moved the last slope bounds them.
 */
export function powerOf([, b, c, d]: Doublings): Extrapolated {
  const slope = (from: number, to: number): number => (to - from) / Math.LN2
  return { value: 2 * slope(c, d) - slope(b, c), before: slope(c, d) }
}

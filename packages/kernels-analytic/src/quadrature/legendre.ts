/** Nodes and weights of a quadrature rule on [0, 1]. */
export interface Nodes {
  readonly at: readonly number[]
  readonly weights: readonly number[]
}

const known = new Map<number, Nodes>()

/** The rule of Gauss and Legendre with n points, moved to [0, 1]: exact for polynomials of degree 2n − 1. */
export function legendre(n: number): Nodes {
  const before = known.get(n)
  if (before !== undefined) return before
  const at: number[] = []
  const weights: number[] = []
  for (let i = 0; i < n; i++) {
    // Newton's steps from an approximate root
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 1
    for (let step = 0; step < 8; step++) {
      let [before, here] = [1, x]
      for (let k = 2; k <= n; k++) {
        const next = ((2 * k - 1) * x * here - (k - 1) * before) / k
        before = here
        here = next
      }
      if (n === 1) before = 1
      slope = (n * (x * here - before)) / (x * x - 1)
      x -= here / slope
    }
    at.push((1 + x) / 2)
    weights.push(1 / ((1 - x * x) * slope * slope))
  }
  const rule = { at, weights }
  known.set(n, rule)
  return rule
}

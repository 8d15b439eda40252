import { knots } from './grids.js'

/** Coefficients, from the constant on, of the polynomial through the points (knots, heights), by Newton's divided differences. */
export function coefficients(heights: readonly number[]): number[] {
  const differences = [...heights]
  for (let order = 1; order < knots.length; order++) {
    for (let i = knots.length - 1; i >= order; i--) {
      const [at, before] = [differences[i] ?? 0, differences[i - 1] ?? 0]
      differences[i] = (at - before) / ((knots[i] ?? 0) - (knots[i - order] ?? 0))
    }
  }
  let found: number[] = []
  for (let i = knots.length - 1; i >= 0; i--) {
    // found · (x − knot) + difference
    const shifted = [0, ...found]
    found = shifted.map((value, power) => value - (found[power] ?? 0) * (knots[i] ?? 0))
    found[0] = (found[0] ?? 0) + (differences[i] ?? 0)
  }
  return found
}

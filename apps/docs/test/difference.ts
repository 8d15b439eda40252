/**
 * The largest difference of two results in plain data, number by number, relative where numbers are above 1; infinite where they are not
 * built alike.
 */
export function largestDifference(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') {
    return Object.is(a, b) ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(a))
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b ? 0 : Infinity
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))]
  if (left.length !== right.size) return Infinity
  // A NaN is a difference that no bound allows.
  return left.reduce((so, [name, value]) => {
    const here = largestDifference(value, right.get(name))
    return Number.isNaN(here) ? Infinity : Math.max(so, here)
  }, 0)
}

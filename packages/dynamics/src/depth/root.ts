/**
 * A root of f between a and b, where its signs differ, to the last bits of it, by the method of Ridders (1979): between the ends of
 * a bracket and its middle f is taken for a line times an exponential. NaN where the signs are the same.
 */
export function rootBetween(f: (x: number) => number, a: number, b: number): number {
  let [low, high] = [a, b]
  let [atLow, atHigh] = [f(low), f(high)]
  if (atLow === 0) return low
  if (atHigh === 0) return high
  if (!(atLow > 0 !== atHigh > 0)) return Number.NaN
  for (let i = 0; i < 200 && high - low > 2 ** -52 * Math.max(Math.abs(low), Math.abs(high)); i++) {
    const middle = low + (high - low) / 2
    const at = f(middle)
    if (at === 0) return middle
    const sign = atLow > atHigh ? 1 : -1
    const point = middle + ((middle - low) * sign * at) / Math.sqrt(at * at - atLow * atHigh)
    if (at > 0 === atLow > 0) [low, atLow] = [middle, at]
    else [high, atHigh] = [middle, at]
    if (!(point > low && point < high)) continue
    const here = f(point)
    if (here === 0) return point
    if (here > 0 === atLow > 0) [low, atLow] = [point, here]
    else [high, atHigh] = [point, here]
  }
  return Math.abs(atLow) < Math.abs(atHigh) ? low : high
}

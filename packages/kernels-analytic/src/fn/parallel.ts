import { dot } from './dot.js'

/** A place on a line for every sample of a set, the same for x and c x: nearly parallel samples have nearly equal places. */
export function placesOnLine(data: Float64Array, square: Float64Array, channels: number): Float64Array {
  const direction = unitVector(channels)
  return square.map((s, i) => {
    // A zero sample is parallel to nothing.
    if (s === 0) return Number.NaN
    return Math.abs(dot(data, i * channels, direction, 0, channels)) / Math.sqrt(s)
  })
}

/** A unit vector without regularity: the fractional parts of multiples of the golden ratio. */
function unitVector(length: number): Float64Array {
  const golden = (Math.sqrt(5) - 1) / 2
  const v = new Float64Array(length).map((_, i) => (((i + 1) * golden) % 1) - 0.5)
  const norm = Math.sqrt(dot(v, 0, v, 0, length))
  return v.map((x) => x / norm)
}

interface Placed {
  readonly place: Float64Array
}

/** Rows [atA, atA + m) of one set against [atB, atB + n) of another. */
interface Neighbours {
  readonly a: Placed
  readonly atA: number
  readonly m: number
  readonly b: Placed
  readonly atB: number
  readonly n: number
}

/** Places are rounded to 2^-30, so that a place and a column make one whole number that a float64 holds. */
const steps = 2 ** 30
const columns = 2 ** 22

/**
 * Calls f with every pair (row i of a from atA on, column j of b from atB on) whose sine is at most `sine`, and with some
 * whose sine is a little more. Samples that close lie that close on any line: only neighbours among the sorted places of
 * the columns come into question.
 */
export function eachNearlyParallel(
  { a, atA, m, b, atB, n }: Neighbours,
  sine: number,
  f: (i: number, j: number) => void,
): void {
  const sorted = b.place
    .subarray(atB, atB + n)
    .map((place, j) => Math.floor(place * steps) * columns + j)
    .filter((key) => !Number.isNaN(key))
    .sort()
  // |x - y| <= sqrt(2) sine for unit vectors less than 90 degrees apart; and the rounding
  const width = Math.SQRT2 * sine * steps + 2
  for (let i = 0; i < m; i++) {
    const place = (a.place[atA + i] as number) * steps
    if (Number.isNaN(place)) continue
    const last = (place + width) * columns
    for (let k = firstFrom(sorted, (place - width) * columns); k < sorted.length; k++) {
      const key = sorted[k] as number
      if (key > last) break
      f(i, key % columns)
    }
  }
}

/** The first index whose value is at least `bound`. */
function firstFrom(sorted: Float64Array, bound: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < bound) low = middle + 1
    else high = middle
  }
  return low
}

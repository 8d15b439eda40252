import { dot } from './dot.js'

/** What is known of every vector of a set: its squared length, and its place on a line. */
interface Lengths {
  /** Summed as `dot` does, so that equal inputs give equal bits. */
  readonly square: Float64Array
  /** The same for x and c x: nearly parallel vectors have nearly equal places. NaN for a vector of zeros, which is parallel to nothing. */
  readonly place: Float64Array
}

/** Squared lengths and places of `data`, vectors of `channels` numbers, which are read once. */
export function lengthsAndPlaces(data: Float64Array, channels: number): Lengths {
  const direction = unitVector(channels)
  const square = new Float64Array(data.length / channels)
  const place = new Float64Array(square.length)
  const even = channels - (channels % 4)
  for (let i = 0, at = 0; i < square.length; i++) {
    // One declaration a number: taken apart from a list they make this loop twice as slow.
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let p0 = 0
    let p1 = 0
    let p2 = 0
    let p3 = 0
    let c = 0
    for (; c < even; c += 4, at += 4) {
      const x0 = data[at] as number
      const x1 = data[at + 1] as number
      const x2 = data[at + 2] as number
      const x3 = data[at + 3] as number
      s0 += x0 * x0
      s1 += x1 * x1
      s2 += x2 * x2
      s3 += x3 * x3
      p0 += x0 * (direction[c] as number)
      p1 += x1 * (direction[c + 1] as number)
      p2 += x2 * (direction[c + 2] as number)
      p3 += x3 * (direction[c + 3] as number)
    }
    for (; c < channels; c++, at++) {
      const x = data[at] as number
      s0 += x * x
      p0 += x * (direction[c] as number)
    }
    const s = s0 + s1 + (s2 + s3)
    square[i] = s
    place[i] = s === 0 ? Number.NaN : Math.abs(p0 + p1 + (p2 + p3)) / Math.sqrt(s)
  }
  return { square, place }
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

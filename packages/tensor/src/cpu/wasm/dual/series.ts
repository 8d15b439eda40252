import { type SeriesPiece, type SeriesTable, termsOf } from '../../../composites/series.js'
import type { Engine } from '../engine.js'

/** The numbers of assembly/dual/series.ts. */
const parities = { all: 0, odd: 1, even: 2 } as const
const PIECE = 8
/** Numbers of a sample beside its reaches and terms. */
const BESIDE = 5

interface Encoded {
  readonly numbers: Float64Array
  /** Which of `numbers` are places of others, counted from the first number. */
  readonly addresses: readonly number[]
  /** E[φ²] within the pieces, at their middles and ends. */
  readonly inside: readonly { readonly at: number; readonly square: number }[]
}

const known = new WeakMap<SeriesTable, Encoded>()

function encoded(table: SeriesTable): Encoded {
  const before = known.get(table)
  if (before !== undefined) return before
  const { parity, pieces, counts } = table
  const numbers = [pieces.length, pieces[0]?.coefficients.length ?? 0, parities[parity], counts.length]
  numbers.push(...counts)
  const addresses: number[] = []
  let next = numbers.length + PIECE * pieces.length
  for (const piece of pieces) {
    const { from, to, reaches, coefficients } = piece
    addresses.push(numbers.length + 4, numbers.length + 5)
    const afterwards = next + coefficients.length * widthOf(piece)
    const [middle, half] = from === 0 ? [0, to] : [(from + to) / 2, (to - from) / 2]
    numbers.push(to, middle, 1 / half, termsOf(piece), next, afterwards, from === 0 ? to : 0, 0)
    next = afterwards + reaches.length
  }
  for (const piece of pieces) {
    const padding = new Array<number>(widthOf(piece) - termsOf(piece) - 2).fill(0)
    for (const row of piece.coefficients) numbers.push(...row, ...padding)
    numbers.push(...piece.reaches)
  }
  const inside = pieces.flatMap(({ from, to }) =>
    [(from + to) / 2, to].map((at) => ({ at, square: squareOf(table, at) })),
  )
  const made = { numbers: Float64Array.from(numbers), addresses, inside }
  known.set(table, made)
  return made
}

/** Two numbers are worked out at a time. */
function widthOf(piece: SeriesPiece): number {
  return 2 * Math.ceil((termsOf(piece) + 2) / 2)
}

/** Elements that a table takes. */
export function seriesSize(table: SeriesTable): number {
  return encoded(table).numbers.length
}

export function writeSeries(e: Engine, table: SeriesTable, at: number): void {
  const { numbers, addresses } = encoded(table)
  const memory = e.f64()
  memory.set(numbers, at / 8)
  for (const i of addresses) memory[at / 8 + i] = at + 8 * (numbers[i] as number)
}

/** How many terms, and how many of the counts of a table up to there, are worked with. */
export interface Terms {
  readonly lines: number
  readonly counts: number
}

/** Elements of the lines of n samples. */
export function linesSize(n: number, { lines, counts }: Terms): number {
  return Math.ceil(n / 8) * 8 * (BESIDE + counts + lines)
}

/** The terms that variances up to `high` need. */
export function termsUpTo({ pieces, counts }: SeriesTable, high: number): Terms {
  // A variance that falls on the other side of an end by its last digits finds its terms as well.
  const reached = pieces.filter(({ from }) => from <= high * (1 + 1e-9))
  const lines = Math.max(...reached.map(({ terms }) => terms))
  return { lines, counts: counts.indexOf(lines) + 1 }
}

export function reaches({ pieces }: SeriesTable, low: number, high: number): boolean {
  return low >= (pieces[0]?.from ?? Infinity) && high <= (pieces.at(-1)?.to ?? 0)
}

/** E[φ(u)²] of u ~ N(0, v): a_0² + Σ a_k². */
function squareOf({ parity, pieces }: SeriesTable, v: number): number {
  const piece = pieces.find(({ to }) => v <= to) ?? (pieces.at(-1) as SeriesPiece)
  const { from, to, coefficients } = piece
  const t = from === 0 ? v / to : (2 * v - from - to) / (to - from)
  const falls = from === 0 ? v / to : 1
  let total = 0
  for (let k = 0; k < termsOf(piece) + 2; k++) {
    let a = 0
    for (let j = coefficients.length - 1; j >= 0; j--)
      a = a * t + ((coefficients[j] as readonly number[])[k] as number)
    const order = k < 2 ? 0 : parity === 'all' ? k - 2 : parity === 'odd' ? 2 * (k - 2) : 2 * (k - 2) + 1
    total += a * a * falls ** order * (k === 0 ? 1 : v)
  }
  return total
}

/** The smallest and the largest E[φ²] of variances from `low` to `high`, about: from above, and to a factor from below. */
export function squaresBetween(table: SeriesTable, low: number, high: number): readonly [number, number] {
  const ends = [squareOf(table, low), squareOf(table, high)] as const
  // Of a function that falls the largest may lie between the places that are looked at: E[φ²] changes over octaves of the variance.
  const within = encoded(table).inside.filter(({ at }) => at > low && at < high)
  const most = Math.max(0, ...within.map(({ square }) => square))
  return [Math.min(...ends), most > Math.max(...ends) ? 1.1 * most : Math.max(...ends)]
}

/**
 * A function by its Hermite coefficients, as plain data: with a_k(v) = E[φ(√v z) h_k(z)] and orthonormal h_k,
 * E[φ(u) φ(v)] = Σ_k a_k(q11) a_k(q22) c^k, c = q / √(q11 q22). The coefficients are polynomials in the variance, piece by piece.
 */
export interface SeriesTable {
  /**
   * Which a_k there are: of an odd function k = 1, 3, 5, ...; of an even one k = 2, 4, 6, ...; or all of k = 1, 2, 3, ...: these are its
   * terms. There is a_0 always, and a_1 of an even one.
   */
  readonly parity: 'all' | 'odd' | 'even'
  /** Numbers of terms that a sum may stop at, upwards. */
  readonly counts: readonly number[]
  /** Adjoining ranges of the variance, upwards. */
  readonly pieces: readonly SeriesPiece[]
}

export interface SeriesPiece {
  readonly from: number
  readonly to: number
  /** Terms that count, also with themselves at a correlation of 1: one of `counts`. */
  readonly terms: number
  /** For each of `counts`: so many terms are enough for two inputs whose |c| is at most the product of what stands here for both. */
  readonly reaches: readonly number[]
  /**
   * Of each power of t, the variance moved to [−1, 1], the coefficients of a_0, a_1/√v (0 but of an even function), and the terms a_k/√v,
   * those beside larger variances included. In a piece from 0 on, t is v/to, and term a_k/√v is t^{(k−1)/2} times what they give.
   */
  readonly coefficients: readonly (readonly number[])[]
}

/** The number of terms that a piece has coefficients of. */
export function termsOf({ coefficients }: SeriesPiece): number {
  return (coefficients[0]?.length ?? 2) - 2
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((x) => typeof x === 'number')

function isPiece(value: unknown, counts: readonly number[]): value is SeriesPiece {
  if (typeof value !== 'object' || value === null) return false
  const { from, to, terms, reaches, coefficients } = value as Partial<SeriesPiece>
  if (typeof from !== 'number' || typeof to !== 'number' || !(from < to)) return false
  if (typeof terms !== 'number' || !counts.includes(terms)) return false
  if (!isNumbers(reaches) || reaches?.length !== counts.length) return false
  if (!Array.isArray(coefficients) || coefficients.length === 0 || !coefficients.every(isNumbers))
    return false
  const width = (coefficients[0] as readonly number[]).length
  return width >= 2 && coefficients.every((row) => row.length === width)
}

const adjoin = (pieces: readonly SeriesPiece[]): boolean =>
  pieces.every(({ from, coefficients }, i) => {
    const before = pieces[i - 1]
    return before === undefined || (before.to === from && before.coefficients.length === coefficients.length)
  })

const checked = new WeakSet<object>()

/** Whether a value is a table: a look at all its numbers, once. */
export function isSeriesTable(value: unknown): value is SeriesTable {
  if (typeof value !== 'object' || value === null) return false
  if (checked.has(value)) return true
  const { parity, pieces, counts } = value as Partial<SeriesTable>
  if (parity !== 'all' && parity !== 'odd' && parity !== 'even') return false
  if (counts === undefined || !isNumbers(counts)) return false
  if (!counts.every((count, i) => Number.isInteger(count) && count > (counts[i - 1] ?? 0))) return false
  if (!Array.isArray(pieces) || pieces.length === 0) return false
  if (!pieces.every((piece) => isPiece(piece, counts)) || !adjoin(pieces)) return false
  checked.add(value)
  return true
}

import type { SeriesParams } from '../composites/contracts.js'
import type { SeriesTable } from '../composites/series.js'

/**
 * Polynomials, whose series are exact: a_k/√v of φ = Σ c_i x^i up to degree 3 are a_0 = c_0 + c_2 v, c_1 + 3 c_3 v, c_2 √2v and c_3 √6 v. A pair
 * without correlation needs one term, any other all.
 */
function polynomial(
  parity: SeriesTable['parity'],
  coef: readonly [number, number, number, number],
): SeriesParams {
  const [c0, c1, c2, c3] = coef
  const to = 64
  const terms = { all: [0, 1, 2], odd: [0, 2], even: [1] }[parity]
  const rows = [
    [c1, c2 * Math.sqrt(2 * to), c3 * Math.sqrt(6) * to],
    [3 * c3 * to, 0, 0],
  ]
  const coefficients = rows.map((row, power) => [
    power === 0 ? c0 : c2 * to,
    parity === 'even' ? (row[0] as number) : 0,
    ...terms.map((i) => row[i] as number),
  ])
  const counts = terms.map((_, i) => i + 1)
  const reaches = counts.map((count) => (count === terms.length ? 1 : 0))
  return {
    table: { parity, counts, pieces: [{ from: 0, to, terms: terms.length, reaches, coefficients }] },
    of: { name: 'Polynomial', options: { coef } },
  }
}

/** One a parity. */
export const polynomialSeries: readonly [SeriesParams, SeriesParams, SeriesParams] = [
  polynomial('odd', [1, 1, 0, 0.5]),
  polynomial('even', [0.3, 1, 0.5, 0]),
  polynomial('all', [0.3, 1, -0.4, 0.2]),
]

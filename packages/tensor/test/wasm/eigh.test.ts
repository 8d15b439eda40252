import { describe, expect, it } from 'vitest'
import { eigh } from '../../src/cpu/wasm/index.js'
import { differences, identity, multiply, norm, random, spd, subtract, transpose } from './matrices.js'

const diagonal = (values: readonly number[]): Float64Array => {
  const n = values.length
  return new Float64Array(n * n).map((_, at) => (at % (n + 1) === 0 ? (values[at % n] as number) : 0))
}

/** Q diag(values) Qᵀ for a Q made of a few reflections. */
function withValues(values: readonly number[], seed: number): Float64Array {
  const n = values.length
  let a = diagonal(values)
  for (let s = 0; s < 3; s++) {
    const v = random(n, seed + s)
    const size = norm(v) ** 2
    const h = identity(n).map(
      (x, at) => x - (2 * (v[Math.floor(at / n)] as number) * (v[at % n] as number)) / size,
    )
    a = multiply(multiply(h, a, n, n, n), h, n, n, n)
  }
  return a.map((x, at) => (x + (a[(at % n) * n + Math.floor(at / n)] as number)) / 2)
}

/** Residual and orthogonality to rounding, ascending order, and values that agree with those found without vectors. */
function check(
  a: Float64Array,
  n: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const { values, vectors } = eigh(a, n, true)
  if (!vectors) throw new Error('vectors were wanted')
  const size = norm(a)
  const scaled = vectors.map((x, at) => x * (values[at % n] as number))
  expect(norm(subtract(multiply(a, vectors, n, n, n), scaled))).toBeLessThanOrEqual(
    3e-15 * Math.sqrt(n) * size,
  )
  const gram = multiply(transpose(vectors, n, n), vectors, n, n, n)
  expect(norm(subtract(gram, identity(n)))).toBeLessThanOrEqual(2e-15 * n)
  const alone = eigh(a, n, false)
  expect(alone.vectors).toBeNull()
  for (let i = 0; i < n; i++) {
    if (i > 0) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1] as number)
    expect(Math.abs((values[i] as number) - (alone.values[i] as number))).toBeLessThanOrEqual(
      4e-15 * Math.sqrt(n) * size,
    )
  }
  return { values, vectors }
}

describe('eigh', () => {
  it.each([1, 2, 3, 4, 5, 31, 32, 33, 64, 65, 66, 97, 150, 257])(
    'decomposes a random symmetric matrix of order %i',
    (n) => {
      const x = random(n * n, n)
      check(
        x.map((y, at) => y + (x[(at % n) * n + Math.floor(at / n)] as number)),
        n,
      )
    },
  )

  it('returns nothing for an empty matrix and the entry itself for a single one', () => {
    expect(eigh(new Float64Array(0), 0, true)).toEqual({
      values: new Float64Array(0),
      vectors: new Float64Array(0),
    })
    expect(eigh(new Float64Array([-3]), 1, true)).toEqual({
      values: new Float64Array([-3]),
      vectors: new Float64Array([1]),
    })
  })

  it('finds repeated, clustered and widely graded values', () => {
    const n = 120
    const lists = [
      Array.from({ length: n }, (_, i) => Math.floor(i / 40)),
      Array.from({ length: n }, (_, i) => 1 + (i % 2) * 1e-13 + i * 1e-15),
      Array.from({ length: n }, (_, i) => 10 ** (-i / 6)),
      Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 1e-9)),
      Array.from({ length: n }, (_, i) => (i < 5 ? i + 1 : 0)),
      Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1)),
    ]
    for (const [index, list] of lists.entries()) {
      const { values } = check(withValues(list, 11 + index), n)
      const want = [...list].sort((p, q) => p - q)
      const top = Math.max(...list.map(Math.abs))
      for (let i = 0; i < n; i++)
        expect(Math.abs((values[i] as number) - (want[i] as number))).toBeLessThan(2e-14 * top)
    }
  })

  it('handles the zero matrix, the identity, diagonals out of order and a matrix of equal rows', () => {
    const n = 70
    check(new Float64Array(n * n), n)
    check(identity(n), n)
    const { values } = check(diagonal(Array.from({ length: n }, (_, i) => (i * 37) % n)), n)
    expect([...values]).toEqual(Array.from({ length: n }, (_, i) => i))
    const ones = check(new Float64Array(n * n).fill(1), n)
    expect(ones.values[n - 1]).toBeCloseTo(n, 11)
  })

  it('solves tridiagonal test matrices: second differences, Wilkinson, glued blocks', () => {
    const n = 201
    const tri = (d: (i: number) => number, e: (i: number) => number): Float64Array =>
      new Float64Array(n * n).map((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n]
        return i === j ? d(i) : Math.abs(i - j) === 1 ? e(Math.min(i, j)) : 0
      })
    const { values } = check(
      tri(
        () => 2,
        () => -1,
      ),
      n,
    )
    values.forEach((x, i) => expect(x).toBeCloseTo(2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 13))
    check(
      tri(
        (i) => Math.abs(i - 100),
        () => 1,
      ),
      n,
    )
    check(
      tri(
        (i) => Math.abs((i % 21) - 10),
        (i) => (i % 21 === 20 ? 1e-8 : 1),
      ),
      n,
    )
  })

  it('settles on smooth kernel matrices, whose values fall off below rounding', () => {
    const n = 160
    const a = new Float64Array(n * n).map((_, at) =>
      Math.exp(-50 * ((Math.floor(at / n) - (at % n)) / n) ** 2),
    )
    check(a, n)
    check(
      a
        .slice()
        .reverse()
        .map((x, at) => x * 10 ** (-(Math.floor(at / n) + (at % n)) / 16)),
      n,
    )
  })

  it('scales with the matrix, however large or small', () => {
    const n = 40
    const a = spd(n, 8)
    const { values } = eigh(a, n, false)
    for (const s of [2 ** 500, 2 ** -500, 2 ** -1030]) {
      const scaled = a.map((x) => x * s)
      const big = s < 2 ** -600 ? eigh(scaled, n, true) : check(scaled, n)
      for (let i = 0; i < n; i++) expect((big.values[i] as number) / s).toBeCloseTo(values[i] as number, 5)
    }
  })

  it('reads the lower triangle, leaves its input alone and says NaN when an entry is not finite', () => {
    const n = 45
    const a = spd(n, 9)
    const lower = a.map((x, at) => (at % n > Math.floor(at / n) ? Number.NaN : x))
    const before = lower.slice()
    expect(eigh(lower, n, true)).toEqual(eigh(a, n, true))
    expect(differences(lower, before)).toBe(0)
    lower[n] = Number.POSITIVE_INFINITY
    expect(eigh(lower, n, true).values.every(Number.isNaN)).toBe(true)
  })
})

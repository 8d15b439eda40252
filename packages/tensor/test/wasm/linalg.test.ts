import { describe, expect, it } from 'vitest'
import { cholesky, luFactor, luSolve, triangularSolve } from '../../src/cpu/wasm/index.js'
import { differences, identity, multiply, norm, random, spd, subtract, transpose } from './matrices.js'

describe('cholesky', () => {
  it.each([0, 1, 2, 15, 16, 17, 33, 127, 128, 129, 260])('factors a matrix of order %i to rounding', (n) => {
    const a = spd(n, 1)
    const l = a.slice()
    expect(cholesky(l, n)).toBe(-1)
    expect(l.every((x, at) => at % n <= Math.floor(at / n) || x === 0)).toBe(true)
    const back = multiply(l, transpose(l, n, n), n, n, n)
    expect(norm(subtract(back, a))).toBeLessThanOrEqual(n * 1e-16 * norm(a))
  })

  it('keeps a small residual when the matrix is nearly singular', () => {
    const n = 200
    const a = new Float64Array(n * n).map((_, at) => {
      const d = (Math.floor(at / n) - (at % n)) / n
      return Math.exp(-8 * d * d) + (d === 0 ? 1e-12 : 0)
    })
    const l = a.slice()
    expect(cholesky(l, n)).toBe(-1)
    expect(norm(subtract(multiply(l, transpose(l, n, n), n, n, n), a))).toBeLessThan(n * 1e-16 * norm(a))
  })

  it('names the first pivot that is not positive, whether negative, zero or NaN, and leaves the matrix alone', () => {
    const n = 150
    for (const [at, value] of [
      [0, -1],
      [77, -1],
      [149, Number.NaN],
      [130, 0],
    ] as const) {
      const a = identity(n)
      a[at * n + at] = value
      const before = a.slice()
      expect(cholesky(a, n)).toBe(at)
      expect(differences(a, before)).toBe(0)
    }
  })

  it('reads the lower triangle only', () => {
    const n = 40
    const a = spd(n, 2)
    const lower = a.map((x, at) => (at % n > Math.floor(at / n) ? Number.NaN : x))
    cholesky(a, n)
    expect(cholesky(lower, n)).toBe(-1)
    expect(differences(lower, a)).toBe(0)
  })
})

describe('triangularSolve', () => {
  const cases = (['left', 'right'] as const).flatMap((side) =>
    [true, false].flatMap((lower) =>
      [true, false].flatMap((transposed) => [true, false].map((unit) => ({ side, lower, transposed, unit }))),
    ),
  )
  it.each(cases)(
    'inverts the product: $side, lower $lower, transposed $transposed, unit $unit',
    (options) => {
      const { side, lower, transposed, unit } = options
      for (const [n, nrhs] of [
        [1, 1],
        [7, 1],
        [20, 3],
        [67, 1],
        [67, 30],
        [150, 5],
      ] as const) {
        const a = random(n * n, 3).map((x, at) => {
          const [i, j] = [Math.floor(at / n), at % n]
          if (i === j) return unit ? Number.NaN : 2 + x
          return lower === j < i ? x / Math.sqrt(n) : Number.NaN
        })
        const clean = a.map((x, at) => (at % (n + 1) === 0 && unit ? 1 : Number.isNaN(x) ? 0 : x))
        const op = transposed ? transpose(clean, n, n) : clean
        const x = random(n * nrhs, 4)
        const b = side === 'left' ? multiply(op, x, n, nrhs, n) : multiply(x, op, nrhs, n, n)
        triangularSolve(a, n, b, nrhs, options)
        expect(norm(subtract(b, x)) / norm(x)).toBeLessThan(1e-12)
      }
    },
  )
})

describe('lu', () => {
  it.each([1, 2, 8, 9, 31, 64, 200])(
    'solves a general system of order %i, pivoting where the diagonal is zero',
    (n) => {
      const a = random(n * n, 5)
      if (n > 1) a[0] = 0
      const x = random(n * 3, 6)
      const b = multiply(a, x, n, 3, n)
      const before = a.slice()
      expect(luSolve(a, n, b, 3)).toBe(-1)
      expect(differences(a, before)).toBe(0)
      expect(norm(subtract(multiply(a, b, n, 3, n), multiply(a, x, n, 3, n)))).toBeLessThan(
        1e-13 * norm(a) * norm(x),
      )
    },
  )

  it('gives factors whose product is the permuted matrix, with multipliers of at most one', () => {
    const n = 90
    const a = random(n * n, 7)
    const f = a.slice()
    const pivots = new Int32Array(n)
    expect(luFactor(f, n, pivots)).toBe(-1)
    const l = f.map((x, at) => (at % n < Math.floor(at / n) ? x : at % (n + 1) === 0 ? 1 : 0))
    const u = f.map((x, at) => (at % n >= Math.floor(at / n) ? x : 0))
    expect(Math.max(...l.map(Math.abs))).toBe(1)
    const permuted = a.slice()
    pivots.forEach((other, i) => {
      const row = permuted.slice(i * n, (i + 1) * n)
      permuted.copyWithin(i * n, other * n, (other + 1) * n)
      permuted.set(row, other * n)
    })
    expect(norm(subtract(multiply(l, u, n, n, n), permuted))).toBeLessThan(1e-14 * n * norm(a))
  })

  it('reports the first zero pivot of a singular matrix', () => {
    expect(luSolve(new Float64Array([1, 2, 2, 4]), 2, new Float64Array([1, 1]), 1)).toBe(1)
    expect(luFactor(new Float64Array(9), 3, new Int32Array(3))).toBe(0)
  })
})

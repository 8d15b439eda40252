import { describe, expect, it } from 'vitest'
import { at, copyOf, type Matrix, machineBlas, matrix, type Reals, setAt, touchedOutside } from './support.js'

const { blas, reason } = machineBlas()
const lapack = blas?.lapack ?? null
const why = blas === null ? reason : lapack === null ? 'It has no LAPACK' : ''

function expectBelow(value: number, bound: number): void {
  // Not through expect: these are hundreds of thousands.
  if (!(Math.abs(value) < bound)) expect.fail(`${value} is not below ${bound}`)
}

const layouts = [{}, { offset: 3, extra: 2 }, { offset: 1, extra: 5, shared: true }]

/** A symmetric positive definite matrix: G G^T / n + 1. */
function definite(n: number, options: object): Matrix {
  const g = matrix(n, n)
  const m = matrix(n, n, options)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 1 : 0
      for (let k = 0; k < n; k++) sum += (at(g, i, k) * at(g, j, k)) / n
      setAt(m, i, j, sum)
    }
  }
  return m
}

describe.skipIf(lapack === null)(`the machine's LAPACK${why && ` (${why})`}`, () => {
  if (lapack === null) return
  const precisions = [
    { single: false, potrf: lapack.dpotrf, syevd: lapack.dsyevd, gesv: lapack.dgesv, epsilon: 2e-14 },
    { single: true, potrf: lapack.spotrf, syevd: lapack.ssyevd, gesv: lapack.sgesv, epsilon: 1e-5 },
  ] as {
    single: boolean
    potrf: (triangle: 'lower' | 'upper', n: number, a: Reals, lda: number) => number
    syevd: (n: number, a: Reals, lda: number, w: Reals, vectors: boolean) => number
    gesv: (n: number, nrhs: number, a: Reals, lda: number, b: Reals, ldb: number) => number
    epsilon: number
  }[]

  describe.each(precisions)('single precision: $single', ({ single, potrf, syevd, gesv, epsilon }) => {
    it('factors positive definite matrices in the given triangle', () => {
      for (const n of [0, 1, 2, 7, 70]) {
        for (const triangle of ['lower', 'upper'] as const) {
          for (const layout of layouts) {
            const a = definite(n, { ...layout, single })
            const factor = copyOf(a)
            expect(potrf(triangle, n, factor.data, factor.ld)).toBe(0)
            expect(touchedOutside(a, factor)).toBe(0)
            const inside = (i: number, j: number): boolean => (triangle === 'lower' ? i >= j : i <= j)
            const f = (i: number, j: number): number => (inside(i, j) ? at(factor, i, j) : 0)
            for (let i = 0; i < n; i++) {
              for (let j = 0; j < n; j++) {
                if (!inside(i, j) && at(factor, i, j) !== at(a, i, j))
                  expect.fail('wrote to the other triangle')
                let sum = 0
                for (let k = 0; k < n; k++)
                  sum += triangle === 'lower' ? f(i, k) * f(j, k) : f(k, i) * f(k, j)
                expectBelow(sum - at(a, i, j), epsilon)
              }
            }
          }
        }
      }
    })

    it('names the order of the leading minor that is not positive definite', () => {
      const a = definite(6, { single })
      setAt(a, 3, 3, -1)
      expect(potrf('lower', 6, a.data, a.ld)).toBe(4)
    })

    it('finds the eigenvalues in ascending order with unit eigenvectors as rows', () => {
      for (const n of [0, 1, 2, 9, 60]) {
        for (const layout of layouts) {
          const a = definite(n, { ...layout, single })
          // Only the lower triangle may be read.
          const poisoned = copyOf(a)
          for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) setAt(poisoned, i, j, Number.NaN)
          const values = copyOf(poisoned)
          const w = single ? new Float32Array(n) : new Float64Array(n)
          const w2 = w.slice()
          expect(syevd(n, poisoned.data, poisoned.ld, w, true)).toBe(0)
          expect(syevd(n, values.data, values.ld, w2, false)).toBe(0)
          expect(touchedOutside(a, poisoned)).toBe(0)
          for (let e = 0; e < n; e++) {
            if (e > 0) expect(w[e]).toBeGreaterThanOrEqual(w[e - 1] as number)
            expectBelow((w[e] as number) - (w2[e] as number), epsilon)
            let length = 0
            for (let i = 0; i < n; i++) {
              let sum = 0
              for (let k = 0; k < n; k++) sum += at(a, i, k) * at(poisoned, e, k)
              expectBelow(sum - (w[e] as number) * at(poisoned, e, i), epsilon)
              length += at(poisoned, e, i) ** 2
            }
            expectBelow(length - 1, epsilon)
          }
        }
      }
    })

    it('solves general systems and names a pivot that is zero', () => {
      for (const [n, nrhs] of [
        [1, 1],
        [2, 5],
        [25, 3],
        [4, 0],
        [0, 2],
      ] as const) {
        for (const layout of layouts) {
          const a = matrix(n, n, { ...layout, single })
          // Not symmetric, and zero on the diagonal so that rows must be exchanged.
          for (let i = 0; i < n; i++) {
            setAt(a, i, i, n > 1 ? 0 : 2)
            if (n > 1) setAt(a, i, (i + 1) % n, 3 + i)
          }
          const b = matrix(n, nrhs, { ...layout, single })
          const x = copyOf(b)
          expect(gesv(n, nrhs, copyOf(a).data, a.ld, x.data, x.ld)).toBe(0)
          expect(touchedOutside(b, x)).toBe(0)
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < nrhs; j++) {
              let sum = 0
              for (let k = 0; k < n; k++) sum += at(a, i, k) * at(x, k, j)
              expectBelow(sum - at(b, i, j), 10 * epsilon)
            }
          }
        }
      }
      const a = matrix(3, 3, { single })
      a.data.fill(0)
      expect(gesv(3, 1, a.data, 3, matrix(3, 1, { single }).data, 1)).toBe(1)
    })
  })
})

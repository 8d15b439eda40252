import { describe, expect, it } from 'vitest'
import { type BoundBlas, bindBlas } from '../../src/cpu/native/blas.js'
import { loadFfi } from '../../src/cpu/native/ffi.js'
import { findInterface } from '../../src/cpu/native/symbols.js'
import { NtkError } from '../../src/errors.js'
import {
  at,
  copyOf,
  type Matrix,
  type MatrixOptions,
  machineBlas,
  matrix,
  opAt,
  type Reals,
  touchedOutside,
} from './support.js'

const { blas, reason } = machineBlas()

/** The same functions by CBLAS and by the Fortran symbols, so that both ways are tested where a library has both. */
function ways(): [string, BoundBlas<Reals>, boolean][] {
  const ffi = loadFfi()
  if (blas === null || 'reason' in ffi) return []
  const api = findInterface(ffi.load(blas.description.library))
  if (api === null) return []
  const fortran = { ...api, cblas: (name: string) => `absent_${name}` }
  return (['d', 's'] as const).flatMap((precision) => {
    const names = [`${precision} by CBLAS`, `${precision} by Fortran symbols`] as const
    return [api, fortran].flatMap((each, i): [string, BoundBlas<Reals>, boolean][] => {
      const bound = bindBlas<Reals>(each, precision)
      return bound === null ? [] : [[names[i] as string, bound, precision === 's']]
    })
  })
}

const layouts: MatrixOptions[] = [{}, { offset: 3, extra: 2 }, { offset: 1, extra: 5, shared: true }]
const booleans = [false, true]

function expectMatrix(got: Matrix, want: (i: number, j: number) => number, tolerance: number): void {
  for (let i = 0; i < got.rows; i++) {
    for (let j = 0; j < got.columns; j++) {
      const error = Math.abs(at(got, i, j) - want(i, j))
      if (!(error <= tolerance)) expect.fail(`element ${i}, ${j}: ${at(got, i, j)} against ${want(i, j)}`)
    }
  }
}

function product(a: Matrix, ta: boolean, b: Matrix, tb: boolean, k: number, i: number, j: number): number {
  let sum = 0
  for (let l = 0; l < k; l++) sum += opAt(a, ta, i, l) * opAt(b, tb, l, j)
  return sum
}

describe.skipIf(blas === null)(`the machine's BLAS${reason && ` (${reason})`}`, () => {
  describe.each(ways())('%s', (_, bound, single) => {
    const tolerance = (k: number): number => (k + 2) * (single ? 2e-7 : 4e-16) * 4

    it('multiplies like the plain loops, for all transpositions, offsets and row distances', () => {
      const sizes = [
        [1, 1, 1],
        [5, 4, 3],
        [1, 7, 2],
        [6, 1, 9],
        [17, 33, 65],
        [0, 4, 3],
        [4, 0, 3],
        [4, 3, 0],
      ] as const
      for (const [m, n, k] of sizes) {
        for (const ta of booleans) {
          for (const tb of booleans) {
            for (const layout of layouts) {
              for (const [alpha, beta] of [
                [1, 0],
                [-0.5, 2],
                [0, 1],
                [2, 1],
              ] as const) {
                const options = { ...layout, single }
                const a = ta ? matrix(k, m, options) : matrix(m, k, options)
                const b = tb ? matrix(n, k, options) : matrix(k, n, options)
                const c = matrix(m, n, options)
                const before = copyOf(c)
                bound.gemm(ta, tb, m, n, k, alpha, a.data, a.ld, b.data, b.ld, beta, c.data, c.ld)
                const want = (i: number, j: number): number =>
                  alpha * product(a, ta, b, tb, k, i, j) + beta * at(before, i, j)
                expectMatrix(c, want, tolerance(k))
                expect(touchedOutside(before, c)).toBe(0)
              }
            }
          }
        }
      }
    })

    it('does not read the result where beta is zero', () => {
      const a = matrix(3, 3, { single })
      const c = matrix(3, 3, { single })
      c.data.fill(Number.NaN)
      bound.gemm(false, false, 3, 3, 3, 1, a.data, 3, a.data, 3, 0, c.data, 3)
      expectMatrix(c, (i, j) => product(a, false, a, false, 3, i, j), tolerance(3))
    })

    it('fills one triangle of a symmetric product and leaves the other', () => {
      for (const [n, k] of [
        [1, 1],
        [5, 3],
        [33, 20],
        [4, 0],
        [0, 2],
      ] as const) {
        for (const trans of booleans) {
          for (const triangle of ['lower', 'upper'] as const) {
            for (const layout of layouts) {
              const options = { ...layout, single }
              const a = trans ? matrix(k, n, options) : matrix(n, k, options)
              const c = matrix(n, n, options)
              const before = copyOf(c)
              bound.syrk(triangle, trans, n, k, 1.5, a.data, a.ld, -1, c.data, c.ld)
              const inside = (i: number, j: number): boolean => (triangle === 'lower' ? i >= j : i <= j)
              const want = (i: number, j: number): number =>
                inside(i, j)
                  ? 1.5 * product(a, trans, a, !trans, k, i, j) - at(before, i, j)
                  : at(before, i, j)
              expectMatrix(c, want, tolerance(k))
              expect(touchedOutside(before, c)).toBe(0)
            }
          }
        }
      }
    })

    it('solves triangular systems on both sides, reading one triangle only', () => {
      for (const [m, n] of [
        [1, 1],
        [6, 4],
        [3, 20],
        [30, 2],
        [0, 3],
        [3, 0],
      ] as const) {
        for (const side of ['left', 'right'] as const) {
          for (const triangle of ['lower', 'upper'] as const) {
            for (const trans of booleans) {
              for (const unit of booleans) {
                const order = side === 'left' ? m : n
                const options = { offset: 2, extra: 1, single }
                const a = matrix(order, order, options)
                const inside = (i: number, j: number): boolean => (triangle === 'lower' ? i > j : i < j)
                for (let i = 0; i < order; i++) {
                  for (let j = 0; j < order; j++) {
                    // Well conditioned; NaN where nothing may be read.
                    const value = inside(i, j)
                      ? at(a, i, j) / order
                      : i === j && !unit
                        ? 2 + at(a, i, j)
                        : Number.NaN
                    a.data[i * a.ld + j] = value
                  }
                }
                const b = matrix(m, n, options)
                const before = copyOf(b)
                bound.trsm(side, triangle, trans, unit, m, n, 0.5, a.data, a.ld, b.data, b.ld)
                const element = (i: number, j: number): number => {
                  if (i === j) return unit ? 1 : at(a, i, i)
                  const [r, c] = trans ? [j, i] : [i, j]
                  return inside(r, c) ? at(a, r, c) : 0
                }
                const residual: Matrix = copyOf(b)
                for (let i = 0; i < m; i++) {
                  for (let j = 0; j < n; j++) {
                    let sum = 0
                    for (let l = 0; l < order; l++) {
                      sum += side === 'left' ? element(i, l) * at(b, l, j) : at(b, i, l) * element(l, j)
                    }
                    residual.data[i * residual.ld + j] = sum
                  }
                }
                expectMatrix(residual, (i, j) => 0.5 * at(before, i, j), tolerance(order))
                expect(touchedOutside(before, b)).toBe(0)
              }
            }
          }
        }
      }
    })

    it('refuses operands that reach beyond their arrays', () => {
      const x = single ? new Float32Array(9) : new Float64Array(9)
      const codeOf = (run: () => void): string => {
        try {
          run()
        } catch (error) {
          return NtkError.isInstance(error) ? error.code : 'another error'
        }
        return 'no error'
      }
      expect(codeOf(() => bound.gemm(false, false, 3, 3, 3, 1, x, 3, x, 3, 0, x.subarray(1), 3))).toBe(
        'shape',
      )
      expect(codeOf(() => bound.gemm(false, false, 3, 3, 3, 1, x, 2, x, 3, 0, x, 3))).toBe('shape')
      expect(codeOf(() => bound.gemm(false, false, 2, 3, 4, 1, x, 4, x, 3, 0, x, 3))).toBe('shape')
      expect(codeOf(() => bound.gemm(false, false, -1, 3, 3, 1, x, 3, x, 3, 0, x, 3))).toBe('shape')
      expect(codeOf(() => bound.gemm(false, false, 1.5, 3, 3, 1, x, 3, x, 3, 0, x, 3))).toBe('shape')
      expect(codeOf(() => bound.syrk('lower', false, 4, 2, 1, x, 2, 0, x, 4))).toBe('shape')
      expect(codeOf(() => bound.trsm('left', 'lower', false, false, 4, 2, 1, x, 4, x, 2))).toBe('shape')
    })
  })
})

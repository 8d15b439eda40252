import { NtkError } from '../../errors.js'
import { letter, type Precision, seenByFortran } from './blas.js'
import { checkBlocks } from './check.js'
import { fortranFunction, type Interface, integerCells } from './symbols.js'
import type { Gesv, NativeLapack, Potrf, Syevd } from './types.js'

type Reals = Float64Array | Float32Array

interface BoundLapack<T extends Reals> {
  readonly potrf: Potrf<T>
  readonly syevd: Syevd<T>
  readonly gesv: Gesv<T>
}

/** LAPACK by its Fortran symbols; null where any is missing. */
export function bindLapack(api: Interface): NativeLapack | null {
  const d = bindPrecision<Float64Array>(api, 'd', (n) => new Float64Array(n))
  const s = bindPrecision<Float32Array>(api, 's', (n) => new Float32Array(n))
  if (d === null || s === null) return null
  return { dpotrf: d.potrf, spotrf: s.potrf, dsyevd: d.syevd, ssyevd: s.syevd, dgesv: d.gesv, sgesv: s.gesv }
}

function bindPrecision<T extends Reals>(
  api: Interface,
  precision: Precision,
  reals: (n: number) => T,
): BoundLapack<T> | null {
  const potrf = fortranFunction(api, `${precision}potrf`, 5, 1)
  const syevd = fortranFunction(api, `${precision}syevd`, 11, 2)
  const getrf = fortranFunction(api, `${precision}getrf`, 6, 0)
  const getrs = fortranFunction(api, `${precision}getrs`, 9, 1)
  if (potrf === null || syevd === null || getrf === null || getrs === null) return null
  const bits = api.integerBits
  const { cells, put } = integerCells(bits, 5)
  const [i0, i1, i2, i3, status] = cells
  const integers = (n: number): Int32Array | BigInt64Array =>
    bits === 32 ? new Int32Array(n) : new BigInt64Array(n)
  const result = (op: string): number => {
    const info = Number(status?.[0])
    // Cannot happen unless a library disagrees about its own interface.
    if (info < 0) throw new NtkError('backend', { what: `${op} refused its argument ${-info}.` })
    return info
  }
  const op = (name: string): string => `${precision}${name}`
  return {
    potrf: (triangle, n, a, lda) => {
      checkBlocks(op('potrf'), ['A', a, n, n, lda])
      if (n === 0) return 0
      put(n, lda)
      potrf(seenByFortran(triangle), i0, a, i1, status, 1)
      return result(op('potrf'))
    },

    syevd: (n, a, lda, w, vectors) => {
      checkBlocks(op('syevd'), ['A', a, n, n, lda], ['w', w, 1, n, n])
      if (n === 0) return 0
      // The documented need, which the query for the optimum may round down in single precision.
      const leastReals = vectors ? 1 + 6 * n + 2 * n * n : 2 * n + 1
      const leastIntegers = vectors ? 3 + 5 * n : 1
      if (bits === 32 && leastReals >= 2 ** 31) {
        throw new NtkError('unsupported', {
          what: `${op('syevd')} of a library with 32-bit integers takes matrices up to 32,766 rows.`,
          got: String(n),
        })
      }
      const job = vectors ? letter.V : letter.N
      const run = (work: T, lwork: number, iwork: Int32Array | BigInt64Array, liwork: number): number => {
        put(n, lda, lwork, liwork)
        syevd(job, seenByFortran('lower'), i0, a, i1, w, work, i2, iwork, i3, status, 1, 1)
        return result(op('syevd'))
      }
      const best = reals(1)
      run(best, -1, integers(1), -1)
      const lwork = Math.max(leastReals, Math.min(Number(best[0]), 2 ** 31 - 1))
      return run(reals(lwork), lwork, integers(leastIntegers), leastIntegers)
    },

    gesv: (n, nrhs, a, lda, b, ldb) => {
      checkBlocks(op('gesv'), ['A', a, n, n, lda], ['B', b, n, nrhs, ldb])
      if (n === 0) return 0
      // Column-major code sees A^T: factor that, and solve with its transpose.
      const pivots = integers(n)
      put(n, n, lda)
      getrf(i0, i1, a, i2, pivots, status)
      const info = result(op('getrf'))
      if (info > 0 || nrhs === 0) return info
      const columns = reals(n * nrhs)
      for (let i = 0; i < n; i++) for (let j = 0; j < nrhs; j++) columns[j * n + i] = b[i * ldb + j] as number
      put(n, nrhs, lda, n)
      getrs(letter.T, i0, i1, a, i2, pivots, columns, i3, status, 1)
      const solved = result(op('getrs'))
      for (let i = 0; i < n; i++) for (let j = 0; j < nrhs; j++) b[i * ldb + j] = columns[j * n + i] as number
      return solved
    },
  }
}

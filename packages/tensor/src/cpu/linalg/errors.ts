/** Errors are found out after the fact, so that a sound matrix is not read twice. */
import type { LinalgParams } from '../../primitives.js'
import { needFinite, notPositiveDefinite, type Part, zeroDiagonal } from '../../reference/linalg.js'

/** Whether a contiguous array holds finite numbers only: NaN and infinities survive a sum of differences x − x. */
export function allFinite(x: Float64Array): boolean {
  let test = 0
  for (let i = 0; i < x.length; i++) test += (x[i] as number) - (x[i] as number)
  return test === 0
}

/** The error of a factorization that stopped at `pivot`: what stands there after elimination, or a NaN in the matrix. */
export function choleskyError(a: Float64Array, n: number, pivot: number): Error {
  try {
    needFinite('cholesky', a, n, n, 'lower')
  } catch (error) {
    return error as Error
  }
  return notPositiveDefinite(pivot, schurComplement(a, n, pivot))
}

/** a[p, p] less what the columns before p explain, by plain elimination of the leading block. */
function schurComplement(a: Float64Array, n: number, p: number): number {
  const l = new Float64Array((p + 1) * (p + 1))
  const w = p + 1
  for (let j = 0; j < w; j++) {
    for (let i = j; i < w; i++) {
      let s = a[i * n + j] as number
      for (let k = 0; k < j; k++) s -= (l[i * w + k] as number) * (l[j * w + k] as number)
      if (i > j) l[i * w + j] = s / (l[j * w + j] as number)
      else if (j === p) return s
      else l[j * w + j] = Math.sqrt(Math.max(s, Number.MIN_VALUE))
    }
  }
  return Number.NaN
}

/** Throws where a triangular matrix has a zero on its diagonal. */
export function needDiagonal(a: Float64Array, n: number, p: LinalgParams['triangularSolve']): void {
  if (p.unitDiagonal) return
  for (let i = 0; i < n; i++) if (a[i * n + i] === 0) throw zeroDiagonal(i)
}

/** Throws if a result that is not finite comes from operands that are not. */
export function blameOperands(
  name: string,
  result: Float64Array,
  a: Float64Array,
  part: Part,
  n: number,
  b: Float64Array,
  m: number,
  skip: 0 | 1 = 0,
): void {
  if (allFinite(result)) return
  needFinite(name, a, n, n, part, skip)
  needFinite(name, b, n, m)
}

import type { DualStep, FloatArray } from './types.js'

/**
 * Runs the steps over one tile of pairs, in place. `nngp` and `ntk` (or null) hold [rows, cols] contiguous;
 * `q11` [rows] and `q22` [cols] are the variances before the first step and are not changed.
 * Start with ntk all zeros at the input. T and Ṫ follow Cho & Saul 2009 and Williams 1997.
 */
export function dualStack(
  steps: readonly DualStep[],
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
): void {
  throw new Error(`not yet: ${[steps, nngp, q11, q22, ntk, rows, cols].length}`)
}

/** The variances [n] after the steps, in place, by the one-variable formulas: bit-equal to dualStack of a pair of equal inputs. */
export function dualStackVariance(steps: readonly DualStep[], q: FloatArray, n: number): void {
  throw new Error(`not yet: ${[steps, q, n].length}`)
}

/** One ABRelu step of `dualStack`: φ(x) = a min(x, 0) + b max(x, 0). */
export function dualAbRelu(
  a: number,
  b: number,
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
): void {
  dualStack([{ kind: 'abRelu', a, b }], nngp, q11, q22, ntk, rows, cols)
}

/** One erf step of `dualStack`: φ(x) = a erf(b x) + c. */
export function dualErf(
  params: { readonly a: number; readonly b: number; readonly c: number },
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
): void {
  dualStack([{ kind: 'erf', ...params }], nngp, q11, q22, ntk, rows, cols)
}

/** nngp ← wVar nngp + bVar, then ntk ← nngp + wVar ntk (ntk may be null), over n elements in place. */
export function affineNtk(nngp: FloatArray, ntk: FloatArray | null, wVar: number, bVar: number, n: number): void {
  throw new Error(`not yet: ${[nngp, ntk, wVar, bVar, n].length}`)
}

import { mapInputs, mapOutputs, type OutputTuples, type Tuples } from '../arity.js'
import { allocate, type TypedArray } from '../dtype.js'
import { NtkError } from '../errors.js'
import type { LinalgParams } from '../primitives.js'
import { sizeOf } from '../shape.js'
import type { Aval } from '../aval.js'
import type { HostTable, HostTensor } from './host.js'

type Matrix = Float64Array

/** Runs f on each n × n matrix of a batch in float64, and with it on the n × m matrix of a second input; f gives the flat outputs, rounded to `dtype` and joined. */
function batched<N extends 1 | 2, O extends 1 | 2>(
  inputs: Tuples<HostTensor>[N],
  outputs: OutputTuples<Aval>[O],
  f: (matrices: Tuples<Matrix>[N], n: number, m: number) => OutputTuples<Matrix>[O],
): OutputTuples<TypedArray>[O] {
  const [a] = inputs
  const n = a.shape.at(-1) as number
  const m = inputs.at(-1)?.shape.at(-1) as number
  const batch = sizeOf(a.shape.slice(0, -2))
  const results = mapOutputs(outputs, (o) => allocate(o.dtype, sizeOf(o.shape)))
  for (let k = 0; k < batch; k++) {
    const matrices = mapInputs(inputs, (x) => {
      const size = sizeOf(x.shape.slice(-2))
      return Float64Array.from(x.data.subarray(k * size, (k + 1) * size))
    })
    f(matrices, n, m).forEach((part, i) => {
      results[i]?.set(part, k * part.length)
    })
  }
  return results
}

/** Error of a matrix whose Cholesky factorization stops at `pivot` (0-based) with a diagonal of `value`. */
export function notPositiveDefinite(pivot: number, value: number): NtkError {
  return new NtkError('not-positive-definite', {
    what: 'cholesky needs a positive definite matrix.',
    got: `pivot ${pivot} of ${value}`,
    fix: 'Add a multiple of the identity (diagReg), or drop repeated samples.',
  })
}

/** Error of a system whose LU factorization meets an exact zero pivot. */
export function singular(pivot: number): NtkError {
  return new NtkError('singular', {
    what: 'solve needs a matrix of full rank.',
    got: `a zero pivot in column ${pivot}`,
    fix: 'Add a multiple of the identity (diagReg), or drop dependent rows.',
  })
}

/** Error of an operand that holds NaN or an infinity where it is read. */
export function notFinite(name: string, at: readonly number[], value: number): NtkError {
  return new NtkError('not-finite', {
    what: `${name} needs finite numbers.`,
    got: `${value} at [${at.join(', ')}]`,
    fix: 'Look for the op that made it: a division by zero, a logarithm of zero, an overflow.',
  })
}

/** Error of a triangular system with a zero on the diagonal. */
export function zeroDiagonal(at: number): NtkError {
  return new NtkError('singular', {
    what: 'triangularSolve needs a diagonal without zeros.',
    got: `0 at [${at}, ${at}]`,
    fix: 'Add a multiple of the identity (diagReg).',
  })
}

/** Which part of a square matrix an op reads. */
export type Part = 'all' | 'lower' | 'upper'

/** Throws NtkError 'not-finite' if a part of an [n, m] matrix (with its diagonal, unless `skip` is 1) holds NaN or an infinity. */
export function needFinite(name: string, a: TypedArray, n: number, m: number, part: Part = 'all', skip: 0 | 1 = 0): void {
  for (let i = 0; i < n; i++) {
    const first = part === 'upper' ? i + skip : 0
    const end = part === 'lower' ? i + 1 - skip : m
    for (let j = first; j < end; j++) {
      const v = a[i * m + j] as number
      if (!Number.isFinite(v)) throw notFinite(name, [i, j], v)
    }
  }
}

/**
 * Turns each eigenvector (a column of an [n, n] matrix) so that its first component of at least 0.8 of its largest is
 * positive: the same vectors on every backend, also where components tie.
 */
export function fixSigns(vectors: TypedArray, n: number): void {
  const top = new Float64Array(n)
  const sign = new Float64Array(n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) top[j] = Math.max(top[j] as number, Math.abs(vectors[i * n + j] as number))
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const v = vectors[i * n + j] as number
      if (sign[j] === 0 && Math.abs(v) >= 0.8 * (top[j] as number)) sign[j] = v < 0 ? -1 : 1
    }
  }
  if (sign.every((s) => s > 0)) return
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) vectors[i * n + j] = (sign[j] as number) * (vectors[i * n + j] as number)
}

function factor(a: Matrix, n: number): Matrix {
  needFinite('cholesky', a, n, n, 'lower')
  const l = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let s = a[i * n + j] as number
      for (let k = 0; k < j; k++) s -= (l[i * n + k] as number) * (l[j * n + k] as number)
      if (i > j) l[i * n + j] = s / (l[j * n + j] as number)
      else if (!(s > 0) || s === Number.POSITIVE_INFINITY) throw notPositiveDefinite(j, s)
      else l[j * n + j] = Math.sqrt(s)
    }
  }
  return l
}

function substitute(a: Matrix, b: Matrix, n: number, m: number, p: LinalgParams['triangularSolve']): Matrix {
  needFinite('triangularSolve', a, n, n, p.lower ? 'lower' : 'upper', p.unitDiagonal ? 1 : 0)
  needFinite('triangularSolve', b, n, m)
  for (let i = 0; i < n && !p.unitDiagonal; i++) if (a[i * n + i] === 0) throw zeroDiagonal(i)
  const x = b.slice()
  const entry = (i: number, j: number): number => a[p.transpose ? j * n + i : i * n + j] as number
  const forward = p.lower !== p.transpose
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step
    for (let c = 0; c < m; c++) {
      let s = x[i * m + c] as number
      for (let k = forward ? 0 : i + 1; k < (forward ? i : n); k++) s -= entry(i, k) * (x[k * m + c] as number)
      x[i * m + c] = p.unitDiagonal ? s : s / entry(i, i)
    }
  }
  return x
}

function eliminate(a: Matrix, b: Matrix, n: number, m: number): Matrix {
  needFinite('solve', a, n, n)
  needFinite('solve', b, n, m)
  const swap = (x: Matrix, width: number, i: number, j: number): void => {
    for (let c = 0; c < width; c++) {
      const t = x[i * width + c] as number
      x[i * width + c] = x[j * width + c] as number
      x[j * width + c] = t
    }
  }
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k] as number) > Math.abs(a[pivot * n + k] as number)) pivot = i
    if (a[pivot * n + k] === 0) throw singular(k)
    swap(a, n, k, pivot)
    swap(b, m, k, pivot)
    for (let i = k + 1; i < n; i++) {
      const f = (a[i * n + k] as number) / (a[k * n + k] as number)
      for (let j = k; j < n; j++) a[i * n + j] = (a[i * n + j] as number) - f * (a[k * n + j] as number)
      for (let c = 0; c < m; c++) b[i * m + c] = (b[i * m + c] as number) - f * (b[k * m + c] as number)
    }
  }
  return substitute(a, b, n, m, { lower: false, transpose: false, unitDiagonal: false })
}

/** Cyclic Jacobi rotations: slow, and accurate to the last digits. */
function jacobi(lower: Matrix, n: number): [values: Matrix, vectors: Matrix] {
  needFinite('eigh', lower, n, n, 'lower')
  const a = lower.slice()
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a[i * n + j] = a[j * n + i] as number
  const v = new Float64Array(n * n)
  for (let i = 0; i < n; i++) v[i * n + i] = 1
  const rotate = (x: Matrix, i: number, j: number, c: number, s: number): void => {
    const [p, q] = [x[i] as number, x[j] as number]
    x[i] = c * p - s * q
    x[j] = s * p + c * q
  }
  for (let sweep = 0, off = 1; off > 0; sweep++) {
    if (sweep === 60) throw new NtkError('no-convergence', { what: 'eigh did not converge.', fix: 'Check the matrix for NaN.' })
    off = 0
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q] as number
        const [app, aqq] = [a[p * n + p] as number, a[q * n + q] as number]
        if (Math.abs(apq) <= 1e-17 * Math.sqrt(Math.abs(app * aqq)) || apq === 0) continue
        if (sweep > 5 && Math.abs(apq) < Number.EPSILON * 1e-3 * (Math.abs(app) + Math.abs(aqq))) continue
        off = Math.abs(apq)
        const tau = (aqq - app) / (2 * apq)
        const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau))
        const c = 1 / Math.sqrt(1 + t * t)
        for (let k = 0; k < n; k++) rotate(a, k * n + p, k * n + q, c, t * c)
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, c, t * c)
        for (let k = 0; k < n; k++) rotate(v, k * n + p, k * n + q, c, t * c)
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => (a[i * n + i] as number) - (a[j * n + j] as number))
  const values = Float64Array.from(order, (i) => a[i * n + i] as number)
  const vectors = Float64Array.from({ length: n * n }, (_, k) => v[Math.floor(k / n) * n + (order[k % n] as number)] as number)
  fixSigns(vectors, n)
  return [values, vectors]
}

export const linalg: HostTable<keyof LinalgParams> = {
  cholesky: (inputs, _, outputs) => batched<1, 1>(inputs, outputs, ([a], n) => [factor(a, n)]),
  triangularSolve: (inputs, p, outputs) =>
    batched<2, 1>(inputs, outputs, ([a, b], n, m) => [substitute(a, b, n, m, p)]),
  solve: (inputs, _, outputs) => batched<2, 1>(inputs, outputs, ([a, b], n, m) => [eliminate(a, b, n, m)]),
  eigh: (inputs, _, outputs) => batched<1, 2>(inputs, outputs, ([a], n) => jacobi(a, n)),
}

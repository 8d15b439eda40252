/**
 * Dense linear algebra in float64 (float32 is computed in float64 and rounded): the machine's LAPACK where there is one,
 * else WebAssembly. The same errors and the same eigenvector signs either way.
 */
import { mapInputs, mapOutputs, type OutputTuples, type Tuples } from '../../arity.js'
import type { Aval } from '../../aval.js'
import { allocate, type TypedArray } from '../../dtype.js'
import { NtkError } from '../../errors.js'
import type { LinalgParams } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import { fixSigns, needFinite, singular } from '../../reference/linalg.js'
import { sizeOf } from '../../shape.js'
import { copyStrided } from '../copy.js'
import type { CpuContext, CpuTable } from '../rule.js'
import * as wasm from '../wasm/index.js'
import { allFinite, blameOperands, choleskyError, needDiagonal } from './errors.js'

type Matrix = Float64Array

/**
 * Runs f on each n × n matrix of a batch, in float64, and with it on the n × m matrix of a second input: f must not change
 * its inputs, which may be the tensors' own, and writes its results into arrays of zeros.
 */
function batched<N extends 1 | 2, O extends 1 | 2>(
  inputs: Tuples<HostTensor>[N],
  outputs: OutputTuples<Aval>[O],
  f: (inputs: Tuples<Matrix>[N], results: OutputTuples<Matrix>[O], n: number, m: number) => void,
): OutputTuples<TypedArray>[O] {
  const [a] = inputs
  const n = a.shape.at(-1) as number
  const m = inputs.at(-1)?.shape.at(-1) as number
  const batch = sizeOf(a.shape.slice(0, -2))
  const all = mapOutputs(outputs, (o): TypedArray => allocate(o.dtype, sizeOf(o.shape)))
  if (n === 0) return all
  for (let k = 0; k < batch; k++) {
    const part = (x: TypedArray): TypedArray =>
      x.subarray((x.length / batch) * k, (x.length / batch) * (k + 1))
    const matrices = mapInputs(inputs, ({ data }) => {
      const x = part(data)
      return x instanceof Float64Array ? x : Float64Array.from(x)
    })
    const targets: OutputTuples<TypedArray>[O] = mapOutputs(all, part)
    const wide = mapOutputs(targets, (t) => (t instanceof Float64Array ? t : new Float64Array(t.length)))
    f(matrices, wide, n, m)
    wide.forEach((w, i) => {
      if (w !== targets[i]) targets[i]?.set(w)
    })
  }
  return all
}

function zeroUpper(l: Matrix, n: number): void {
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n)
}

function cholesky(context: CpuContext, a: Matrix, l: Matrix, n: number): void {
  l.set(a)
  const lapack = context.blas()?.lapack ?? null
  let pivot = -1
  if (lapack === null) pivot = wasm.cholesky(l, n)
  else {
    const info = lapack.dpotrf('lower', n, l, n)
    if (info > 0) pivot = info - 1
    zeroUpper(l, n)
  }
  // a NaN anywhere below shows on the diagonal
  for (let i = 0; i < n && pivot < 0; i++) if (!Number.isFinite(l[i * n + i])) pivot = i
  if (pivot >= 0) throw choleskyError(a, n, pivot)
}

function triangularSolve(
  context: CpuContext,
  a: Matrix,
  b: Matrix,
  x: Matrix,
  n: number,
  m: number,
  p: LinalgParams['triangularSolve'],
): void {
  needDiagonal(a, n, p)
  x.set(b)
  const blas = context.blas()
  if (blas !== null)
    blas.dtrsm('left', p.lower ? 'lower' : 'upper', p.transpose, p.unitDiagonal, n, m, 1, a, n, x, m)
  else
    wasm.triangularSolve(a, n, x, m, {
      side: 'left',
      lower: p.lower,
      transposed: p.transpose,
      unit: p.unitDiagonal,
    })
  blameOperands('triangularSolve', x, a, p.lower ? 'lower' : 'upper', n, b, m, p.unitDiagonal ? 1 : 0)
}

function solve(context: CpuContext, a: Matrix, b: Matrix, x: Matrix, n: number, m: number): void {
  x.set(b)
  const lapack = context.blas()?.lapack ?? null
  const lu = a.slice()
  let pivot: number
  if (lapack !== null) {
    const info = lapack.dgesv(n, m, lu, n, x, m)
    pivot = info > 0 ? info - 1 : -1
  } else pivot = wasm.luSolve(lu, n, x, m)
  if (pivot >= 0 || !allFinite(x)) {
    needFinite('solve', a, n, n)
    needFinite('solve', b, n, m)
  }
  if (pivot >= 0) throw singular(pivot)
}

function eigh(context: CpuContext, a: Matrix, values: Matrix, vectors: Matrix, n: number): void {
  // an iteration on NaN need not end
  needFinite('eigh', a, n, n, 'lower')
  const lapack = context.blas()?.lapack ?? null
  if (lapack === null) {
    const found = wasm.eigh(a, n, true)
    values.set(found.values)
    vectors.set(found.vectors as Float64Array)
  } else {
    const rows = a.slice()
    const info = lapack.dsyevd(n, rows, n, values, true)
    if (info !== 0) {
      throw new NtkError('no-convergence', {
        what: 'eigh did not converge.',
        got: `info ${info} from LAPACK`,
      })
    }
    copyStrided(rows, 0, [1, n], vectors, 0, [n, 1], [n, n])
  }
  fixSigns(vectors, n)
}

export const linalg: CpuTable<keyof LinalgParams> = {
  cholesky: (inputs, _, outputs, context) =>
    batched<1, 1>(inputs, outputs, ([a], [l], n) => cholesky(context, a, l, n)),
  triangularSolve: (inputs, p, outputs, context) =>
    batched<2, 1>(inputs, outputs, ([a, b], [x], n, m) => triangularSolve(context, a, b, x, n, m, p)),
  solve: (inputs, _, outputs, context) =>
    batched<2, 1>(inputs, outputs, ([a, b], [x], n, m) => solve(context, a, b, x, n, m)),
  eigh: (inputs, _, outputs, context) =>
    batched<1, 2>(inputs, outputs, ([a], [values, vectors], n) => eigh(context, a, values, vectors, n)),
}

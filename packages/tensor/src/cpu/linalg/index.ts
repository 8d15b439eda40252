/**
 * Dense linear algebra in float64 (float32 is computed in float64 and rounded): the machine's LAPACK where there is one,
 * else WebAssembly. The same errors and the same eigenvector signs either way.
 */
import { mapInputs, mapOutputs, type OutputTuples, type Tuples } from '../../arity.js'
import type { Aval } from '../../aval.js'
import { allocate, type TypedArray } from '../../dtype.js'
import type { LinalgParams } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import { needFinite, singular } from '../../reference/linalg.js'
import { sizeOf } from '../../shape.js'
import type { CpuContext, CpuTable } from '../rule.js'
import * as wasm from '../wasm/index.js'
import { cholesky } from './cholesky.js'
import { eigh } from './eigh.js'
import { allFinite, blameOperands, needDiagonal } from './errors.js'
import { wide } from './wide.js'

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
    const matrices = mapInputs(inputs, ({ data }) => wide(part(data)))
    const targets: OutputTuples<TypedArray>[O] = mapOutputs(all, part)
    const results = mapOutputs(targets, (t) => (t instanceof Float64Array ? t : new Float64Array(t.length)))
    f(matrices, results, n, m)
    results.forEach((w, i) => {
      if (w !== targets[i]) targets[i]?.set(w)
    })
  }
  return all
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

export const linalg: CpuTable<keyof LinalgParams> = {
  cholesky: ([a], _, __, context, donation) => [cholesky(context, a, donation)],
  triangularSolve: (inputs, p, outputs, context) =>
    batched<2, 1>(inputs, outputs, ([a, b], [x], n, m) => triangularSolve(context, a, b, x, n, m, p)),
  solve: (inputs, _, outputs, context) =>
    batched<2, 1>(inputs, outputs, ([a, b], [x], n, m) => solve(context, a, b, x, n, m)),
  eigh: ([a], _, __, context) => eigh(context, a),
}

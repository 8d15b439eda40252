import type { Aval } from '../../aval.js'
import { allocate, type TypedArray } from '../../dtype.js'
import type { ReduceParams } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import { type Shape, sizeOf } from '../../shape.js'
import type { CpuTable } from '../rule.js'
import { type FloatArray, type ReduceName, reduceColumns, reduceRows } from '../wasm/index.js'
import { type Fold, foldBy, maxFold, minFold, sumFold } from './folds.js'
import { groupsOf } from './groups.js'
import { lines } from './lines.js'

type Reduce = (
  inputs: readonly [HostTensor],
  params: { readonly axes: Shape },
  outputs: readonly [Aval],
) => [TypedArray]

/** Less than this and a plain loop is done before WebAssembly has its operands. */
const SMALL = 256

/** Floats in WebAssembly, in rows or in columns, whose order of summation depends on the shape alone as well. */
function vectorized(op: ReduceName, plain: Fold): Fold {
  return (x, outer, n, inner, out) => {
    const [from, to] = [x as FloatArray, out as FloatArray]
    if (inner === 1 && x.length >= SMALL) reduceRows(op, from, outer, n, to)
    else if (n * inner < SMALL) plain(x, outer, n, inner, out)
    else {
      for (let o = 0; o < outer; o++) {
        const block = from.subarray(o * n * inner, (o + 1) * n * inner)
        reduceColumns(op, block, n, inner, to.subarray(o * inner, (o + 1) * inner))
      }
    }
  }
}

/** `wide`: sums of float32 stay in float64 between the groups of axes and are rounded once. */
const reduce =
  (fold: Fold, wide: boolean, intFold: Fold = fold): Reduce =>
  ([{ data, shape, dtype }], { axes }, [output]) => {
    const size = sizeOf(output.shape)
    const groups = groupsOf(shape, axes)
    if (groups.length === 0) return [data]
    let from = data
    groups.forEach(({ outer, n, inner }, i) => {
      const between = wide && dtype === 'float32' && i < groups.length - 1
      const to = allocate(between ? 'float64' : dtype, outer * inner)
      ;(dtype === 'int32' ? intFold : fold)(from, outer, n, inner, to)
      from = to
    })
    return [from.length === size ? from : allocate(dtype, size)]
  }

export const reductions: CpuTable<keyof ReduceParams> = {
  ...lines,
  reduceSum: reduce(
    vectorized('sum', sumFold),
    true,
    foldBy(0, (a, x) => a + x),
  ),
  reduceProd: reduce(
    foldBy(1, (a, x) => a * x),
    true,
    foldBy(1, Math.imul),
  ),
  reduceMax: reduce(vectorized('max', maxFold), false, maxFold),
  reduceMin: reduce(vectorized('min', minFold), false, minFold),
  reduceAnd: reduce(
    foldBy(1, (a, x) => a & x),
    false,
  ),
  reduceOr: reduce(
    foldBy(0, (a, x) => a | x),
    false,
  ),
}

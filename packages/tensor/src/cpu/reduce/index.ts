import { allocate, type TypedArray } from '../../dtype.js'
import type { ReduceParams } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import { type Shape, sizeOf } from '../../shape.js'
import type { Aval } from '../../value.js'
import type { CpuRule, CpuTable } from '../rule.js'
import { type Fold, foldBy, maxFold, minFold, sumFold } from './folds.js'
import { groupsOf } from './groups.js'
import { lines } from './lines.js'

type Reduce = (
  inputs: readonly HostTensor[],
  params: { readonly axes: Shape },
  outputs: readonly Aval[],
) => TypedArray[]

/** `wide`: sums of float32 stay in float64 between the groups of axes and are rounded once. */
const reduce =
  (fold: Fold, wide: boolean, intFold: Fold = fold): Reduce =>
  ([x], { axes }, [output]) => {
    const { data, shape, dtype } = x as HostTensor
    const size = sizeOf((output as Aval).shape)
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
    sumFold,
    true,
    foldBy(0, (a, x) => a + x),
  ),
  reduceProd: reduce(
    foldBy(1, (a, x) => a * x),
    true,
    foldBy(1, Math.imul),
  ) as CpuRule<'reduceProd'>,
  reduceMax: reduce(maxFold, false),
  reduceMin: reduce(minFold, false),
  reduceAnd: reduce(
    foldBy(1, (a, x) => a & x),
    false,
  ),
  reduceOr: reduce(
    foldBy(0, (a, x) => a | x),
    false,
  ),
}

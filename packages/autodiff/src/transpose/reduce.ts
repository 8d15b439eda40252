import { bind1, broadcastTo, eachOf, type ReduceParams, reshape } from '@ntk/tensor'
import { keptShape } from '../jvp/reduce.js'
import { notLinear, type TransposeTable } from './rule.js'

export const reductions: TransposeTable<keyof ReduceParams> = {
  ...eachOf(
    ['reduceProd', 'reduceMax', 'reduceMin', 'reduceAnd', 'reduceOr', 'argMax', 'argMin', 'sort', 'argSort'],
    notLinear,
  ),
  reduceSum: ([ct], [{ shape }], { axes }) => {
    return [broadcastTo(reshape(ct, keptShape(shape, axes)), shape)]
  },
  cumSum: ([ct], _, { axis, reverse }) => [bind1('cumSum', [ct], { axis, reverse: !reverse })],
}

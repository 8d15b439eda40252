import { bind1, broadcastTo, type ReduceParams, reshape, type Value } from '@ntk/tensor'
import { keptShape } from '../jvp/reduce.js'
import { noneLinear, type Operand, type TransposeTable } from './rule.js'

export const reductions: TransposeTable<keyof ReduceParams> = {
  ...noneLinear([
    'reduceProd',
    'reduceMax',
    'reduceMin',
    'reduceAnd',
    'reduceOr',
    'argMax',
    'argMin',
    'sort',
    'argSort',
  ]),
  reduceSum: ([ct], [x], { axes }) => {
    const { shape } = x as Operand
    return [broadcastTo(reshape(ct as Value, keptShape(shape, axes)), shape)]
  },
  cumSum: ([ct], _, { axis, reverse }) => [bind1('cumSum', [ct as Value], { axis, reverse: !reverse })],
}

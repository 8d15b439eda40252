import type { ContractParams, Params } from '@ntk/tensor'
import { floats } from '../support/inputs.js'
import type { Case, CaseTable } from './case.js'

const dot = (
  title: string,
  a: number[],
  b: number[],
  lhsContract: number[],
  rhsContract: number[],
  lhsBatch: number[] = [],
  rhsBatch: number[] = [],
): Case<2, Params<'dotGeneral'>> => ({
  title,
  inputs: [floats(a), floats(b)],
  params: { lhsContract, rhsContract, lhsBatch, rhsBatch },
})

type Conv = Params<'convGeneralDilated'>

/** A convolution over `x.length − 2` spatial axes with defaults for what is not named. */
function conv(title: string, x: number[], w: number[], options: Partial<Conv> = {}): Case<2, Conv> {
  const ones = new Array<number>(x.length - 2).fill(1)
  const params = {
    strides: ones,
    padding: ones.map((): [number, number] => [0, 0]),
    lhsDilation: ones,
    rhsDilation: ones,
    featureGroups: 1,
    batchGroups: 1,
    ...options,
  }
  return { title, inputs: [floats(x), floats(w)], params }
}

export const contraction: CaseTable<keyof ContractParams> = {
  dotGeneral: [
    dot('a matrix product', [2, 3], [3, 4], [1], [0]),
    dot('both contracted in their last axis', [2, 3], [4, 3], [1], [1]),
    dot('both contracted in their first axis', [3, 2], [3, 4], [0], [0]),
    dot('an outer product', [2], [3], [], []),
    dot('an inner product', [3], [3], [0], [0]),
    dot('a batch', [2, 3, 4], [2, 4, 2], [2], [1], [0], [0]),
    dot('batch axes in odd places', [3, 2, 4], [4, 2, 2], [2], [0], [1], [2]),
    dot('two contracted axes in another order', [2, 3, 2, 4], [4, 3, 2], [1, 3], [1, 0]),
    dot('two batch axes in another order', [2, 3, 2], [2, 3, 2], [2], [2], [1, 0], [1, 0]),
    dot('an element-by-element product', [2, 3], [2, 3], [], [], [0, 1], [0, 1]),
  ],
  convGeneralDilated: [
    conv('one spatial axis', [2, 5, 2], [3, 2, 3]),
    conv('no spatial axis', [2, 3], [3, 2]),
    conv('two spatial axes with padding', [1, 3, 4, 2], [2, 3, 2, 2], {
      padding: [
        [1, 0],
        [1, 1],
      ],
    }),
    conv('strides', [1, 6, 5, 1], [2, 3, 1, 2], {
      strides: [2, 3],
      padding: [
        [0, 1],
        [2, 1],
      ],
    }),
    conv('strides that leave a rest', [1, 6, 1], [2, 1, 1], { strides: [3] }),
    conv('a dilated kernel', [1, 6, 2], [2, 2, 2], { rhsDilation: [3] }),
    conv('dilated images', [2, 3, 1], [3, 1, 2], { lhsDilation: [2], padding: [[1, 2]] }),
    conv('all at once', [2, 4, 3, 2], [2, 2, 2, 2], {
      strides: [2, 1],
      padding: [
        [2, 1],
        [0, 1],
      ],
      lhsDilation: [3, 2],
      rhsDilation: [2, 1],
    }),
    conv('negative padding', [1, 7, 2], [2, 2, 1], { padding: [[-1, -2]] }),
    conv('negative padding with strides and gaps', [1, 5, 1], [2, 1, 2], {
      padding: [[-1, 2]],
      strides: [2],
      lhsDilation: [2],
    }),
    conv('a window longer than the images', [2, 2, 1], [3, 1, 1]),
    conv('feature groups', [2, 4, 4], [2, 2, 4], { featureGroups: 2, padding: [[1, 0]] }),
    conv('one channel a group', [1, 4, 3], [2, 1, 6], { featureGroups: 3, strides: [2] }),
    conv('batch groups', [4, 4, 2], [2, 2, 4], { batchGroups: 2, padding: [[0, 1]], strides: [2] }),
  ],
}

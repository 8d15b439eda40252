import { floats, numbers } from '../infer/rule.js'
import type { ContractParams, Params } from '../primitives.js'
import type { Shape } from '../shape.js'
import { type Case, type ContractTable, x } from './case.js'

type Dot = Params<'dotGeneral'>

const dot = (
  a: Shape,
  b: Shape,
  lhsContract: Shape,
  rhsContract: Shape,
  lhsBatch: Shape = [],
  rhsBatch: Shape = [],
): Case<2, Dot> => ({
  inputs: [x(a), x(b)],
  params: { lhsContract, rhsContract, lhsBatch, rhsBatch } satisfies Dot,
})

const dots: readonly Case<2, Dot>[] = [
  dot([], [], [], []),
  dot([4], [4], [0], [0]),
  dot([4], [3], [], []),
  dot([0], [0], [0], [0]),
  dot([3, 0], [0, 2], [1], [0]),
  dot([0, 3], [3, 2], [1], [0]),
  // every way to lay out a product of matrices
  dot([3, 5], [5, 4], [1], [0]),
  dot([5, 3], [5, 4], [0], [0]),
  dot([3, 5], [4, 5], [1], [1]),
  dot([5, 3], [4, 5], [0], [1]),
  // the same with sizes that leave remainders in blocked kernels, and large enough for them
  dot([37, 65], [65, 41], [1], [0]),
  dot([65, 37], [65, 41], [0], [0]),
  dot([37, 65], [41, 65], [1], [1]),
  dot([65, 37], [41, 65], [0], [1]),
  dot([1, 300], [300, 20], [1], [0]),
  dot([20, 300], [300], [1], [0]),
  dot([300], [300, 20], [0], [0]),
  dot([300, 20], [300], [0], [0]),
  dot([30, 1], [1, 80], [1], [0]),
  dot([90], [90], [], []),
  // several contracted axes, in order and out of order
  dot([2, 3, 4], [3, 4, 5], [1, 2], [0, 1]),
  dot([2, 3, 4], [4, 3, 5], [1, 2], [1, 0]),
  dot([3, 2, 4], [3, 5, 4], [0, 2], [0, 2]),
  dot([3, 4], [3, 4], [0, 1], [0, 1]),
  dot([3, 4], [4, 3], [0, 1], [1, 0]),
  dot([2, 3, 4], [4, 5, 3, 2], [2, 0], [0, 3]),
  // batches, in front and in between
  dot([2, 3, 4], [2, 4, 5], [2], [1], [0], [0]),
  dot([3, 2, 4], [4, 5, 2], [2], [0], [1], [2]),
  dot([2, 3, 4, 5], [2, 3, 5, 4], [3], [2], [0, 1], [0, 1]),
  dot([2, 3, 4, 5], [3, 2, 5, 4], [3], [2], [0, 1], [1, 0]),
  dot([2, 3], [2, 3], [1], [1], [0], [0]),
  dot([2, 3], [2, 4], [], [], [0], [0]),
  dot([2, 3], [2, 3], [], [], [0, 1], [0, 1]),
  dot([5, 17, 23], [5, 23, 19], [2], [1], [0], [0]),
  dot([0, 3, 4], [0, 4, 5], [2], [1], [0], [0]),
  dot([2, 0, 4], [2, 4, 5], [2], [1], [0], [0]),
  dot([2, 1, 2, 1, 3], [3, 1, 2], [4, 2], [0, 2]),
  {
    ...dot([40, 60], [60, 40], [1], [0]),
    dtypes: ['int32'],
    inputs: [x([40, 60], 'special'), x([60, 40], 'special')],
    note: 'wrapping products',
  },
  {
    ...dot([12, 30], [30, 12], [1], [0]),
    dtypes: floats,
    inputs: [x([12, 30], 'normal'), x([30, 12], [1, 2, Number.NaN, 4, 0.5, -1, 3])],
    note: 'NaN',
  },
]

type Conv = Params<'convGeneralDilated'>

/** A convolution with every option at its default but those given. */
function conv(lhs: Shape, rhs: Shape, options: Partial<Conv> = {}): Case<2, Conv> {
  const ones = lhs.slice(2).map(() => 1)
  return {
    inputs: [x(lhs), x(rhs)],
    params: {
      strides: ones,
      padding: ones.map(() => [0, 0] as const),
      lhsDilation: ones,
      rhsDilation: ones,
      featureGroups: 1,
      batchGroups: 1,
      ...options,
    },
  }
}

const convs: readonly Case<2, Conv>[] = [
  conv([3, 4], [4, 5]),
  conv([2, 7, 3], [3, 3, 4]),
  conv([2, 6, 5, 3], [3, 3, 3, 4]),
  conv([2, 6, 5, 3], [1, 1, 3, 4]),
  conv([2, 6, 5, 3], [1, 1, 3, 4], { strides: [2, 2] }),
  conv([2, 6, 5, 3], [1, 1, 3, 4], {
    padding: [
      [1, 0],
      [0, 2],
    ],
  }),
  conv([1, 4, 3, 5, 2], [2, 1, 3, 2, 3]),
  conv([2, 6, 5, 3], [6, 5, 3, 4]),
  conv([2, 6, 5, 3], [3, 2, 3, 4], {
    padding: [
      [1, 1],
      [0, 1],
    ],
  }),
  conv([2, 7, 6, 3], [3, 3, 3, 4], {
    strides: [2, 3],
    padding: [
      [1, 1],
      [2, 0],
    ],
  }),
  conv([2, 7, 6, 3], [2, 2, 3, 4], {
    padding: [
      [-1, 2],
      [-2, -1],
    ],
  }),
  conv([2, 7, 8, 3], [3, 2, 3, 4], { rhsDilation: [2, 3] }),
  conv([2, 3, 4, 3], [3, 3, 3, 4], {
    lhsDilation: [2, 3],
    padding: [
      [2, 2],
      [2, 2],
    ],
  }),
  conv([2, 3, 4, 3], [2, 3, 3, 4], {
    lhsDilation: [2, 1],
    rhsDilation: [1, 2],
    strides: [1, 2],
    padding: [
      [1, 2],
      [3, -1],
    ],
  }),
  conv([2, 3, 5, 3], [3, 3, 3, 4], {
    lhsDilation: [3, 2],
    padding: [
      [-1, 1],
      [0, -2],
    ],
  }),
  conv([2, 6, 5, 4], [3, 3, 2, 6], { featureGroups: 2 }),
  conv([2, 6, 5, 4], [1, 1, 2, 6], { featureGroups: 2 }),
  conv([2, 6, 5, 4], [3, 2, 1, 4], {
    featureGroups: 4,
    padding: [
      [1, 1],
      [0, 1],
    ],
  }),
  conv([2, 6, 5, 4], [3, 2, 1, 12], { featureGroups: 4, strides: [2, 1], rhsDilation: [1, 2] }),
  conv([2, 4, 4, 4], [2, 2, 1, 8], {
    featureGroups: 4,
    lhsDilation: [2, 2],
    padding: [
      [1, 0],
      [1, 1],
    ],
  }),
  conv([2, 6, 5, 2], [3, 3, 1, 12], {
    featureGroups: 2,
    padding: [
      [1, 0],
      [0, 1],
    ],
  }),
  conv([2, 5, 5, 20], [3, 2, 2, 30], {
    featureGroups: 10,
    strides: [1, 2],
    padding: [
      [1, 1],
      [1, 0],
    ],
  }),
  conv([4, 6, 5, 3], [3, 3, 3, 4], { batchGroups: 2 }),
  conv([4, 6, 5, 3], [1, 1, 3, 4], { batchGroups: 4 }),
  conv([6, 5, 5, 2], [3, 2, 2, 6], {
    batchGroups: 3,
    strides: [2, 1],
    padding: [
      [1, 1],
      [1, 0],
    ],
  }),
  conv([4, 5, 2], [3, 2, 4], { batchGroups: 4, rhsDilation: [2] }),
  conv([2, 4, 4, 0], [2, 2, 0, 3]),
  conv([0, 4, 4, 2], [2, 2, 2, 3]),
  conv([2, 2, 2, 2], [3, 3, 2, 3]),
  conv([2, 0, 3, 2], [1, 2, 2, 3], {
    padding: [
      [1, 1],
      [0, 0],
    ],
  }),
  conv([2, 4, 4, 2], [2, 2, 2, 0]),
  conv([2, 12, 11, 9], [3, 3, 9, 17], {
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  conv([3, 16, 16, 1], [5, 5, 1, 8]),
  conv([1, 9, 9, 8], [9, 9, 8, 3], {
    padding: [
      [4, 4],
      [4, 4],
    ],
  }),
  conv([2, 40, 3], [7, 3, 5], { strides: [3], padding: [[3, 3]] }),
  conv([1, 2, 2, 2, 2, 2], [2, 1, 2, 1, 2, 3]),
  // One channel, at the border and in more patches than are gathered at once.
  conv([3, 9, 8, 1], [3, 3, 1, 5], {
    padding: [
      [1, 1],
      [2, 0],
    ],
  }),
  conv([3, 60, 60, 1], [11, 11, 1, 2], {
    padding: [
      [5, 5],
      [5, 5],
    ],
  }),
  // Many channels in, few out: what gradients with respect to images are.
  conv([2, 4, 3, 12], [3, 2, 12, 2], {
    padding: [
      [2, 2],
      [1, 1],
    ],
  }),
  conv([2, 4, 3, 12], [3, 2, 12, 5], {
    lhsDilation: [2, 3],
    rhsDilation: [2, 1],
    padding: [
      [3, 1],
      [0, 2],
    ],
  }),
  conv([2, 4, 5, 20], [2, 3, 20, 2], {
    strides: [2, 1],
    lhsDilation: [3, 2],
    padding: [
      [1, -1],
      [-1, 3],
    ],
  }),
  conv([3, 7, 24], [4, 24, 1], { padding: [[3, 3]], rhsDilation: [2] }),
  conv([3, 60, 60, 2], [11, 11, 2, 1], {
    padding: [
      [5, 5],
      [5, 5],
    ],
  }),
]

export const contraction: ContractTable<keyof ContractParams> = {
  dotGeneral: { dtypes: numbers, closeness: 'sum', cases: dots },
  convGeneralDilated: { dtypes: floats, closeness: 'sum', cases: convs },
}

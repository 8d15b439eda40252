import type { DType } from '../dtype.js'
import { eachOf } from '../each.js'
import { floats, numbers } from '../infer/rule.js'
import type { BinaryFloat, BinaryNumber, ElementwiseParams, UnaryFloat } from '../primitives.js'
import { binaryFloat, binaryNumber, compare, logical, unaryFloat, unaryNumber } from '../primitives.js'
import {
  awkward,
  broadcasting,
  type Case,
  type ContractTable,
  everything,
  type Family,
  type Fill,
  x,
} from './case.js'

type None = ElementwiseParams['add']
const none: None = {}

/** Where a function is interesting besides ordinary numbers. */
const domains: Partial<Record<UnaryFloat, Fill>> = {
  sqrt: 'positive',
  rsqrt: 'positive',
  log: 'positive',
  log1p: 'positive',
  asin: 'unit',
  acos: 'unit',
  atanh: 'unit',
  erfInv: 'unit',
  acosh: [1, 1.0000001, 1.5, 2, 30, 1e8],
}

function unaryCases(fill: Fill): Case<1, None>[] {
  return [
    ...awkward.map((shape): Case<1, None> => ({ inputs: [x(shape, fill)], params: none })),
    { inputs: [x([400], 'special')], params: none, note: 'special values' },
    {
      inputs: [
        x(
          [24],
          [
            1e-9, -1e-9, 1e-4, -1e-4, 0.1, -0.1, 0.3, -0.3, 1, -1, 3, -3, 5.5, -5.5, 9, -9, 20, -20, 0.9999,
            -0.9999, 1.0001, 40, 700, -700,
          ],
        ),
      ],
      params: none,
      note: 'across magnitudes',
    },
  ]
}

const exactUnary: readonly string[] = ['sqrt', 'floor', 'ceil', 'round', 'neg', 'abs', 'sign']

const unaryFamily = (name: UnaryFloat): Family<1, None> => ({
  dtypes: floats,
  closeness: exactUnary.includes(name) ? 'exact' : 'element',
  cases: unaryCases(domains[name] ?? 'normal'),
})

const numberFamily = (): Family<1, None> => ({
  dtypes: numbers,
  closeness: 'exact',
  cases: [
    ...awkward.map((shape): Case<1, None> => ({ inputs: [x(shape)], params: none })),
    { inputs: [x([400], 'special')], params: none, note: 'special values' },
  ],
})

function binaryCases(left: Fill, right: Fill): Case<2, None>[] {
  return [
    ...awkward.map((shape): Case<2, None> => ({ inputs: [x(shape, left), x(shape, right)], params: none })),
    ...broadcasting.map(([a, b]): Case<2, None> => ({ inputs: [x(a, left), x(b, right)], params: none })),
    { inputs: [x([700], 'special'), x([700], 'special')], params: none, note: 'special values' },
    {
      inputs: [x([5, 300], 'special'), x([300], 'special')],
      params: none,
      note: 'special values, one row with many',
    },
    {
      inputs: [x([300, 5], 'special'), x([300, 1], 'special')],
      params: none,
      note: 'special values, one column with many',
    },
    { inputs: [x([600], 'special'), x([], [-0])], params: none, note: 'special values with -0' },
  ]
}

const nonZeroIntegers: Case<2, None> = {
  dtypes: ['int32'],
  inputs: [x([60], 'special'), x([60], [1, -1, 2, -3, 7, 2147483647, -2147483648])],
  params: none,
}

const binaryFamily = (name: BinaryNumber): Family<2, None> => ({
  dtypes: numbers,
  closeness: 'exact',
  cases:
    name === 'div' || name === 'rem'
      ? [
          ...binaryCases('normal', 'positive').map((c) =>
            c.note === undefined ? c : { ...c, dtypes: floats },
          ),
          nonZeroIntegers,
        ]
      : [
          ...binaryCases('normal', 'normal'),
          { inputs: [x([90], 'ties'), x([90], 'ties')], params: none, note: 'many equal' },
        ],
})

const floatFamily = (name: BinaryFloat): Family<2, None> => ({
  dtypes: floats,
  closeness: 'element',
  cases: binaryCases(name === 'pow' ? 'positive' : 'normal', 'normal'),
})

const compareFamily = (): Family<2, None> => ({
  dtypes: everything,
  closeness: 'exact',
  cases: [
    ...binaryCases('normal', 'normal'),
    { inputs: [x([9, 40], 'ties'), x([9, 40], 'ties')], params: none, note: 'many equal' },
  ],
})

const logicalFamily = (): Family<2, None> => ({
  dtypes: ['bool'],
  closeness: 'exact',
  cases: binaryCases('normal', 'normal').slice(0, -4),
})

const selectShapes: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
  [
    [4, 5],
    [4, 5],
    [4, 5],
  ],
  [[5], [4, 5], [4, 1]],
  [[4, 5], [], [4, 5]],
  [[4, 5], [4, 5], []],
  [[], [4, 5], [5]],
  [[4, 1], [5], []],
  [
    [2, 1, 3],
    [1, 4, 1],
    [2, 4, 3],
  ],
  [[0, 3], [3], []],
  [[], [], []],
  [[500], [500], [500]],
  [[6, 90], [6, 90], [90]],
]

const special = (dtype: DType): Case<1, ElementwiseParams['cast']> => ({
  inputs: [x([60], 'special')],
  params: { dtype },
  note: 'special values',
})

export const elementwise: ContractTable<keyof ElementwiseParams> = {
  ...eachOf(unaryFloat, unaryFamily),
  ...eachOf(unaryNumber, numberFamily),
  ...eachOf(binaryNumber, binaryFamily),
  ...eachOf(binaryFloat, floatFamily),
  ...eachOf(compare, compareFamily),
  ...eachOf(logical, logicalFamily),
  not: {
    dtypes: ['bool'],
    closeness: 'exact',
    cases: awkward.map((shape) => ({ inputs: [x(shape)], params: none })),
  },
  isFinite: {
    dtypes: floats,
    closeness: 'exact',
    cases: [...awkward, [400]].map((shape) => ({ inputs: [x(shape, 'special')], params: none })),
  },
  select: {
    dtypes: everything,
    closeness: 'exact',
    cases: selectShapes.map(([c, a, b]) => ({
      inputs: [x(c, 'normal', 'bool'), x(a, 'special'), x(b, 'special')],
      params: none,
    })),
  },
  cast: {
    dtypes: everything,
    closeness: 'exact',
    cases: everything.flatMap((dtype): Case<1, ElementwiseParams['cast']>[] => [
      { inputs: [x([3, 40], [0, 1, -1, 2.75, -2.75, 0.5, -0.5, 100000.9, -0])], params: { dtype } },
      { inputs: [x([], [2.5])], params: { dtype } },
      { inputs: [x([0, 2])], params: { dtype } },
      ...(dtype === 'int32' ? [] : [special(dtype)]),
    ]),
  },
}

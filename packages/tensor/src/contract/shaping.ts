import { numbers } from '../infer/rule.js'
import type { Params, ShapeParams } from '../primitives.js'
import { awkward, type Case, type ContractTable, everything, x } from './case.js'

const permutations: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[5], [0]],
  [
    [3, 4],
    [1, 0],
  ],
  [
    [70, 45],
    [1, 0],
  ],
  [
    [20, 30, 7],
    [1, 0, 2],
  ],
  [
    [3, 20, 9, 5],
    [0, 2, 1, 3],
  ],
  [
    [0, 4],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [0, 2, 1],
  ],
  [
    [2, 3, 4],
    [1, 0, 2],
  ],
  [
    [2, 3, 4],
    [2, 1, 0],
  ],
  [
    [2, 3, 4],
    [1, 2, 0],
  ],
  [
    [2, 3, 4, 5],
    [0, 3, 1, 2],
  ],
  [
    [2, 3, 4, 5],
    [3, 0, 2, 1],
  ],
  [
    [2, 1, 3, 1],
    [3, 2, 1, 0],
  ],
  [
    [2, 2, 2, 2, 2, 3],
    [5, 3, 1, 0, 2, 4],
  ],
  [
    [3, 4, 50],
    [1, 0, 2],
  ],
]

const slices: readonly Case<1, Params<'slice'>>[] = [
  { inputs: [x([])], params: { start: [], limit: [], strides: [] } },
  { inputs: [x([10])], params: { start: [2], limit: [9], strides: [1] } },
  { inputs: [x([10])], params: { start: [1], limit: [10], strides: [4] } },
  { inputs: [x([10])], params: { start: [4], limit: [4], strides: [1] } },
  { inputs: [x([10])], params: { start: [10], limit: [10], strides: [2] } },
  { inputs: [x([5, 6])], params: { start: [1, 0], limit: [4, 6], strides: [1, 1] } },
  { inputs: [x([5, 6])], params: { start: [0, 2], limit: [5, 5], strides: [2, 2] } },
  { inputs: [x([4, 90])], params: { start: [1, 7], limit: [4, 80], strides: [2, 1] } },
  { inputs: [x([1, 6, 3])], params: { start: [0, 2, 0], limit: [1, 4, 3], strides: [1, 1, 1] } },
  { inputs: [x([3, 4, 5])], params: { start: [1, 1, 1], limit: [3, 4, 5], strides: [1, 3, 2] } },
  { inputs: [x([0, 4])], params: { start: [0, 1], limit: [0, 3], strides: [1, 1] } },
  {
    inputs: [x([2, 3, 2, 3, 2])],
    params: { start: [0, 1, 0, 1, 1], limit: [2, 2, 2, 3, 2], strides: [1, 1, 2, 1, 1] },
  },
  { inputs: [x([6, 1])], params: { start: [5, 0], limit: [6, 1], strides: [7, 3] } },
]

const pads: readonly Case<1, Params<'pad'>>[] = [
  { inputs: [x([])], params: { low: [], high: [], interior: [], value: 0 } },
  { inputs: [x([4])], params: { low: [2], high: [1], interior: [0], value: 0 } },
  { inputs: [x([4])], params: { low: [0], high: [0], interior: [2], value: 1 } },
  { inputs: [x([7])], params: { low: [-2], high: [-1], interior: [0], value: 0 } },
  { inputs: [x([7])], params: { low: [-2], high: [3], interior: [1], value: 1 } },
  { inputs: [x([7])], params: { low: [-3], high: [-4], interior: [2], value: 0 } },
  { inputs: [x([4])], params: { low: [-4], high: [0], interior: [0], value: 0 } },
  { inputs: [x([0])], params: { low: [2], high: [1], interior: [1], value: 1 } },
  { inputs: [x([0, 2])], params: { low: [1, 1], high: [1, 0], interior: [0, 0], value: 1 } },
  { inputs: [x([3, 4])], params: { low: [1, -1], high: [-1, 2], interior: [0, 1], value: 0 } },
  { inputs: [x([2, 50])], params: { low: [1, 3], high: [0, 2], interior: [1, 0], value: 0 } },
  {
    inputs: [x([2, 3, 2, 2])],
    params: { low: [0, 1, 0, -1], high: [0, 0, 2, 1], interior: [0, 2, 0, 0], value: 1 },
  },
  { inputs: [x([1, 1])], params: { low: [2, -1], high: [2, 3], interior: [3, 3], value: 0 } },
]

interface Places {
  readonly shape: readonly number[]
  readonly at: readonly number[]
  readonly indices: readonly number[]
  readonly axis: number
  readonly batchDims: number
}

const places: readonly Places[] = [
  { shape: [5], at: [3], indices: [4, 0, 4], axis: 0, batchDims: 0 },
  { shape: [5], at: [], indices: [2], axis: 0, batchDims: 0 },
  { shape: [5, 3], at: [2, 2], indices: [4, 0, 1, 1], axis: 0, batchDims: 0 },
  { shape: [5, 50], at: [4], indices: [4, 0, 1, 1], axis: 0, batchDims: 0 },
  { shape: [2, 5, 3], at: [4], indices: [0, 0, 4, 2], axis: 1, batchDims: 0 },
  { shape: [2, 3, 5], at: [2, 2], indices: [0, 3, 4, 4], axis: 2, batchDims: 0 },
  { shape: [2, 5], at: [2, 3], indices: [1, 1, 0, 4, 2, 4], axis: 1, batchDims: 1 },
  { shape: [2, 3, 5, 2], at: [2, 4], indices: [1, 1, 0, 4, 2, 4, 3, 3], axis: 2, batchDims: 1 },
  { shape: [2, 2, 4], at: [2, 2, 3], indices: [1, 0, 3, 3, 2, 2], axis: 2, batchDims: 2 },
  { shape: [2, 2], at: [2, 2], indices: [1, 0], axis: 1, batchDims: 1 },
  { shape: [4, 2], at: [0], indices: [0], axis: 0, batchDims: 0 },
  { shape: [0, 3], at: [2], indices: [1, 2], axis: 1, batchDims: 0 },
]

/** The shape of what gather reads. */
const readShape = (p: Places): number[] => [
  ...p.shape.slice(0, p.axis),
  ...p.at.slice(p.batchDims),
  ...p.shape.slice(p.axis + 1),
]

const iotas = ['float64', 'float32', 'int32'] as const

type Full = Case<0, Params<'full'>>

export const shaping: ContractTable<keyof ShapeParams> = {
  reshape: {
    dtypes: everything,
    closeness: 'exact',
    cases: [
      { inputs: [x([])], params: { shape: [1, 1] } },
      { inputs: [x([1])], params: { shape: [] } },
      { inputs: [x([6])], params: { shape: [2, 3] } },
      { inputs: [x([2, 3, 4])], params: { shape: [4, 6] } },
      { inputs: [x([0, 5])], params: { shape: [3, 0] } },
      { inputs: [x([2, 3, 4])], params: { shape: [1, 2, 1, 2, 1, 3, 2] } },
    ],
  },
  transpose: {
    dtypes: everything,
    closeness: 'exact',
    cases: permutations.map(([shape, perm]) => ({ inputs: [x(shape, 'special')], params: { perm } })),
  },
  broadcastTo: {
    dtypes: everything,
    closeness: 'exact',
    cases: [
      ...awkward.map(
        (shape): Case<1, Params<'broadcastTo'>> => ({ inputs: [x(shape)], params: { shape: [2, ...shape] } }),
      ),
      { inputs: [x([])], params: { shape: [3, 60] } },
      { inputs: [x([4, 1])], params: { shape: [4, 60] } },
      { inputs: [x([1, 60])], params: { shape: [4, 60] } },
      { inputs: [x([3, 1, 2])], params: { shape: [2, 3, 5, 2] } },
      { inputs: [x([1])], params: { shape: [0] } },
      { inputs: [x([2, 1, 2, 1])], params: { shape: [2, 3, 2, 3] } },
      { inputs: [x([2, 1, 2, 1, 2, 1])], params: { shape: [2, 3, 2, 2, 2, 3] } },
    ],
  },
  slice: { dtypes: everything, closeness: 'exact', cases: slices },
  pad: { dtypes: everything, closeness: 'exact', cases: pads },
  concatenate: {
    dtypes: everything,
    closeness: 'exact',
    cases: [
      { inputs: [x([3])], params: { axis: 0 } },
      { inputs: [x([3]), x([2]), x([0]), x([1])], params: { axis: 0 } },
      { inputs: [x([2, 3]), x([4, 3])], params: { axis: 0 } },
      { inputs: [x([2, 3]), x([2, 1]), x([2, 50])], params: { axis: 1 } },
      { inputs: [x([2, 3, 2]), x([2, 1, 2])], params: { axis: 1 } },
      { inputs: [x([0, 3]), x([0, 2])], params: { axis: 1 } },
      { inputs: [x([2, 1, 2, 1]), x([2, 1, 2, 3])], params: { axis: 3 } },
    ],
  },
  reverse: {
    dtypes: everything,
    closeness: 'exact',
    cases: [
      { inputs: [x([])], params: { axes: [] } },
      { inputs: [x([7])], params: { axes: [0] } },
      { inputs: [x([0, 2])], params: { axes: [0] } },
      { inputs: [x([3, 4])], params: { axes: [1] } },
      { inputs: [x([3, 70])], params: { axes: [0] } },
      { inputs: [x([2, 3, 4])], params: { axes: [0, 2] } },
      { inputs: [x([2, 1, 3, 2])], params: { axes: [0, 1, 2, 3] } },
      { inputs: [x([2, 3])], params: { axes: [] } },
    ],
  },
  iota: {
    dtypes: ['float64'],
    closeness: 'exact',
    cases: iotas.flatMap((dtype) => [
      { inputs: [], params: { dtype, shape: [9], axis: 0 }, dtypes: [dtype] },
      { inputs: [], params: { dtype, shape: [0], axis: 0 }, dtypes: [dtype] },
      { inputs: [], params: { dtype, shape: [3, 4, 2], axis: 1 }, dtypes: [dtype] },
      { inputs: [], params: { dtype, shape: [3, 4], axis: 1 }, dtypes: [dtype] },
      { inputs: [], params: { dtype, shape: [2, 0], axis: 0 }, dtypes: [dtype] },
    ]),
  },
  full: {
    dtypes: ['float64'],
    closeness: 'exact',
    cases: [
      ...everything.map(
        (dtype): Full => ({
          inputs: [],
          params: { dtype, shape: [2, 3], value: 1 },
          dtypes: [dtype],
        }),
      ),
      ...iotas.map(
        (dtype): Full => ({ inputs: [], params: { dtype, shape: [], value: -7 }, dtypes: [dtype] }),
      ),
      ...(['float64', 'float32'] as const).flatMap((dtype) =>
        [Number.NaN, Number.NEGATIVE_INFINITY, -0, 1e-3].map(
          (value): Full => ({
            inputs: [],
            params: { dtype, shape: [3], value },
            dtypes: [dtype],
          }),
        ),
      ),
      { inputs: [], params: { dtype: 'float64', shape: [0, 2], value: 1 } },
    ],
  },
  gather: {
    dtypes: everything,
    closeness: 'exact',
    cases: places.map((p) => ({
      inputs: [x(p.shape), x(p.at, p.indices, 'int32')],
      params: { axis: p.axis, batchDims: p.batchDims },
    })),
  },
  scatterAdd: {
    dtypes: numbers,
    closeness: 'sum',
    cases: places.map((p) => ({
      inputs: [x(p.shape), x(p.at, p.indices, 'int32'), x(readShape(p))],
      params: { axis: p.axis, batchDims: p.batchDims },
    })),
  },
}

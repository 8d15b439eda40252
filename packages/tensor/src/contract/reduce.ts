import { floats, numbers } from '../infer/rule.js'
import type { ReduceParams } from '../primitives.js'
import type { Shape } from '../shape.js'
import { type Case, type ContractTable, type Fill, x } from './case.js'

type Axes = Case<1, { readonly axes: Shape }>

const reduced: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[1], [0]],
  [[5], [0]],
  [[1000], [0]],
  [[4, 7], [0]],
  [[4, 7], [1]],
  [
    [4, 7],
    [0, 1],
  ],
  [[2, 3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [[2, 3, 4], []],
  [
    [2, 1, 4, 3],
    [1, 2],
  ],
  [
    [2, 3, 2, 3, 2],
    [0, 2, 4],
  ],
  [
    [2, 3, 2, 3, 2],
    [1, 3],
  ],
  [[3, 300], [1]],
  [[300, 3], [0]],
  [
    [5, 2, 1, 1, 2, 3],
    [0, 5],
  ],
  [[1, 1, 1], [1]],
]
const empty: readonly (readonly [Shape, Shape])[] = [
  [[0], [0]],
  [[3, 0], [1]],
  [[0, 3], [1]],
  [
    [2, 0, 3],
    [0, 2],
  ],
]

const cases = (fill: Fill, withEmpty: boolean): Axes[] =>
  [...reduced, ...(withEmpty ? empty : empty.slice(2, 3))].map(([shape, axes]) => ({
    inputs: [x(shape, fill)],
    params: { axes },
  }))

/** A long pattern with few infinities and NaN, so that each line of 30 or 40 meets another choice of them. */
const nonFinite: readonly number[] = Array.from({ length: 97 }, (_, i) => {
  if (i === 5) return Number.POSITIVE_INFINITY
  if (i === 50) return Number.NEGATIVE_INFINITY
  return i === 80 ? Number.NaN : (i % 7) - 3
})

const withSpecial = (axes: Axes[]): Axes[] => [
  ...axes,
  { inputs: [x([30, 40], nonFinite)], params: { axes: [1] }, dtypes: floats, note: 'special values' },
  { inputs: [x([40, 30], nonFinite)], params: { axes: [0] }, dtypes: floats, note: 'special values' },
  { inputs: [x([30, 40], 'special')], params: { axes: [1] }, dtypes: ['int32'], note: 'wrapping' },
  { inputs: [x([40, 30], 'special')], params: { axes: [0] }, dtypes: ['int32'], note: 'wrapping' },
]

const lineShapes: readonly (readonly [Shape, number])[] = [
  [[1], 0],
  [[5], 0],
  [[100], 0],
  [[4, 7], 0],
  [[4, 7], 1],
  [[2, 3, 4], 1],
  [[2, 1, 3], 1],
  [[0, 3], 1],
  [[3, 2, 2, 2, 5], 4],
  [[40, 3], 0],
]

const along = (fills: readonly Fill[], withEmpty: boolean): Case<1, { readonly axis: number }>[] =>
  fills.flatMap((fill) =>
    [...lineShapes, ...(withEmpty ? ([[[3, 0], 1]] as const) : [])].map(([shape, axis]) => ({
      inputs: [x(shape, fill)],
      params: { axis },
      ...(typeof fill === 'string' && fill !== 'normal' ? { note: fill } : {}),
    })),
  )

const ordering: readonly Fill[] = ['normal', 'ties', 'special']

export const reductions: ContractTable<keyof ReduceParams> = {
  reduceSum: {
    dtypes: numbers,
    closeness: 'sum',
    cases: [
      ...withSpecial(cases('normal', true)),
      { inputs: [x([4096], [0.1])], params: { axes: [0] }, note: 'many equal' },
    ],
  },
  reduceProd: {
    dtypes: numbers,
    closeness: 'sum',
    cases: withSpecial(
      cases('positive', true).filter(
        (c) => !c.inputs.some((i) => i.shape.includes(1000) || i.shape.includes(300)),
      ),
    ),
  },
  reduceMax: { dtypes: numbers, closeness: 'exact', cases: withSpecial(cases('normal', false)) },
  reduceMin: { dtypes: numbers, closeness: 'exact', cases: withSpecial(cases('normal', false)) },
  reduceAnd: {
    dtypes: ['bool'],
    closeness: 'exact',
    cases: [...cases('normal', true), ...cases([1], false)],
  },
  reduceOr: { dtypes: ['bool'], closeness: 'exact', cases: [...cases('normal', true), ...cases([0], false)] },
  argMax: { dtypes: numbers, closeness: 'exact', cases: along(ordering, false) },
  argMin: { dtypes: numbers, closeness: 'exact', cases: along(ordering, false) },
  cumSum: {
    dtypes: numbers,
    closeness: 'sum',
    cases: [false, true].flatMap((reverse) =>
      along(['normal', nonFinite], true).map((c) => ({ ...c, params: { ...c.params, reverse } })),
    ),
  },
  sort: { dtypes: numbers, closeness: 'exact', cases: along(ordering, true) },
  argSort: { dtypes: numbers, closeness: 'exact', cases: along(ordering, true) },
}

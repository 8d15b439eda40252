/** Inputs and parameters for the contract of composites, by name: a composite without any does not compile. */

import type { CompositeInputs, CompositeName, DualStep, StackStep } from '../composites/contracts.js'
import type { DType } from '../dtype.js'
import { floats } from '../infer/rule.js'
import { type CompositeCase, type Numbers, numbers, random } from './composite-case.js'
import { polynomialSeries as series } from './polynomial-series.js'
import { spaceCases } from './space-cases.js'
import { generator } from './values.js'

export interface CompositeFamily<N extends CompositeName> {
  readonly dtypes: readonly DType[]
  readonly closeness: 'exact' | 'sum'
  readonly cases: readonly CompositeCase<N>[]
}

type CompositeTable = { readonly [N in CompositeName]: CompositeFamily<N> }

interface Pairs {
  readonly q: Numbers
  readonly v1: Numbers
  readonly v2: Numbers
}

/**
 * Covariances of two sets of vectors: random ones, and at the edges a vector that both sets have, its opposite, one close to
 * it, long and short multiples, and zero. Their numbers are small integers over powers of two, so that equal vectors have equal
 * covariances to the bit.
 */
function pairs(seed: number, rows: number, cols: number): Pairs {
  const next = generator(seed)
  const width = 6
  const vector = (): number[] => Array.from({ length: width }, () => Math.round(16 * (2 * next() - 1)) / 8)
  const shared = vector()
  const times = (a: number): number[] => shared.map((x) => a * x)
  const close = shared.map((x, i) => (i === 0 ? x + 2 ** -10 : x))
  const edges = [shared, times(-1), close, times(2), times(1 / 32), times(0)]
  const set = (n: number): number[][] => Array.from({ length: n }, (_, i) => edges[i] ?? vector())
  const [a, b] = [set(rows), set(cols)]
  const dot = (u: readonly number[], v: readonly number[]): number =>
    u.reduce((s, x, i) => s + x * (v[i] as number), 0) / 8
  return {
    q: numbers(
      [rows, cols],
      a.flatMap((u) => b.map((v) => dot(u, v))),
    ),
    v1: numbers(
      [rows],
      a.map((u) => dot(u, u)),
    ),
    v2: numbers(
      [cols],
      b.map((v) => dot(v, v)),
    ),
  }
}

const blocks: readonly (readonly [rows: number, cols: number])[] = [
  [0, 3],
  [1, 1],
  [7, 9],
  [9, 6],
  [33, 70],
]

/** Equal positions of 3 and 4 samples, and all pairs of positions, with Θ and without. */
function spread(seed: number): CompositeInputs<'dualSeries', Numbers>[] {
  const { q, v1, v2 } = pairs(seed, 6, 8)
  const at = ({ values }: Numbers, ...shape: number[]): Numbers => numbers(shape, values)
  const paired = [at(q, 3, 1, 2, 8), at(v1, 3, 1, 2, 1), at(v2, 1, 1, 1, 8)] as const
  const equal = [at(v1, 3, 1, 2), at(v1, 3, 1, 2), at(v1, 3, 1, 2)] as const
  return [paired, [...paired, random(seed, [3, 1, 2, 8])], equal]
}

const column = ({ values }: Numbers): Numbers => numbers([values.length, 1], values)
const row = ({ values }: Numbers): Numbers => numbers([1, values.length], values)

function dualCases<P extends object>(
  params: readonly P[],
): { note: string; inputs: CompositeInputs<'dualAbRelu' | 'dualErf' | 'dualSeries', Numbers>; params: P }[] {
  return params.flatMap((own, k) => {
    const blocksOf = blocks.flatMap(([rows, cols], b) => {
      const { q, v1, v2 } = pairs(11 * k + b, rows, cols)
      const block = [q, column(v1), row(v2)] as const
      const theta = random(b, [rows, cols])
      return [
        { note: `a block of ${rows} and ${cols} vectors`, inputs: block, params: own },
        { note: `the same with Θ`, inputs: [...block, theta] as const, params: own },
      ]
    })
    const { v1 } = pairs(k, 8, 8)
    return [...blocksOf, { note: 'variances alone', inputs: [v1, v1, v1], params: own }]
  })
}

/**
 * κ and τ of one panel for one sign of the correlation, 1 − a y² and b (1 − y²) with y = (x + 1)/2, side by side from the highest power
 * of x down.
 */
function quadratic(a: number, b: number): number[] {
  const square = [0, 0, 0, 0, 0, 0, 0.25, 0.5, 0.25]
  return square.flatMap((y2, power) => {
    const one = power === square.length - 1 ? 1 : 0
    return [one - a * y2, b * (one - y2)]
  })
}

/** The steps with a stop behind each, and one more in front. */
const withStops = (steps: readonly DualStep[]): readonly StackStep[] => [
  { kind: 'stop' },
  ...steps.flatMap((step): StackStep[] => [step, { kind: 'stop' }]),
]

const stacks: readonly (readonly DualStep[])[] = [
  [],
  [{ kind: 'affine', wVar: 1.5, bVar: 0.1 }],
  [
    { kind: 'affine', wVar: 2, bVar: 0 },
    { kind: 'abRelu', a: 0, b: 1 },
    { kind: 'affine', wVar: 1.7, bVar: 0.3 },
    { kind: 'erf', a: 1, b: 0.5, c: 0.2 },
    { kind: 'affine', wVar: 1, bVar: 0.01 },
    { kind: 'abRelu', a: -1, b: 1 },
  ],
  [
    { kind: 'affine', wVar: 0.1, bVar: 0 },
    { kind: 'series', ...series[0] },
    { kind: 'affine', wVar: 0.05, bVar: 0.3 },
    { kind: 'series', ...series[1] },
    { kind: 'affine', wVar: 0.1, bVar: 0.01 },
    { kind: 'abRelu', a: 0, b: 1 },
    { kind: 'series', ...series[2] },
  ],
  [
    {
      kind: 'profile',
      gain: 1.3,
      panels: 1,
      table: Float64Array.from([...quadratic(1, 1), ...quadratic(-0.4, 0.5)]),
    },
  ],
]

/** A block of 4 rows and 7 columns, or where it belongs to a symmetric matrix, of 7 rows from column 2 on. */
function intoCases(): CompositeCase<'dualStackInto'>[] {
  const filler = numbers([12, 12], [7, -7, 0.5])
  const wide = pairs(5, 4, 7)
  const square = pairs(6, 7, 7)
  return stacks.flatMap((steps) => [
    {
      note: 'both matrices',
      inputs: [wide.q, wide.v1, wide.v2, filler, filler] as const,
      params: { steps, names: ['nngp', 'ntk'] as const, row: 3, col: 5, symmetric: false },
      donate: [3, 4],
    },
    {
      note: 'the block on the diagonal of a symmetric matrix',
      inputs: [square.q, square.v1, square.v2, filler] as const,
      params: { steps, names: ['ntk'] as const, row: 2, col: 2, symmetric: true },
      donate: [3],
    },
    {
      note: 'a block that crosses the diagonal',
      inputs: [wide.q, wide.v1, wide.v2, filler] as const,
      params: { steps, names: ['nngp'] as const, row: 4, col: 1, symmetric: true },
      donate: [3],
    },
  ])
}

/** The samples that `intoCases` has the products of, some of which are replaced. */
function gramCases(): CompositeCase<'gramStackInto'>[] {
  const filler = numbers([12, 12], [7, -7, 0.5])
  const samples = (seed: number, n: number): Numbers => {
    const { shape, values } = random(seed, [n, 3])
    // small integers over powers of two: products are exact in any order
    return numbers(
      shape,
      values.map((v) => Math.round(8 * v) / 8),
    )
  }
  const squares = ({ shape: [n = 0, d = 0], values }: Numbers): Numbers =>
    numbers(
      [n],
      Array.from({ length: n }, (_, i) => values.slice(i * d, (i + 1) * d).reduce((s, v) => s + v * v, 0)),
    )
  const [few, many] = [samples(21, 4), samples(22, 7)]
  const known = { at: Int32Array.of(0, 9), values: Float64Array.of(0.25, -0.125) }
  const none = { at: new Int32Array(0), values: new Float64Array(0) }
  return stacks.flatMap((steps) => [
    {
      note: 'both matrices',
      inputs: [few, many, squares(few), squares(many), filler, filler] as const,
      params: { steps, names: ['nngp', 'ntk'] as const, row: 3, col: 5, symmetric: false, known },
      donate: [4, 5],
    },
    {
      note: 'samples with themselves on the diagonal of a symmetric matrix',
      inputs: [many, many, squares(many), squares(many), filler] as const,
      params: { steps, names: ['ntk'] as const, row: 2, col: 2, symmetric: true, known: none },
      donate: [4],
    },
    {
      note: 'a block below the diagonal',
      inputs: [few, many, squares(few), squares(many), filler] as const,
      params: { steps, names: ['nngp'] as const, row: 8, col: 1, symmetric: true, known },
      donate: [4],
    },
  ])
}

const vectors = [random(1, [5, 7]), random(2, [5, 7]), random(3, [5, 7])] as const
const ordered = [1, 2, 3, -0, Number.NaN, Number.POSITIVE_INFINITY, -5, 0]
const others = [2, 2, 2, 0, 1, Number.POSITIVE_INFINITY, -6, Number.NaN]

export const compositeTable: CompositeTable = {
  dualAbRelu: {
    dtypes: floats,
    closeness: 'sum',
    cases: dualCases([
      { a: 0, b: 1 },
      { a: -1, b: 1 },
      { a: 0.2, b: 1 },
      { a: 1, b: 1 },
    ]),
  },
  dualErf: {
    dtypes: floats,
    closeness: 'sum',
    cases: dualCases([
      { a: 1, b: 1, c: 0 },
      { a: 0.5, b: 2, c: -0.3 },
    ]),
  },
  dualSeries: {
    dtypes: floats,
    closeness: 'sum',
    cases: series.flatMap((params, k) => [
      ...dualCases([params]),
      ...spread(k).map((inputs) => ({
        note: 'in space',
        inputs,
        params,
      })),
    ]),
  },
  dualStack: {
    dtypes: floats,
    closeness: 'sum',
    cases: [...stacks, ...stacks.map(withStops)].flatMap((steps) =>
      blocks.flatMap(([rows, cols], b) => {
        const { q, v1, v2 } = pairs(b, rows, cols)
        return [true, false].map((ntk) => ({
          note: `${steps.length} steps over ${rows} and ${cols} vectors`,
          inputs: [q, v1, v2] as const,
          params: { steps, ntk },
        }))
      }),
    ),
  },
  dualStackInto: { dtypes: floats, closeness: 'sum', cases: intoCases() },
  gramStackInto: { dtypes: ['float64'], closeness: 'sum', cases: gramCases() },
  dualStackVariance: {
    dtypes: floats,
    closeness: 'sum',
    cases: stacks.flatMap((steps) => {
      const { v1 } = pairs(4, 9, 1)
      return [
        { note: `${steps.length} steps`, inputs: [v1] as const, params: { steps } },
        { note: 'in a matrix', inputs: [numbers([3, 5], v1.values)] as const, params: { steps } },
      ]
    }),
  },
  spaceKernel: { dtypes: ['float64'], closeness: 'sum', cases: spaceCases() },
  spaceVariance: {
    dtypes: ['float64'],
    closeness: 'sum',
    cases: spaceCases().map(({ note, inputs: [x], params: { steps, end } }) => ({
      note,
      inputs: [x] as const,
      params: { steps, end },
    })),
  },
  linearCombination: {
    dtypes: ['float64', 'float32', 'int32'],
    closeness: 'exact',
    cases: [
      { note: 'of one value', inputs: [vectors[0]], params: { weights: [3] }, donate: [0] },
      { note: 'of three', inputs: vectors, params: { weights: [1, -2, 3] }, donate: [1] },
      { note: 'of two', inputs: [vectors[0], vectors[1]], params: { weights: [-2, 1] }, donate: [0] },
      {
        note: 'of many elements',
        inputs: [random(8, [7, 1001]), random(9, [7, 1001])],
        params: { weights: [1, 4] },
        donate: [1],
      },
      { note: 'of nothing', inputs: [numbers([0, 3], [])], params: { weights: [2] } },
    ],
  },
  shareOfLarger: {
    dtypes: floats,
    closeness: 'exact',
    cases: [
      { note: 'side by side', inputs: [numbers([8], ordered), numbers([8], others)], params: {} },
      { note: 'beside a number', inputs: [numbers([8], ordered), numbers([], [2])], params: {} },
      { note: 'of a number', inputs: [numbers([], [2]), numbers([8], others)], params: {} },
      {
        note: 'of shapes that broadcast',
        inputs: [numbers([8], ordered), numbers([3, 1], [0, 1, 2])],
        params: {},
      },
      { note: 'of nothing', inputs: [numbers([0], []), numbers([0], [])], params: {} },
    ],
  },
}

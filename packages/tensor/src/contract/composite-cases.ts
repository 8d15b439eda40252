/** Inputs and parameters for the contract of composites, by name: a composite without any does not compile. */

import type {
  CompositeInputs,
  CompositeName,
  CompositeParams,
  DualStep,
  SeriesParams,
  SpaceStep,
} from '../composites/contracts.js'
import type { SeriesTable } from '../composites/series.js'
import type { DType } from '../dtype.js'
import { floats } from '../infer/rule.js'
import type { Shape } from '../shape.js'
import { generator } from './values.js'

/** Numbers of a shape; repeated where there are fewer than the shape holds. */
export interface Numbers {
  readonly shape: Shape
  readonly values: readonly number[]
}

export interface CompositeCase<N extends CompositeName> {
  /** What is special about it, for its name. */
  readonly note: string
  readonly inputs: CompositeInputs<N, Numbers>
  readonly params: CompositeParams<N>
  /** Places of inputs that are given away in a second run, which must give the same. */
  readonly donate?: readonly number[]
}

export interface CompositeFamily<N extends CompositeName> {
  readonly dtypes: readonly DType[]
  readonly closeness: 'exact' | 'sum'
  readonly cases: readonly CompositeCase<N>[]
}

type CompositeTable = { readonly [N in CompositeName]: CompositeFamily<N> }

const numbers = (shape: Shape, values: readonly number[]): Numbers => ({ shape, values })

function random(seed: number, shape: Shape): Numbers {
  const next = generator(seed)
  const count = shape.reduce((n, d) => n * d, 1)
  return numbers(
    shape,
    Array.from({ length: count }, () => 4 * next() - 2),
  )
}

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
 * Polynomials, whose series are exact: a_k/√v of φ = Σ c_i x^i up to degree 3 are a_0 = c_0 + c_2 v, c_1 + 3 c_3 v, c_2 √2v and c_3 √6 v. A pair
 * without correlation needs one term, any other all.
 */
function polynomial(
  parity: SeriesTable['parity'],
  coef: readonly [number, number, number, number],
): SeriesParams {
  const [c0, c1, c2, c3] = coef
  const to = 64
  const terms = { all: [0, 1, 2], odd: [0, 2], even: [1] }[parity]
  const rows = [
    [c1, c2 * Math.sqrt(2 * to), c3 * Math.sqrt(6) * to],
    [3 * c3 * to, 0, 0],
  ]
  const coefficients = rows.map((row, power) => [
    power === 0 ? c0 : c2 * to,
    parity === 'even' ? (row[0] as number) : 0,
    ...terms.map((i) => row[i] as number),
  ])
  const counts = terms.map((_, i) => i + 1)
  const reaches = counts.map((count) => (count === terms.length ? 1 : 0))
  return {
    table: { parity, counts, pieces: [{ from: 0, to, terms: terms.length, reaches, coefficients }] },
    of: { name: 'Polynomial', options: { coef } },
  }
}

const series = [
  polynomial('odd', [1, 1, 0, 0.5]),
  polynomial('even', [0.3, 1, 0.5, 0]),
  polynomial('all', [0.3, 1, -0.4, 0.2]),
] as const

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

/** The window of a convolution along one axis: of size 3, or what `at` says of tap t and output o. */
const axis = (size: number, out = size, at = (t: number, o: number): number => o + t - 1): number[][] =>
  [0, 1, 2].map((t) =>
    Array.from({ length: out }, (_, o) => (at(t, o) >= 0 && at(t, o) < size ? at(t, o) : -1)),
  )

/** Images of 5 x 6 (and sequences of 9) through windows of every kind; two images of a set are equal, one is zero. */
function spaceCases(): CompositeCase<'spaceKernel'>[] {
  const images = (seed: number, n: number, ...rest: number[]): Numbers => {
    const { shape, values } = random(seed, [n, ...rest])
    const size = values.length / n
    return numbers(shape, [
      ...values.slice(0, size),
      ...values.slice(0, size),
      ...values.slice(2 * size).fill(0, 0, n > 3 ? size : 0),
    ])
  }
  const relu = { kind: 'abRelu', a: 0, b: 1 } as const
  const leaky = { kind: 'abRelu', a: 0.2, b: 1 } as const
  const erf = { kind: 'erf', a: 1, b: 0.7, c: 0.1 } as const
  const window = (...axes: number[][][]): SpaceStep => ({ kind: 'window', axes, wVar: 1.6, bVar: 0.04 })
  const same = window(axis(5), axis(6))
  const wrapped = window(
    axis(5, 5, (t, o) => (o + t + 4) % 5),
    axis(6, 6, (t, o) => (o + t + 5) % 6),
  )
  const strided = window(
    axis(5, 3, (t, o) => 2 * o + t - 1),
    axis(6, 3, (t, o) => 2 * o + t),
  )
  const wide = window(
    axis(3, 6, (t, o) => ((o + t) % 2 === 0 ? (o + t - 2) / 2 : -1)),
    axis(3, 5, (t, o) => ((o + t) % 2 === 0 ? (o + t) / 2 - 1 : -1)),
  )
  const valid = window(
    axis(5, 3, (t, o) => o + t),
    axis(6, 4, (t, o) => o + t),
  )
  const dense = window()
  const long = window(axis(9))
  const nets: readonly (readonly [string, Numbers, Numbers, readonly SpaceStep[]])[] = [
    [
      'windows that keep the size',
      images(1, 4, 5, 6, 3),
      images(2, 9, 5, 6, 3),
      [same, relu, same, relu, same],
    ],
    ['windows without border', images(1, 3, 5, 6, 1), images(2, 2, 5, 6, 1), [valid, erf, dense, leaky]],
    [
      'windows that wrap around',
      images(3, 4, 5, 6, 2),
      images(4, 2, 5, 6, 2),
      [wrapped, relu, same, wrapped],
    ],
    [
      'strides, and back',
      images(5, 4, 5, 6, 2),
      images(6, 2, 5, 6, 2),
      [same, relu, strided, leaky, wide, erf],
    ],
    ['sequences', images(7, 3, 9, 2), images(8, 3, 9, 2), [long, erf, long, relu, dense, relu]],
  ]
  return nets.flatMap(([note, x1, x2, steps]) =>
    (['meanOfEqual', 'meanOfAll', 'sumOfAll'] as const).flatMap((end) =>
      [true, false].map((ntk) => ({
        note: `${note}, ${end}${ntk ? ' with Θ' : ''}`,
        inputs: [x1, ntk ? x1 : x2] as const,
        params: { steps, end, ntk, symmetric: ntk },
      })),
    ),
  )
}

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
    cases: stacks.flatMap((steps) =>
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

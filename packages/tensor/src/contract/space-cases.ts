import type { AttentionInSpace, SpaceStep } from '../composites/contracts.js'
import { type CompositeCase, type Numbers, numbers, random } from './composite-case.js'
import { polynomialSeries } from './polynomial-series.js'

/** The window of a convolution along one axis: of size 3, or what `at` says of tap t and output o. */
const axis = (size: number, out = size, at = (t: number, o: number): number => o + t - 1): number[][] =>
  [0, 1, 2].map((t) =>
    Array.from({ length: out }, (_, o) => (at(t, o) >= 0 && at(t, o) < size ? at(t, o) : -1)),
  )

/** Images of 5 x 6 (and sequences of 9) through windows of every kind; two images of a set are equal, one is zero. */
export function spaceCases(): CompositeCase<'spaceKernel'>[] {
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
  const [first, second, third] = polynomialSeries
  const odd = { kind: 'series', ...first } as const
  const even = { kind: 'series', ...second } as const
  const all = { kind: 'series', ...third } as const
  const window = (...axes: number[][][]): Extract<SpaceStep, { readonly kind: 'window' }> => ({
    kind: 'window',
    axes,
    wVar: 1.6,
    bVar: 0.04,
  })
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
  const wide3 = window(axis(3), axis(3))
  const wide4 = window(
    axis(3, 6, (t, o) => ((o + t) % 2 === 0 ? (o + t - 2) / 2 : -1)),
    axis(4, 5, (t, o) => o + t - 2),
  )
  const wide6 = window(axis(6), axis(5))
  const valid = window(
    axis(5, 3, (t, o) => o + t),
    axis(6, 4, (t, o) => o + t),
  )
  const dense = window()
  const standard3 = { ...wide3, tangent: { gain: 3.1, bias: 0.4 } }
  const line = window(axis(11))
  const long = window(axis(9))
  const grown = window(axis(9, 17, (t, o) => ((o + t) % 2 === 0 ? (o + t) / 2 - 1 : -1)))
  const grown2 = window(axis(17, 14, (t, o) => o + t))
  const grown3 = window(axis(9, 14, (t, o) => o + t - 4))
  const shrunk = window(axis(9, 5, (t, o) => 2 * o + t - 1))
  const back = window(axis(5, 14, (t, o) => o + t - 6))
  const standard = { ...same, tangent: { gain: 7.3, bias: 0.6 } }
  const norm = (...axes: number[]): SpaceStep => ({
    kind: 'norm',
    axes,
    epsilon: axes.length === 1 ? 0 : 1e-5,
  })
  const sum = (...branches: SpaceStep[][]): SpaceStep => ({ kind: 'sum', branches })
  const attention = (
    mechanism: AttentionInSpace['mechanism'],
    embedding?: AttentionInSpace['embedding'],
  ): SpaceStep => ({ kind: 'attention', mechanism, gain: mechanism === 'IDENTITY' ? 0.3 : 0.9, embedding })
  const output = { ...dense, tangent: { gain: 2, bias: 0.04 } }
  const embedding = (positions: number, inValues: boolean): AttentionInSpace['embedding'] => ({
    share: 0.6,
    correlations: Float64Array.from({ length: positions ** 2 }, (_, k) =>
      Math.exp(-Math.abs(Math.floor(k / positions) - (k % positions)) / 4),
    ),
    inValues,
  })
  const pool: SpaceStep = {
    kind: 'pool',
    axes: [axis(5, 3, (t, o) => 2 * o + t - 1), axis(6, 3, (t, o) => 2 * o + t)],
    factors: [
      [0.5, 1 / 3, 0.5],
      [1 / 3, 1 / 3, 0.5],
    ],
  }
  const ends = axis(3, 2, (t, o) => 2 * o + t - 1)
  const small = window(ends, ends)
  const pool3: SpaceStep = {
    kind: 'pool',
    axes: [ends, axis(3, 2, (t, o) => o + t)],
    factors: [
      [1, 1],
      [0.5, 0.25],
    ],
  }
  const pool9: SpaceStep = {
    kind: 'pool',
    axes: [axis(3), axis(3)],
    factors: [
      [0.5, 1 / 3, 0.5],
      [0.5, 0.25, 0.5],
    ],
  }
  // Behind what mixes positions equal images may differ by a bit in plain ops, of which a ReLU takes the root.
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
    [
      'the standard parameterization',
      images(9, 3, 5, 6, 2),
      images(10, 2, 5, 6, 2),
      [standard, relu, standard, erf, { ...dense, tangent: { gain: 2.5, bias: 0 } }],
    ],
    [
      'norms of channels and of positions',
      images(11, 4, 5, 6, 2),
      images(12, 2, 5, 6, 2),
      [same, norm(), relu, strided, norm(0), leaky, dense, norm(0, 1), erf],
    ],
    [
      'sums that branch from one place',
      images(13, 4, 5, 6, 2),
      images(14, 2, 5, 6, 2),
      [same, sum([relu, same, norm(), relu, same], []), relu, same],
    ],
    [
      'sums of branches that see other pairs of positions',
      images(15, 4, 5, 6, 2),
      images(16, 2, 5, 6, 2),
      [
        same,
        sum([relu, strided, relu, wide3], [strided], [norm(), erf, dense, strided]),
        sum([relu, sum([dense, relu, wide3], []), dense], []),
        leaky,
      ],
    ],
    [
      'sums in which rows grow and shrink, and a torus',
      images(17, 3, 5, 6, 1),
      images(18, 2, 5, 6, 1),
      [
        wrapped,
        sum([wrapped, relu, strided, relu, wide], [relu, { ...strided, wVar: 0.7 }, wide]),
        relu,
        wide6,
      ],
    ],
    [
      'sums whose second branch keeps the size before it shrinks',
      images(19, 4, 5, 6, 1),
      images(20, 2, 5, 6, 1),
      [same, sum([valid, relu, wide4], [same, relu, valid, wide4]), relu],
    ],
    [
      'sequences that grow in one branch before another sees them',
      images(21, 3, 9, 2),
      images(22, 3, 9, 2),
      [long, sum([relu, grown, relu, grown2], [shrunk, relu, back], [long, relu, grown3]), relu],
    ],
    [
      'attention between windows',
      images(23, 4, 5, 6, 2),
      images(24, 9, 5, 6, 2),
      [same, relu, attention('SOFTMAX'), output, erf, strided, erf],
    ],
    [
      'attention twice, with norms, and positions in its scores',
      images(25, 4, 5, 6, 2),
      images(26, 2, 5, 6, 2),
      [
        strided,
        relu,
        attention('RELU', embedding(9, false)),
        output,
        norm(),
        erf,
        attention('IDENTITY'),
        output,
      ],
    ],
    [
      'branches with attention, and positions in its values',
      images(27, 4, 5, 6, 2),
      images(28, 3, 5, 6, 2),
      [
        same,
        sum(
          [norm(), attention('SOFTMAX', embedding(30, true)), output],
          [relu, same, sum([relu, dense], [])],
        ),
        sum([attention('ABS'), output], []),
        erf,
      ],
    ],
    [
      'pools between windows',
      images(29, 4, 5, 6, 2),
      images(30, 2, 5, 6, 2),
      [same, relu, pool, wide3, erf, sum([pool3, dense], [small, erf])],
    ],
    [
      'attention to sequences, right behind another',
      images(31, 3, 9, 2),
      images(32, 3, 9, 2),
      [long, relu, attention('SOFTMAX'), attention('SOFTMAX'), output, erf, shrunk, erf],
    ],
    [
      'activations by their series',
      images(23, 9, 5, 6, 2),
      images(24, 11, 5, 6, 2),
      [
        { ...same, wVar: 0.3 },
        odd,
        { ...strided, wVar: 0.05 },
        even,
        { ...standard3, wVar: 0.1 },
        all,
        { ...wide, wVar: 0.1 },
        relu,
        { ...dense, wVar: 0.3 },
        odd,
      ],
    ],
    [
      'series in rows longer than eight, beside a sum',
      images(25, 2, 11, 2),
      images(26, 3, 11, 2),
      [
        { ...line, wVar: 0.2 },
        { kind: 'sum', branches: [[odd, { ...line, wVar: 0.05 }, even, { ...line, wVar: 0.05 }], []] },
        odd,
      ],
    ],
    [
      'series around attention',
      images(33, 4, 5, 6, 2),
      images(34, 9, 5, 6, 2),
      [
        { ...same, wVar: 0.3 },
        odd,
        attention('SOFTMAX'),
        { ...output, wVar: 0.4 },
        even,
        { ...strided, wVar: 0.05 },
        all,
      ],
    ],
    [
      'series around pools, beside a sum',
      images(35, 4, 5, 6, 2),
      images(36, 2, 5, 6, 2),
      [
        { ...same, wVar: 0.3 },
        all,
        pool,
        { ...wide3, wVar: 0.1 },
        sum([odd, { ...wide3, wVar: 0.05 }], [pool9, { ...wide3, wVar: 0.1 }]),
        even,
      ],
    ],
    [
      'series in rows longer than eight, around attention to sequences',
      images(37, 2, 11, 2),
      images(38, 3, 11, 2),
      [
        { ...line, wVar: 0.2 },
        odd,
        attention('SOFTMAX'),
        { ...output, wVar: 0.3 },
        all,
        { ...line, wVar: 0.05 },
        even,
      ],
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

import { windowedSize } from '../infer/contract.js'
import { floats, numbers } from '../infer/rule.js'
import type { WindowParams, WindowParamsRecord } from '../primitives.js'
import type { Shape } from '../shape.js'
import { type Case, type ContractTable, type Fill, x } from './case.js'

interface Windowed {
  readonly shape: Shape
  readonly params: WindowParamsRecord
}

function windowed(shape: Shape, window: Shape, options: Partial<WindowParamsRecord> = {}): Windowed {
  const ones = shape.map(() => 1)
  const padding = shape.map(() => [0, 0] as const)
  return {
    shape,
    params: { window, strides: ones, padding, baseDilation: ones, windowDilation: ones, ...options },
  }
}

const none = [0, 0] as const

const geometries: readonly Windowed[] = [
  windowed([], []),
  windowed([7], [3]),
  windowed([7], [1]),
  windowed([7], [7]),
  windowed([7], [3], { strides: [2], padding: [[1, 1]] }),
  windowed([7], [2], { padding: [[-2, 1]] }),
  windowed([5], [2], { padding: [[4, 3]] }),
  windowed([5], [3], { baseDilation: [2], padding: [[1, 2]] }),
  windowed([9], [3], { windowDilation: [3] }),
  windowed([4], [2], { baseDilation: [3], windowDilation: [2], strides: [2], padding: [[2, -1]] }),
  windowed([4], [1], { baseDilation: [3] }),
  windowed([3], [5]),
  windowed([2, 6, 6, 3], [1, 2, 2, 1], { strides: [1, 2, 2, 1] }),
  windowed([2, 6, 5, 3], [1, 3, 3, 1], { padding: [none, [1, 1], [1, 1], none] }),
  windowed([2, 7, 5, 3], [1, 3, 2, 1], { strides: [1, 2, 3, 1], padding: [none, [1, 0], [0, 2], none] }),
  windowed([2, 7, 5, 3], [1, 3, 2, 1], { windowDilation: [1, 2, 3, 1] }),
  windowed([2, 3, 4, 3], [1, 3, 2, 1], { baseDilation: [1, 2, 2, 1], padding: [none, [1, 1], [0, 1], none] }),
  windowed([3, 4, 5], [2, 2, 2]),
  windowed([3, 4, 5], [1, 1, 3], { strides: [1, 1, 2] }),
  windowed([2, 4, 4, 4, 2], [1, 2, 3, 2, 1], { strides: [1, 2, 1, 2, 1] }),
  windowed([0, 4], [1, 2]),
  windowed([3, 0], [1, 2], { padding: [none, [2, 1]] }),
  windowed([2, 6, 1, 60], [1, 3, 1, 1]),
  windowed([2, 6, 6, 6], [1, 2, 2, 1], { strides: [1, 2, 2, 1] }),
  windowed([2, 5, 4, 7], [1, 3, 2, 1], { padding: [none, [1, 1], [2, 0], none] }),
]

const fills: readonly Fill[] = ['normal', 'ties', 'special']

const noted = (fill: Fill): { note?: string } =>
  typeof fill === 'string' && fill !== 'normal' ? { note: fill } : {}

const plain = (of: readonly Fill[]): Case<1, WindowParamsRecord>[] =>
  of.flatMap((fill) =>
    geometries.map(({ shape, params }) => ({ inputs: [x(shape, fill)], params, ...noted(fill) })),
  )

/** Sums over special values meet infinities of both signs, whose order decides between NaN and infinity nowhere: it is NaN. */
const sums = [...plain(['normal']), ...plain(['ties'])]

const outputShape = ({ shape, params: p }: Windowed): number[] =>
  shape.map((d, i) =>
    windowedSize(
      d,
      p.window[i] as number,
      p.strides[i] as number,
      p.padding[i] ?? none,
      p.baseDilation[i] as number,
      p.windowDilation[i] as number,
    ),
  )

export const windows: ContractTable<keyof WindowParams> = {
  windowSum: { dtypes: numbers, closeness: 'sum', cases: sums },
  windowMax: { dtypes: numbers, closeness: 'exact', cases: plain(fills) },
  windowGatherMax: {
    dtypes: floats,
    closeness: 'exact',
    cases: fills.flatMap((fill) =>
      geometries.map(({ shape, params }) => ({ inputs: [x(shape, fill), x(shape)], params, ...noted(fill) })),
    ),
  },
  windowScatterMax: {
    dtypes: floats,
    closeness: 'sum',
    cases: fills.flatMap((fill) =>
      geometries.map((g) => ({
        inputs: [x(g.shape, fill), x(outputShape(g))],
        params: g.params,
        ...noted(fill),
      })),
    ),
  },
}

import { describe as describeNet, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import {
  concatenate,
  key,
  mul,
  normal,
  setThreads,
  slice,
  type Tensor,
  threadReport,
  zerosLike,
} from '@ntk/tensor'
import { afterEach, describe, expect, test } from 'vitest'
import {
  AvgPool,
  Conv,
  Dense,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  Identity,
  type Layer,
  LayerNorm,
  Mish,
  parallel,
  Relu,
  Sigmoid,
  Softplus,
  SumPool,
  Swish,
  serial,
  Tanh,
} from '../src/index.js'

const affine = { wStd: 1.3, bStd: 0.2 } as const
const same = { ...affine, padding: 'SAME' } as const
const attention = (options: Partial<Parameters<typeof GlobalSelfAttention>[0]> = {}): Layer =>
  GlobalSelfAttention({ out: 1, wKeyStd: 0.7, wQueryStd: 0.6, wValueStd: 1.3, bStd: 0.2, ...options })
const residual = (main: Layer, shortcut: Layer): Layer =>
  serial(FanOut(2), parallel(main, shortcut), FanInSum())

/** Images, two of which are equal, one opposite, one zero, one nearly equal; their number is no multiple of 8. */
function images(seed: number, ...shape: number[]): Tensor {
  const x = normal(key(seed), [6, ...shape])
  const first = slice(x, [0, 1])
  return concatenate([x, first, mul(first, -1), zerosLike(first), mul(first, 1 + 2 ** -26)], 0)
}

/** Networks, sizes of their images, and a tolerance of the NTK: ReLU turns a last bit of K of nearly equal samples into its root. */
const bodies: readonly (readonly [string, Layer, readonly number[], number])[] = [
  ['Tanh', serial(Conv(1, [3, 3], same), Tanh(), Conv(1, [3, 2], affine), Tanh()), [5, 9, 3], 1e-14],
  [
    'every series, with strides',
    serial(
      Conv(1, [3, 3], { ...same, strides: [2, 1] }),
      Softplus(),
      Conv(1, [2, 2], same),
      Swish(),
      Conv(1, [3, 3], { ...same, padding: 'CIRCULAR' }),
      Mish(),
      Dense(1, affine),
      Sigmoid(),
    ),
    [6, 5, 2],
    1e-14,
  ],
  [
    'beside ReLU and norms, in branches',
    serial(
      Conv(1, [3, 3], same),
      residual(serial(LayerNorm(), Tanh(), Conv(1, [3, 3], same), Relu(), Conv(1, [2, 2], same)), Identity()),
      LayerNorm(),
      Softplus(),
    ),
    [4, 5, 2],
    1e-9,
  ],
  [
    'attention between',
    serial(Conv(1, [3, 3], same), Tanh(), attention(), Tanh(), Conv(1, [2, 3], same), Swish()),
    [4, 5, 2],
    1e-14,
  ],
  [
    'branches with attention',
    serial(
      Conv(1, [3], same),
      residual(serial(LayerNorm(), attention()), Identity()),
      residual(serial(LayerNorm(), Mish(), Dense(1, affine)), Identity()),
      Tanh(),
    ),
    [11, 3],
    1e-14,
  ],
  [
    'pools between',
    serial(
      Conv(1, [3, 3], same),
      Tanh(),
      AvgPool([2, 2], { strides: [2, 2] }),
      Conv(1, [3, 3], same),
      Sigmoid(),
      SumPool([3, 2], { padding: 'SAME' }),
      Dense(1, affine),
      Tanh(),
    ),
    [6, 7, 2],
    1e-14,
  ],
]

const ends: readonly (readonly [string, Layer])[] = [
  ['Flatten', Flatten()],
  ['GlobalAvgPool', GlobalAvgPool()],
  ['GlobalSumPool, and layers behind', serial(GlobalSumPool(), Dense(1, { wStd: 0.02 }), Tanh())],
]

afterEach(() => setThreads('auto'))

describe.each(bodies)(
  'activations by series in one piece are those layer by layer: %s',
  (_, body, shape, ofNtk) => {
    test.each(ends)('%s', async (__, end) => {
      const net = serial(body, end, Dense(1, affine))
      const x = images(1, ...shape)
      expect(describeNet(net, x.shape).way).toBe('space')
      for (const x2 of [null, images(2, ...shape)]) {
        const whole = await kernelFn(net)(x, x2, { get: ['nngp', 'ntk', 'cov1'] })
        const plain = kernelOf(net, x, x2)
        const tiles = await kernelFn(net)(x, x2, { tile: 3 })
        closeTo(whole.nngp, plain.nngp as Tensor, 1e-14)
        closeTo(tiles.nngp, whole.nngp, 1e-14)
        closeTo(whole.ntk, plain.ntk as Tensor, ofNtk)
        closeTo(whole.cov1, plain.cov1 as Tensor, 1e-14)
      }
    })

    test('equal samples have the kernel of one with itself, to the bit', async () => {
      for (const [, end] of ends) {
        const { nngp, ntk, cov1 } = await kernelFn(serial(body, end, Dense(1, affine)))(
          images(1, ...shape),
          null,
          { get: ['nngp', 'ntk', 'cov1'] },
        )
        for (const k of [nngp, ntk]) {
          const m = k.toNested() as number[][]
          for (const [i, j] of [
            [0, 6],
            [6, 0],
            [6, 6],
          ] as const)
            expect(m[i]?.[j]).toBe(m[0]?.[0])
        }
        const diagonal = (nngp.toNested() as number[][]).map((row, i) => row[i])
        expect(cov1.toNested()).toEqual(diagonal)
      }
    })
  },
)

test('threads share the pairs of series and change no bit', async () => {
  const layers = [1, 2].flatMap(() => [Conv(1, [3, 3], same), Tanh()])
  for (const [end, n] of [
    [Flatten(), 40],
    [GlobalAvgPool(), 3],
  ] as const) {
    const net = serial(...layers, end, Dense(1))
    const x = normal(key(4), [n, 20, 18, 2])
    setThreads(1)
    const alone = await kernelFn(net)(x)
    setThreads(3)
    const together = await kernelFn(net)(x)
    expect(threadReport().threads).toBe(3)
    expect(together.nngp.toNested()).toEqual(alone.nngp.toNested())
    expect(together.ntk.toNested()).toEqual(alone.ntk.toNested())
  }
})

/** Errors in units of the largest number. */
function closeTo(got: Tensor, want: Tensor, tol: number): void {
  expect(got.shape).toEqual(want.shape)
  const [a, b] = [got.dataSync(), want.dataSync()]
  const size = Math.max(...Array.from(b, Math.abs))
  const worst = Math.max(...Array.from(b, (y, k) => Math.abs((a[k] as number) - y))) / size
  expect(worst).toBeLessThanOrEqual(tol)
}

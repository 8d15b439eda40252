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
  Abs,
  AvgPool,
  Conv,
  ConvTranspose,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  Identity,
  type Layer,
  LayerNorm,
  LeakyRelu,
  parallel,
  Relu,
  SumPool,
  serial,
} from '../src/index.js'
import { close } from './helpers.js'

const affine = { wStd: 1.4, bStd: 0.2 } as const

/** Images, two of which are equal, one opposite, one zero, one larger, one nearly equal. */
function images(seed: number, ...shape: number[]): Tensor {
  const x = normal(key(seed), [3, ...shape])
  const first = slice(x, [0, 1])
  const near = mul(first, 1 + 2 ** -26)
  return concatenate([x, first, mul(first, -1), zerosLike(first), mul(first, 2 ** 20), near], 0)
}

/** Bodies that go through all layers in one piece, and the sizes that they are for. */
const bodies: (readonly [string, Layer, readonly number[]])[] = [
  [
    'ReLU',
    serial(
      Conv(1, [3, 3], { ...affine, padding: 'SAME' }),
      Relu(),
      Conv(1, [3, 3], { ...affine, padding: 'SAME' }),
      Relu(),
    ),
    [5, 7, 3],
  ],
  [
    'no bias',
    serial(
      Conv(1, [3, 2], { wStd: 1.2, padding: 'SAME' }),
      Relu(),
      Conv(1, [2, 3], { padding: 'SAME' }),
      Abs(),
    ),
    [4, 4, 2],
  ],
  [
    'borders',
    serial(
      Conv(1, [2, 3], affine),
      Erf(),
      Conv(1, [2, 2], affine),
      LeakyRelu({ alpha: 0.3 }),
      Dense(1, affine),
      Erf(),
    ),
    [5, 6, 1],
  ],
  [
    'strides',
    serial(
      Conv(1, [3, 3], { ...affine, strides: [2, 3], padding: 'SAME' }),
      Relu(),
      Conv(1, [2, 2], { ...affine, strides: [2, 1], padding: 'SAME' }),
      Erf(),
    ),
    [9, 7, 2],
  ],
  [
    'a torus',
    serial(
      Conv(1, [3, 3], { ...affine, padding: 'CIRCULAR' }),
      Relu(),
      Conv(1, [4, 2], { ...affine, padding: 'CIRCULAR' }),
      Relu(),
    ),
    [5, 4, 2],
  ],
  [
    'gaps under the window',
    serial(
      Conv(1, [2, 3], { ...affine, dilation: [3, 2], padding: 'SAME' }),
      Relu(),
      Conv(1, [2, 2], { ...affine, dilation: [1, 2] }),
      Relu(),
    ),
    [6, 7, 2],
  ],
  [
    'transposed',
    serial(
      ConvTranspose(1, [3, 2], { ...affine, strides: [2, 1], padding: 'SAME' }),
      Relu(),
      Conv(1, [2, 2], affine),
      Relu(),
      ConvTranspose(1, [2, 2], { ...affine, strides: [1, 3] }),
      Erf(),
    ),
    [3, 4, 2],
  ],
  [
    'sequences',
    serial(Conv(1, [3], { ...affine, padding: 'SAME' }), Relu(), Conv(1, [4], affine), Relu()),
    [9, 4],
  ],
  [
    'volumes',
    serial(Conv(1, [2, 2, 2], { ...affine, padding: 'SAME' }), Relu(), Conv(1, [2, 1, 2], affine), Erf()),
    [3, 2, 4, 2],
  ],
  [
    'layers without activation between',
    serial(
      Conv(1, [3, 3], { ...affine, padding: 'SAME' }),
      Conv(1, [2, 2], affine),
      Dense(1, affine),
      Relu(),
    ),
    [4, 5, 2],
  ],
]

/** Networks of a run that branches, that normalizes, or in the standard parameterization. */
const same = { ...affine, padding: 'SAME' } as const
const residual = (main: Layer, shortcut: Layer): Layer =>
  serial(FanOut(2), parallel(main, shortcut), FanInSum())
const standard = { ...same, parameterization: 'standard', s: [1.7, 2] } as const
bodies.push(
  [
    'residual blocks',
    serial(
      Conv(1, [3, 3], same),
      residual(serial(Relu(), Conv(1, [3, 3], same), Relu(), Conv(1, [3, 3], same)), Identity()),
      residual(serial(Relu(), Conv(1, [2, 3], same)), Identity()),
      Relu(),
    ),
    [4, 5, 2],
  ],
  [
    'residual blocks that shrink',
    serial(
      Conv(1, [3, 3], same),
      residual(
        serial(
          Relu(),
          Conv(1, [3, 3], { ...same, strides: [2, 2] }),
          LayerNorm(),
          Relu(),
          Conv(1, [3, 3], same),
        ),
        Conv(1, [1, 1], { ...same, strides: [2, 2] }),
      ),
      serial(FanOut(3), parallel(Conv(1, [3, 2], same), serial(Erf(), Dense(1, affine)), Relu()), FanInSum()),
      Conv(1, [2, 2], affine),
      Relu(),
    ),
    [6, 7, 2],
  ],
  [
    'a block in a block, from the data on',
    serial(
      Conv(1, [3, 3], { ...same, padding: 'CIRCULAR' }),
      residual(
        serial(residual(serial(Abs(), Conv(1, [2, 2], same)), Identity()), Relu(), Conv(1, [3, 3], same)),
        serial(Relu(), Dense(1, affine)),
      ),
      Relu(),
    ),
    [5, 4, 1],
  ],
  [
    'layer norms',
    serial(
      Conv(1, [3, 3], same),
      LayerNorm(),
      Relu(),
      Conv(1, [3, 2], same),
      LayerNorm({ axis: [1, 3] }),
      Erf(),
      Conv(1, [2, 2], same),
      LayerNorm({ axis: [1, 2, 3] }),
      LeakyRelu({ alpha: 0.2 }),
    ),
    [4, 5, 3],
  ],
  [
    'the standard parameterization',
    serial(
      Conv(3, [3, 3], standard),
      Relu(),
      Conv(5, [2, 3], { ...standard, bStd: null }),
      Dense(4, { ...affine, parameterization: 'standard' }),
      Erf(),
    ),
    [4, 5, 2],
  ],
)

/** Networks with layers that map positions onto each other. */
const attention = (options: Partial<Parameters<typeof GlobalSelfAttention>[0]> = {}): Layer =>
  GlobalSelfAttention({ out: 1, wKeyStd: 0.7, wQueryStd: 0.6, wValueStd: 1.3, bStd: 0.2, ...options })
bodies.push(
  [
    'attention',
    serial(Conv(1, [3, 3], same), Relu(), attention(), Relu(), Conv(1, [2, 3], same), Relu()),
    [4, 5, 2],
  ],
  [
    'attention that sees positions',
    serial(
      Conv(1, [3, 3], { ...same, strides: [2, 1] }),
      Erf(),
      attention({ posEmbType: 'CONCAT', posEmbDecayFn: 'exp(-d)', wPosEmbStd: 1.4, valPosEmb: true }),
      LayerNorm(),
      Relu(),
      attention({ posEmbType: 'SUM', mechanism: 'RELU', bStd: null }),
      Erf(),
    ),
    [5, 4, 2],
  ],
  [
    'branches with attention',
    serial(
      Conv(1, [3, 3], same),
      residual(serial(LayerNorm(), attention()), Identity()),
      residual(serial(LayerNorm(), Relu(), Dense(1, affine), Relu(), Dense(1, affine)), Identity()),
      residual(attention({ mechanism: 'IDENTITY', wKeyStd: 0.1 }), Conv(1, [1, 1], affine)),
      Relu(),
    ),
    [3, 4, 2],
  ],
  [
    'sequences with attention',
    serial(Conv(1, [3], same), LayerNorm(), attention({ mechanism: 'ABS' }), attention(), Relu()),
    [7, 3],
  ],
  [
    'pools',
    serial(
      Conv(1, [3, 3], same),
      Relu(),
      AvgPool([2, 2], { strides: [2, 2] }),
      Conv(1, [3, 3], same),
      Erf(),
      SumPool([3, 2], { padding: 'SAME' }),
      AvgPool([2, 3], { padding: 'SAME', normalizeEdges: true }),
    ),
    [6, 7, 2],
  ],
  [
    'pools in branches, on a torus',
    serial(
      Conv(1, [3, 3], { ...same, padding: 'CIRCULAR' }),
      residual(
        serial(Relu(), AvgPool([2, 2], { strides: [2, 2], padding: 'CIRCULAR' }), Dense(1, affine)),
        Conv(1, [2, 2], { ...same, strides: [2, 2] }),
      ),
      Relu(),
    ),
    [4, 5, 2],
  ],
)

const ends: readonly (readonly [string, Layer])[] = [
  ['Flatten', Flatten()],
  ['GlobalAvgPool', GlobalAvgPool()],
  [
    'GlobalSumPool, and layers behind',
    serial(GlobalSumPool(), Dense(1, affine), Relu(), Dense(1, affine), Erf()),
  ],
]

afterEach(() => setThreads('auto'))

describe.each(bodies)('networks in space in one piece are those layer by layer: %s', (_, body, shape) => {
  test.each(ends)('%s', async (__, end) => {
    const net = serial(body, end, Dense(1, affine))
    const x = images(1, ...shape)
    const other = images(2, ...shape)
    expect(describeNet(net, x.shape).way).toBe('space')
    for (const x2 of [null, other]) {
      const whole = await kernelFn(net)(x, x2, { get: ['nngp', 'ntk', 'cov1', 'cov2'] })
      const plain = kernelOf(net, x, x2)
      const nested = (v: unknown): ReturnType<Tensor['toNested']> => (v as Tensor).toNested()
      closeByRoots(whole.nngp, plain.nngp as Tensor, 1e-12)
      closeByRoots(whole.ntk, plain.ntk as Tensor, 3e-8)
      close(whole.cov1, nested(plain.cov1), 1e-3)
      const tiles = await kernelFn(net)(x, x2, { tile: 3 })
      closeByRoots(tiles.nngp, whole.nngp, 1e-14)
      closeByRoots(tiles.ntk, whole.ntk, 3e-8)
    }
  })

  test('equal samples have the kernel of one with itself, to the bit', async () => {
    for (const [, end] of ends) {
      const net = serial(body, end, Dense(1, affine))
      const { nngp, ntk, cov1 } = await kernelFn(net)(images(1, ...shape), null, {
        get: ['nngp', 'ntk', 'cov1'],
      })
      for (const k of [nngp, ntk]) {
        const m = k.toNested() as number[][]
        for (const [i, j] of [
          [0, 3],
          [3, 0],
          [3, 3],
        ] as const)
          expect(m[i]?.[j]).toBe(m[0]?.[0])
      }
      const diagonal = (nngp.toNested() as number[][]).map((row, i) => row[i])
      expect(cov1.toNested()).toEqual(diagonal)
    }
  })
})

test('pooling ends a run or is in it, with Flatten behind it', async () => {
  const net = (end: Layer): Layer => serial(Conv(1, [3, 3], affine), Relu(), end, Flatten(), Dense(1, affine))
  const x = images(1, 6, 5, 2)
  for (const end of [
    AvgPool([4, 3]),
    SumPool([4, 3], { padding: 'SAME', strides: [4, 3] }),
    AvgPool([4, 2]),
    AvgPool([4, 3], { padding: 'SAME' }),
  ]) {
    expect(describeNet(net(end), x.shape).way).toBe('space')
    const { nngp, ntk } = await kernelFn(net(end))(x)
    const plain = kernelOf(net(end), x)
    closeByRoots(nngp, plain.nngp as Tensor, 1e-12)
    closeByRoots(ntk, plain.ntk as Tensor, 3e-8)
  }
})

test('branches whose covariance with each other counts go layer by layer', async () => {
  const x = images(1, 4, 5, 2)
  for (const [main, shortcut] of [
    [Relu(), Identity()],
    [serial(Conv(1, [3, 3], same), Relu()), Relu()],
    [serial(Conv(1, [3, 3], same), Relu()), serial(Dense(1, affine), Erf())],
  ] as const) {
    const net = serial(Conv(1, [3, 3], same), residual(main, shortcut), Flatten(), Dense(1))
    expect(describeNet(net, x.shape).way).toBe('layers')
    const { ntk } = await kernelFn(net)(x)
    closeByRoots(ntk, kernelOf(net, x).ntk as Tensor, 3e-8)
  }
})

test('threads share the pairs and change no bit', async () => {
  const x = normal(key(3), [3, 20, 18, 2])
  const layers = [1, 2].flatMap(() => [Conv(1, [3, 3], { ...affine, padding: 'SAME' }), Relu()])
  for (const end of [Flatten(), GlobalAvgPool()]) {
    const net = serial(...layers, end, Dense(1))
    // Pairs enough that equal positions are worth splitting too.
    const many = end.kernel[0]?.kind === 'flatten' ? normal(key(4), [40, 20, 18, 2]) : x
    setThreads(1)
    const alone = await kernelFn(net)(many)
    setThreads(3)
    const together = await kernelFn(net)(many)
    expect(threadReport().threads).toBe(3)
    expect(together.nngp.toNested()).toEqual(alone.nngp.toNested())
    expect(together.ntk.toNested()).toEqual(alone.ntk.toNested())
  }
})

/** Errors in units of the root of the product of the diagonal terms; near kinks the NTK turns a last bit of K into its root. */
function closeByRoots(got: Tensor, want: Tensor, tol: number): void {
  expect(got.shape).toEqual(want.shape)
  const [a, b] = [got.dataSync(), want.dataSync()]
  const size = Math.max(...Array.from(b, Math.abs))
  const [rows, cols] = got.shape as readonly [number, number]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const [x, y] = [a[i * cols + j] as number, b[i * cols + j] as number]
      const unit = Math.min(size, Math.max(Math.abs(y), 1))
      if (!(Math.abs(x - y) <= tol * unit)) expect.fail(`(${i}, ${j}): ${x} is not ${y} to ${tol}`)
    }
  }
}

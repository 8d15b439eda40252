/** What `kernelFn`, `kernelOf` and `describe` take beside data, of networks of several inputs and values: held against single inputs. */
import { type Kernel, kernelFn, kernelOf, type Tree, describe as tell } from '@ntk/kernels-analytic'
import { add, key, normal, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  Aggregate,
  type AnyLayer,
  Conv,
  Dense,
  Erf,
  FanInConcat,
  FanInProd,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  Identity,
  named,
  parallel,
  Relu,
  serial,
} from '../src/index.js'
import { close, messageOf } from './helpers.js'

const affine = { wStd: 1.3, bStd: 0.2 } as const
const sample = (seed: number, ...shape: readonly number[]): Tensor => normal(key(seed), shape)
const nested = (x: unknown): ReturnType<Tensor['toNested']> => (x as Tensor).toNested()

const first = serial(Dense(4, affine), Relu(), Dense(4, affine))
const second = serial(Dense(4, affine), Erf(), Dense(4, affine))
const third = serial(Dense(4, affine), Dense(4, affine))
const x = [sample(1, 5, 3), [sample(2, 5, 2), sample(3, 5, 4)]] as const
const y = [sample(4, 3, 3), [sample(5, 3, 2), sample(6, 3, 4)]] as const

describe('kernels behind layers with names', () => {
  const inner = serial(parallel(named('second', second), third), named('product', FanInProd()))
  const net = serial(
    parallel(named('first', first), serial(inner, Dense(4, affine))),
    named('sum', FanInSum()),
    Relu(),
    Dense(1),
  )

  test.each([null, y])('are those of the branches alone', async (x2) => {
    const of = (leaf: (tree: typeof x | typeof y) => Tensor, layer: AnyLayer): Kernel =>
      kernelOf(layer, leaf(x), x2 === null ? null : leaf(x2)) as Kernel
    const at = ['first', 'second', 'sum', 'product'] as const
    const got = await kernelFn(net)(x, x2, { at, get: ['nngp', 'ntk', 'cov1'], tile: 2 })
    const plain = kernelOf(net, x, x2, { at })
    const want1 = of(([a]) => a, first)
    const want2 = of(([, [b]]) => b, second)
    for (const k of ['nngp', 'ntk', 'cov1'] as const) {
      close(got.first[k], nested(want1[k]), 1e-13)
      close(got.second[k], nested(want2[k]), 1e-13)
      for (const name of at) close(got[name][k], nested(plain[name][k]), 1e-13)
    }
    const one = await kernelFn(net)(x, x2, { at: 'product', get: 'nngp' })
    const want3 = of(([, [, c]]) => c, third)
    const product = Array.from(
      (want2.nngp as Tensor).dataSync(),
      (k, i) => k * ((want3.nngp as Tensor).dataSync()[i] ?? 0),
    )
    Array.from(one.dataSync()).forEach((k, i) => expect(k).toBeCloseTo(product[i] ?? 0, 12))
  })

  test('of values that come out as a tree, and of one input', async () => {
    const heads = serial(
      Dense(4, affine),
      FanOut(2),
      parallel(named('head', first), serial(FanOut(2), parallel(named('deep', second), Identity()))),
    )
    const got = await kernelFn(heads)(x[0], null, { at: ['deep', 'head'], get: 'ntk' })
    const want = (layer: AnyLayer): unknown =>
      (kernelOf(serial(Dense(4, affine), layer as typeof first), x[0]) as Kernel).ntk
    close(got.deep, nested(want(second)), 1e-13)
    close(got.head, nested(want(first)), 1e-13)
  })

  test('an unknown one is refused with the nearest', async () => {
    await expect(kernelFn(net)(x, null, { at: 'frist' })).rejects.toThrow(
      /"frist", which no layer has.*"first"/,
    )
  })
})

test('lists in lists on the way from one input to one value', async () => {
  const twice = serial(
    FanOut(2),
    parallel(serial(FanOut(2), parallel(first, second)), serial(FanOut(2), parallel(third, first))),
    parallel(FanInSum(), FanInSum()),
    FanInSum(),
    Relu(),
    Dense(1, affine),
  )
  const flat = serial(FanOut(4), parallel(first, second, third, first), FanInSum(), Relu(), Dense(1, affine))
  const got = (await kernelFn(twice as unknown as typeof flat)(x[0], null, { tile: 2 })) as {
    nngp: Tensor
    ntk: Tensor
  }
  const want = kernelOf(flat, x[0])
  close(got.nngp, nested(want.nngp), 1e-13)
  close(got.ntk, nested(want.ntk), 1e-13)
})

describe('axes of their own', () => {
  const channelsFirst = { channelAxis: 1, batchAxis: 0 } as const
  const branch = (options: object, dimensionNumbers?: readonly [string, string, string]) =>
    serial(
      Conv(4, [3], {
        ...affine,
        padding: 'SAME',
        ...(dimensionNumbers === undefined ? {} : { dimensionNumbers }),
      }),
      Relu(),
      GlobalAvgPool(options),
      Dense(4, affine),
    )
  const images = sample(7, 5, 6, 2)
  const other = sample(8, 3, 6, 2)

  test.each([null, [sample(9, 3, 3), other] as const])(
    'of each input are those that its first layers ask for',
    async (x2) => {
      const join = [FanInSum(), Relu(), Dense(1, affine)] as const
      const want = kernelOf(serial(parallel(first, branch({})), ...join), [x[0], images], x2) as Kernel
      const net = serial(parallel(first, branch(channelsFirst, ['NCH', 'HIO', 'NCH'])), ...join)
      const turned = (t: Tensor): Tensor => transpose(t, [0, 2, 1])
      const given2 = x2 === null ? null : ([x2[0], turned(x2[1])] as const)
      const got = (await kernelFn(net)([x[0], turned(images)], given2, { tile: 2 })) as {
        nngp: Tensor
        ntk: Tensor
      }
      close(got.nngp, nested(want.nngp), 1e-13)
      close(got.ntk, nested(want.ntk), 1e-13)
      const plain = kernelOf(net, [x[0], turned(images)], given2) as Kernel
      close(plain.ntk as Tensor, nested(want.ntk), 1e-13)
      expect(
        tell(
          net,
          [
            [-1, 3],
            [-1, 2, 6],
          ],
          { n1: 5 },
        ).operations,
      ).toBe(
        tell(
          serial(parallel(first, branch({})), ...join),
          [
            [-1, 3],
            [-1, 6, 2],
          ],
          { n1: 5 },
        ).operations,
      )
    },
  )

  test('samples elsewhere are counted there, and values keep their axes', async () => {
    const last = { batchAxis: 1, channelAxis: 0 } as const
    const net = parallel(Dense(4, { ...affine, ...last }), Dense(4, affine))
    const got = await kernelFn(net)([transpose(x[0]), x[0]], null, { get: 'nngp' })
    const [a, b] = got as readonly [Tensor, Tensor]
    close(a, nested(b), 1e-14)
    const [turned, plain] = kernelOf(net, [transpose(x[0]), x[0]]) as readonly [Kernel, Kernel]
    expect([turned.batchAxis, turned.channelAxis, turned.shape1]).toEqual([1, 0, [4, 5]])
    expect([plain.batchAxis, plain.shape1]).toEqual([0, [5, 4]])
    await expect(kernelFn(net)([x[0], x[0]])).rejects.toThrow(
      /as many samples.*5 in x1\[1\], where the first has 3/,
    )
  })

  test('branches that do not agree are refused by name', async () => {
    const net = serial(parallel(Dense(1, { batchAxis: 1, channelAxis: 0 }), Dense(1)), FanInSum())
    await expect(kernelFn(net)([x[0], x[0]])).rejects.toThrow(/FanInSum takes values with samples on axis 1/)
    expect(messageOf(() => kernelOf(net, [x[0], x[0]]))).toMatch(/^axis: FanInSum/)
  })
})

test('one graph is that of all inputs', async () => {
  const nodes = 4
  const along = (layer: AnyLayer): AnyLayer => serial(Aggregate(), layer as typeof first)
  const [a, b] = [sample(10, 3, nodes, 2), sample(11, 3, nodes, 3)]
  const [c, d] = [sample(12, 2, nodes, 2), sample(13, 2, nodes, 3)]
  const pattern1 = sample(14, 3, nodes, nodes)
  const pattern2 = sample(15, 2, nodes, nodes)
  const net = serial(parallel(along(first) as typeof first, along(second) as typeof first), FanInSum())
  const one = (layer: AnyLayer, x1: Tensor, x2: Tensor | null): Tensor =>
    (
      kernelOf(
        along(layer) as typeof first,
        x1,
        x2,
        x2 === null ? { pattern1 } : { pattern1, pattern2 },
      ) as Kernel
    ).ntk as Tensor
  for (const [x1, x2, patterns] of [
    [[a, b], null, { pattern1 }],
    [[a, b], [c, d], { pattern1, pattern2 }],
  ] as const) {
    const want = add(one(first, x1[0], x2?.[0] ?? null), one(second, x1[1], x2?.[1] ?? null))
    for (const tile of [undefined, 2]) {
      const got = (await kernelFn(net)(x1, x2, { get: 'ntk', tile, ...patterns })) as Tensor
      close(got, want.toNested(), 1e-12)
    }
    close((kernelOf(net, x1, x2, patterns) as Kernel).ntk as Tensor, want.toNested(), 1e-12)
  }
  await expect(kernelFn(net)([a, b], null, { pattern2: pattern1 })).rejects.toThrow(
    /pattern1 is the pattern of both/,
  )
})

describe('what a network of several inputs takes is told', () => {
  const image = serial(Conv(8, [3, 3], { padding: 'SAME' }), Relu(), GlobalAvgPool(), Dense(4))
  const joined = serial(
    parallel(image, serial(parallel(first, second), FanInConcat())),
    FanInConcat(),
    Dense(1),
  )
  const shapes = [
    [-1, 8, 8, 1],
    [
      [-1, 3],
      [-1, 5],
    ],
  ] as const
  const inputs = (n: number, seed: number): Tree<Tensor> => [
    sample(seed, n, 8, 8, 1),
    [sample(seed + 1, n, 3), sample(seed + 2, n, 5)],
  ]

  test('layer by layer, with branches of branches', () => {
    const { layers, way, resultBytes } = tell(joined, shapes, { n1: 10, get: 'ntk' })
    expect(layers.slice(0, 3).map(({ name, depth, shapes: out }) => [name, depth, out])).toEqual([
      [
        'parallel',
        0,
        [
          [-1, 4],
          [-1, 8],
        ],
      ],
      ['Conv', 1, [[-1, 8, 8, 8]]],
      ['Relu', 1, [[-1, 8, 8, 8]]],
    ])
    expect(layers.filter(({ depth }) => depth === 2).map(({ name }) => name)).toEqual([
      'Dense',
      'Relu',
      'Dense',
      'Dense',
      'Erf',
      'Dense',
    ])
    expect(layers.find(({ name }) => name === 'Conv')?.elements).toBe(64 ** 2)
    expect(layers[0]?.operations).toBe(
      layers.filter(({ depth }) => depth === 1).reduce((sum, { operations }) => sum + operations, 0),
    )
    expect([way, resultBytes]).toEqual(['layers', 800])
  })

  test.each([
    [9, null, 2],
    [9, 7, 3],
    [12, null, undefined],
  ] as const)(
    'the walk over %s and %s samples has the tiles and pairs that are told',
    async (n1, n2, tile) => {
      const told = tell(joined, shapes, { n1, n2, tile, get: 'ntk' })
      let [tiles, pairs] = [0, 0]
      await kernelFn(joined)(inputs(n1, 20), n2 === null ? null : inputs(n2, 30), {
        get: 'ntk',
        tile,
        onProgress: ({ total }) => {
          tiles += 1
          pairs = total
        },
      })
      expect([told.tiles, told.computedPairs]).toEqual([tiles, pairs])
    },
  )

  test('of values that are a tree, and of named layers', () => {
    const two = parallel(image, serial(parallel(named('f', first), second)))
    expect(tell(two, shapes, { n1: 10, get: 'nngp' }).resultBytes).toBe(3 * 800)
    expect(tell(two, shapes, { n1: 10, get: 'nngp', at: 'f' }).resultBytes).toBe(800)
    const inSpace = parallel(Conv(2, [3], { padding: 'SAME' }), Dense(1))
    expect(
      tell(
        inSpace,
        [
          [-1, 6, 1],
          [-1, 2],
        ],
        { n1: 1, get: 'ntk' },
      ).resultBytes,
    ).toBe(8 * 37)
  })

  test('inputs that do not fit are refused by name', () => {
    expect(
      messageOf(() =>
        tell(joined, [
          [-1, 8, 8, 1],
          [-1, 3],
        ]),
      ),
    ).toMatch(/^requirement: parallel of 2 branches needs 2 values/)
    expect(messageOf(() => tell(joined, [-1, 3] as never))).toMatch(/parallel of 2 branches needs 2 values/)
    expect(
      messageOf(() =>
        tell(joined, [
          [-1, 8, 8, 1],
          [[-1, 3], [-1]],
        ]),
      ),
    ).toMatch(/^shape: .*known sizes/)
  })

  test('what does not fit in memory is refused before it is made', async () => {
    const big = [sample(1, 2, 256, 256, 1), [sample(2, 2, 3), sample(3, 2, 5)]] as const
    await expect(kernelFn(joined)(big)).rejects.toThrow(/does not fit in memory[\s\S]*Not even one pair/)
    const many = kernelFn(parallel(Dense(1), Dense(1)))([sample(1, 300_000, 1), sample(2, 300_000, 1)])
    await expect(many).rejects.toThrow(
      /does not fit in memory.*2\.\d TB.*a sink on disk.*at most \d+ samples/,
    )
  })

  test('Flatten needs equal positions alone, of all inputs', () => {
    const flat = serial(
      parallel(serial(Conv(4, [3]), Flatten(), Dense(1)), serial(Flatten(), Dense(1))),
      FanInSum(),
    )
    const { layers } = tell(flat, [
      [-1, 8, 1],
      [-1, 4, 4, 2],
    ])
    expect(layers[1]?.elements).toBe(6)
  })
})

test('a tensor alone where a network takes several is refused', () => {
  const net = serial(parallel(Dense(1), Dense(1)), FanInSum())
  expect(messageOf(() => kernelOf(net, tensor([[1, 2]])))).toMatch(/parallel of 2 branches needs 2 values/)
})

/** Samples, channels and positions on any axes: held against the reference, and against the same network with axes in the usual order. */
import { readFileSync } from 'node:fs'
import { describe as describeNet, type KernelStep, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { abs, cast, key, max, type Nested, normal, sub, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  Aggregate,
  AvgPool,
  Conv,
  ConvLocal,
  type ConvOptions,
  ConvTranspose,
  Dense,
  Erf,
  Flatten,
  fromSpec,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  ImageResize,
  Index,
  type Layer,
  LayerNorm,
  layerNames,
  Relu,
  Slice,
  type Spec,
  SumPool,
  serial,
} from '../src/index.js'
import { close, messageOf } from './helpers.js'

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested | null
  readonly nngp: Nested
  readonly ntk: Nested
  readonly cov1: Nested
  readonly cov2?: Nested
}

const cases = JSON.parse(
  readFileSync(new URL('./reference/axes.json', import.meta.url), 'utf8'),
) as readonly Case[]

const hasKernel = (steps: readonly KernelStep[]): boolean =>
  steps.every((step) =>
    step.kind === 'parallel' ? step.branches.every(hasKernel) : step.kind !== 'finiteOnly',
  )

const complete = cases.filter(
  ({ spec }) => messageOf(() => fromSpec(spec)) === 'nothing was thrown' && hasKernel(fromSpec(spec).kernel),
)

const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const

test('no case of the reference is left out but DotGeneral', () => {
  const left = cases.filter((c) => !complete.includes(c)).map(({ name }) => name)
  expect(left).toEqual(layerNames().includes('DotGeneral') ? [] : ['NCH dot general'])
})

describe.each(complete)('$name agrees with the reference', (c) => {
  const net: Layer = fromSpec(c.spec)
  const x1 = tensor(c.x1)
  const x2 = c.x2 === null ? null : tensor(c.x2)

  test('by kernelFn, whole and in tiles of 2', async () => {
    for (const tile of [undefined, 2]) {
      const { nngp, ntk, cov1, cov2 } = await kernelFn(net)(x1, x2, { get, tile })
      close(nngp, c.nngp, 1e-10)
      close(ntk, c.ntk, 1e-10)
      close(cov1, c.cov1, 1e-10)
      close(cov2, c.cov2 ?? c.cov1, 1e-10)
    }
  })

  test('by kernelOf', () => {
    const { nngp, ntk } = kernelOf(net, x1, x2)
    close(nngp as Tensor, c.nngp, 1e-10)
    close(ntk as Tensor, c.ntk, 1e-10)
  })

  test('in float32', async () => {
    const single = (x: Tensor): Tensor => cast(x, 'float32')
    const { nngp, ntk } = await kernelFn(net)(single(x1), x2 === null ? null : single(x2))
    close(nngp, c.nngp, 2e-5)
    close(ntk, c.ntk, 2e-5)
  })

  test('at finite width, by the shape that init promises', () => {
    const { params, outputShape } = net.init(key(0), x1.shape)
    expect(net.apply(params, x1).shape).toEqual(outputShape)
  })
})

describe('a network with its axes elsewhere', () => {
  const affine = { wStd: 1.3, bStd: 0.2 } as const
  const at = { batchAxis: 3, channelAxis: 1 } // [h, c, w, n]
  const numbers = { dimensionNumbers: ['HCWN', 'OHIW', 'HCWN'] } as const satisfies ConvOptions
  /** [h, c, w, n] of [n, h, w, c], and weights [o, h, i, w] of [h, w, i, o]. */
  const moved = (x: Tensor): Tensor => transpose(x, [1, 3, 2, 0])
  const weights = (w: Tensor): Tensor => transpose(w, [3, 0, 2, 1])
  const x = normal(key(1), [2, 4, 3, 5])
  const window = { strides: [1, 2], padding: 'SAME' } as const

  const layers: readonly (readonly [string, Layer, Layer, 'conv' | 'local' | null])[] = [
    ['Dense', Dense(4, affine), Dense(4, { ...affine, ...at }), null],
    [
      'Conv',
      Conv(4, [3, 2], { ...affine, ...window }),
      Conv(4, [3, 2], { ...affine, ...window, ...numbers }),
      'conv',
    ],
    [
      'ConvTranspose',
      ConvTranspose(4, [3, 2], { ...affine, ...window }),
      ConvTranspose(4, [3, 2], { ...affine, ...window, ...numbers }),
      'conv',
    ],
    [
      'ConvLocal',
      ConvLocal(4, [3, 2], { ...affine, ...window }),
      ConvLocal(4, [3, 2], { ...affine, ...window, ...numbers }),
      'local',
    ],
    ['AvgPool', AvgPool([2, 2], window), AvgPool([2, 2], { ...window, ...at }), null],
    ['SumPool', SumPool([2, 2], window), SumPool([2, 2], { ...window, ...at }), null],
    ['LayerNorm', LayerNorm({ axis: [2, 3] }), LayerNorm({ axis: [2, 1], ...at }), null],
    [
      'LayerNorm over negative axes',
      LayerNorm({ axis: [1, 2, 3] }),
      LayerNorm({ axis: [-2, -3, -4], ...at, batchAxis: -1 }),
      null,
    ],
    [
      'GlobalSelfAttention',
      GlobalSelfAttention({ out: 4, posEmbType: 'SUM' }),
      GlobalSelfAttention({ out: 4, posEmbType: 'SUM', ...at }),
      null,
    ],
    [
      'ImageResize',
      ImageResize([-1, 2, 5, -1], { method: 'cubic' }),
      ImageResize([2, -1, 5, -1], { method: 'cubic', ...at }),
      null,
    ],
    [
      'Slice',
      Slice([[null], [1, 3], [null, null, 2], [null]]),
      Slice([[1, 3], [null], [null, null, 2], [null]], at),
      null,
    ],
  ]

  test.each(layers)('is the same with the usual ones: %s', (_, usual, other, kind) => {
    const { params, outputShape } = usual.init(key(2), x.shape)
    const own = other.init(key(2), moved(x).shape)
    expect(own.outputShape).toEqual([1, 3, 2, 0].map((axis) => outputShape[axis]))
    const given =
      kind === 'conv' ? { ...(params as object), w: weights((params as { w: Tensor }).w) } : params
    const [y, z] = [usual.apply(params, x), other.apply(given, moved(x))]
    expect(max(abs(sub(z, moved(y)))).item()).toBeLessThan(1e-13)
    const drawn = other.apply(own.params, moved(x))
    expect(max(abs(sub(drawn, z))).item()).toBe(0)
    expect(fromSpec(JSON.parse(JSON.stringify(other.spec)) as Spec).spec).toEqual(other.spec)
    const masked = other.apply(given, moved(x), { maskConstant: 100 })
    expect(max(abs(sub(masked, z))).item()).toBeLessThan(1e-13)
  })

  test('has kernels of single positions, whose axes go', async () => {
    const first = { ...affine, dimensionNumbers: ['NCHW', 'HWIO', 'NCHW'] } as const satisfies ConvOptions
    const conv = Conv(4, [2, 2], first)
    const row = Index(['...', 1, [null]], { channelAxis: 1 })
    const own = serial(
      conv,
      Relu(),
      row,
      Dense(3, { ...affine, channelAxis: 1 }),
      GlobalAvgPool({ channelAxis: 1 }),
    )
    const usual = serial(
      Conv(4, [2, 2], affine),
      Relu(),
      Index([[null], 1]),
      Dense(3, affine),
      GlobalAvgPool(),
    )
    const nchw = transpose(x, [0, 3, 1, 2])
    const { params, outputShape } = usual.init(key(6), x.shape)
    expect(own.init(key(6), nchw.shape).outputShape).toEqual(outputShape)
    close(own.apply(params, nchw), usual.apply(params, x).toNested(), 1e-14)
    const want = kernelOf(usual, x)
    close(kernelOf(own, nchw).ntk as Tensor, (want.ntk as Tensor).toNested(), 1e-14)
    close(await kernelFn(own)(nchw, null, { get: 'ntk' }), (want.ntk as Tensor).toNested(), 1e-13)
    const { shape1, batchAxis, channelAxis, nngp } = kernelOf(serial(conv, row), nchw)
    expect([shape1, batchAxis, channelAxis, nngp.shape]).toEqual([[2, 4, 2], 0, 1, [2, 2, 2, 2]])
    // Both positions, and samples behind channels: [h, c, w, n] to [c, n].
    const corner = kernelOf(Index([2, [null], 0], at), moved(x))
    expect([corner.shape1, corner.batchAxis, corner.channelAxis]).toEqual([[5, 2], 1, 0])
    const plain = kernelOf(Index([[null], 2, 0]), x).nngp as Tensor
    expect((corner.nngp as Tensor).toNested()).toEqual(plain.toNested())
  })

  test('picks samples on their own axis', async () => {
    const [own, usual] = [Index([[null], [null], [null], [1, null]], at), Index([[1, null]])]
    const want = await kernelFn(serial(usual, Dense(2)))(x)
    close((await kernelFn(serial(own, Dense(2, at)))(moved(x))).ntk, want.ntk.toNested(), 1e-14)
  })

  test('pools and flattens to samples and channels in their order, or as it says', () => {
    const average = GlobalAvgPool().apply(null, x)
    expect(max(abs(sub(transpose(GlobalAvgPool(at).apply(null, moved(x))), average))).item()).toBeLessThan(
      1e-15,
    )
    const sum = GlobalSumPool({ batchAxis: 0, channelAxis: 1 })
    expect(sum.apply(null, transpose(x, [0, 3, 1, 2])).shape).toEqual([2, 5])
    expect(sum.init(key(0), [-1, 5, 4, 3]).outputShape).toEqual([-1, 5])
    const flat = Flatten({ batchAxis: -1, batchAxisOut: 1 })
    expect(flat.init(key(0), [4, 5, 3, -1]).outputShape).toEqual([60, -1])
    const numbers = flat.apply(null, moved(x)).toNested() as number[][]
    const want = (moved(x).toNested() as number[][][][]).flat(2)
    expect(numbers).toEqual(want)
  })

  const net = serial(
    Conv(4, [2, 2], { ...affine, dimensionNumbers: ['CHWN', 'HWIO', 'NCHW'] }),
    Relu(),
    Dense(3, { ...affine, batchAxis: 0, channelAxis: 1 }),
    Erf(),
    Flatten(),
    Dense(2, affine),
  )

  test('has the kernel of the usual one, and says how its values stand', async () => {
    const plain = serial(
      Conv(4, [2, 2], affine),
      Relu(),
      Dense(3, affine),
      Erf(),
      Flatten(),
      Dense(2, affine),
    )
    const want = kernelOf(plain, x)
    const chwn = transpose(x, [3, 1, 2, 0])
    const got = kernelOf(net, chwn)
    close(got.nngp as Tensor, (want.nngp as Tensor).toNested(), 1e-14)
    close(got.ntk as Tensor, (want.ntk as Tensor).toNested(), 1e-14)
    const space = kernelOf(
      serial(...[net.spec].flatMap(() => [Conv(4, [2, 2], { dimensionNumbers: ['CHWN', 'HWIO', 'CNWH'] })])),
      chwn,
    )
    expect([space.shape1, space.batchAxis, space.channelAxis]).toEqual([[4, 2, 2, 3], 1, 0])
    expect(space.nngp.shape).toEqual([2, 2, 2, 2, 3, 3])
    const rows = describeNet(net, [5, 4, 3, -1]).layers
    expect(rows.at(-1)?.shapes).toEqual([[-1, 2]])
    const { ntk } = await kernelFn(net)(chwn, transpose(normal(key(5), [3, 4, 3, 5]), [3, 1, 2, 0]))
    expect(ntk.shape).toEqual([2, 3])
  })

  test.each([
    [
      'a layer after another with other axes',
      serial(Conv(2, [2, 2], { dimensionNumbers: ['NCHW', 'HWIO', 'NCHW'] }), Dense(2)),
      /^axis: Dense takes values with samples on axis 0, channels on axis 3 of 4.*Got values with samples on axis 0, channels on axis 1/,
    ],
    [
      'pools of other channels',
      serial(Dense(2, { channelAxis: 1 }), GlobalAvgPool()),
      /^axis: GlobalAvgPool takes/,
    ],
    [
      'flattened samples',
      serial(Dense(2, { batchAxis: 1, channelAxis: 0 }), Flatten()),
      /^axis: Flatten takes/,
    ],
    [
      'an axis for two',
      serial(Dense(2, { batchAxis: 1, channelAxis: -3 })),
      /^axis: Dense needs two different axes.*batchAxis 1 and channelAxis -3/,
    ],
    [
      'an axis that is not there',
      serial(Dense(2, { channelAxis: 7 })),
      /^axis: Dense needs two different axes/,
    ],
    [
      'a size of channels',
      serial(ImageResize([-1, 3, 2, -1], { channelAxis: 1 })),
      /^shape: ImageResize to .* resizes positions only/,
    ],
    [
      'channels picked',
      serial(Index([[null], [1, 2]], { channelAxis: 1 })),
      /^requirement: The kernel of Index takes all channels/,
    ],
    [
      'nodes on the axis of channels',
      serial(Aggregate({ aggregateAxis: 1, channelAxis: 1 })),
      /^axis: Aggregate sums over positions/,
    ],
    [
      'samples normalized',
      serial(Dense(2, { channelAxis: 1 }), LayerNorm({ axis: [0, 1], channelAxis: 1 })),
      /batch axis/,
    ],
  ] as readonly (readonly [string, Layer, RegExp])[])('is refused by name: %s', async (_, wrong, message) => {
    expect(messageOf(() => kernelOf(wrong, x))).toMatch(message)
    const error: unknown = await kernelFn(wrong)(x).catch((e: unknown) => e)
    expect(`${(error as { code: string }).code}: ${(error as Error).message}`).toMatch(message)
  })

  test.each([
    [['NHWC', 'HWIO']],
    [['NHWC', 'HWIO', 'NHW']],
    [['NHWC', 'HWII', 'NHWC']],
    [['NHWC', 'HDIO', 'NHWC']],
    [['NHCC', 'HWIO', 'NHWC']],
    [['NHC', 'HIO', 'NHC']],
  ])('dimension numbers %j of two axes are refused', (dimensionNumbers) => {
    expect(messageOf(() => Conv(2, [2, 2], { dimensionNumbers } as unknown as ConvOptions))).toMatch(
      /^spec: .*dimensionNumbers/,
    )
  })
})

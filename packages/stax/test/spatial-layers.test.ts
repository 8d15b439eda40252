import { readFileSync } from 'node:fs'
import {
  abs,
  add,
  broadcastTo,
  key,
  max,
  mean,
  mul,
  type Nested,
  NtkError,
  normal,
  reshape,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tensor,
  variance,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  AvgPool,
  BatchNorm,
  Conv,
  ConvLocal,
  ConvTranspose,
  Dense,
  Dropout,
  FanInConcat,
  FanInProd,
  FanOut,
  Flatten,
  fromSpec,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  Identity,
  type Layer,
  LayerNorm,
  leNet,
  MaxPool,
  myrtle,
  type Params,
  parallel,
  Relu,
  type Spec,
  SumPool,
  serial,
  wideResNet,
} from '../src/index.js'

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly params: readonly Nested[]
  readonly x1: Nested
  readonly x2: Nested
  readonly f1: Nested
  readonly f2: Nested
}
const cases = JSON.parse(
  readFileSync(new URL('./reference/finite-spatial.json', import.meta.url), 'utf8'),
) as Case[]

const worst = (a: Tensor, b: Tensor): number => max(abs(sub(a, b))).item()
type W = { readonly w: Tensor; readonly b?: Tensor }

/** A tree like `template` with its tensors taken from a flat list, in order. */
function fill(template: Params<Tensor>, leaves: Tensor[]): Params<Tensor> {
  if (template === null) return null
  if (Array.isArray(template)) return template.map((t: Params<Tensor>) => fill(t, leaves))
  if ('dtype' in template) return reshape(leaves.shift() as Tensor, (template as Tensor).shape)
  return Object.fromEntries(
    Object.entries(template).map(([name, t]) => [name, fill(t as Params<Tensor>, leaves)]),
  )
}

describe('spatial layers', () => {
  it.each(cases.map((c) => [c.name, c] as const))(
    'agree with neural-tangents on given parameters: %s',
    (_, c) => {
      const net = fromSpec(c.spec)
      const [x1, x2] = [tensor(c.x1), tensor(c.x2)]
      const params = fill(
        net.init(key(0), x1.shape).params,
        c.params.map((p) => tensor(p)),
      )
      expect(worst(net.apply(params, x1), tensor(c.f1))).toBeLessThan(1e-12)
      expect(worst(net.apply(params, x2), tensor(c.f2))).toBeLessThan(1e-12)
    },
  )

  const strides = { strides: [2, 1], padding: 'SAME' } as const
  const layers: readonly [string, Layer][] = [
    ['Conv', Conv(4, [3, 2], { bStd: 0.1 })],
    ['Conv SAME strided', Conv(4, [3, 2], strides)],
    ['Conv CIRCULAR', Conv(4, [3, 3], { padding: 'CIRCULAR', strides: [1, 2] })],
    ['Conv standard', Conv(4, [3, 3], { parameterization: 'standard', s: [1, 2], bStd: 0.3 })],
    ['ConvLocal', ConvLocal(4, [3, 2], { ...strides, bStd: 0.1 })],
    ['ConvTranspose VALID', ConvTranspose(4, [3, 2], { strides: [2, 3], bStd: 0.1 })],
    ['ConvTranspose SAME', ConvTranspose(4, [3, 2], { strides: [2, 3], padding: 'SAME' })],
    ['ConvTranspose CIRCULAR', ConvTranspose(4, [3, 3], { strides: [2, 1], padding: 'CIRCULAR' })],
    ['AvgPool', AvgPool([2, 2], { strides: [2, 2], padding: 'SAME', normalizeEdges: true })],
    ['SumPool', SumPool([2, 3])],
    ['MaxPool', MaxPool([3, 3], { strides: [2, 2], padding: 'CIRCULAR' })],
    ['GlobalAvgPool', GlobalAvgPool()],
    ['GlobalSumPool', GlobalSumPool()],
    ['LayerNorm', LayerNorm({ axis: [1, 2, 3] })],
    ['BatchNorm', BatchNorm()],
    ['Dropout', Dropout(0.5)],
    ['GlobalSelfAttention', GlobalSelfAttention({ out: 4, nHeads: 2, nChanKey: 3, nChanVal: 5, bStd: 0.1 })],
    [
      'GlobalSelfAttention identity',
      GlobalSelfAttention({ out: 4, linearScaling: false, mechanism: 'IDENTITY' }),
    ],
    ['FanInProd', serial(FanOut(2), parallel(Identity(), Relu()), FanInProd())],
    ['FanInConcat', serial(FanOut(2), parallel(Identity(), Conv(4, [1, 1])), FanInConcat())],
    ['LeNet', leNet({ factor: 0.3 })],
    ['wide ResNet', wideResNet({ channels: 3 })],
    ['Myrtle-5', myrtle(5, { channels: 3 })],
  ]

  it.each(layers)('%s gives the shape that init promises, and its spec builds it again', (name, layer) => {
    const size = /Net|Myrtle/.test(name) ? 32 : 7
    const x = normal(key(1), [2, size, size, 3])
    const { outputShape, params } = layer.init(key(2), [-1, size, size, 3])
    const y = layer.apply(params, x, { key: key(3) })
    expect(y.shape).toEqual([2, ...outputShape.slice(1)])
    const again = fromSpec(JSON.parse(JSON.stringify(layer.spec)) as Spec)
    expect(again.spec).toEqual(layer.spec)
    expect(worst(again.apply(params, x, { key: key(3) }), y)).toBe(0)
  })

  it('a convolution on a torus commutes with shifts', () => {
    const conv = Conv(3, [3, 3], { padding: 'CIRCULAR' })
    const x = normal(key(4), [1, 5, 5, 2])
    const { params } = conv.init(key(5), x.shape)
    const roll = (t: Tensor): Tensor => {
      const rows = (t.toNested() as Nested[][][])[0] as Nested[][]
      return tensor([[...rows.slice(2), ...rows.slice(0, 2)]])
    }
    expect(worst(conv.apply(params, roll(x)), roll(conv.apply(params, x)))).toBeLessThan(1e-14)
  })

  it.each(['VALID', 'SAME', 'CIRCULAR'] as const)(
    'ConvTranspose is the adjoint of Conv, padding %s',
    (padding) => {
      // strides that divide the sizes, so that no border is lost on the way
      const options = { strides: [2, 2], padding, parameterization: 'standard' } as const
      const size = padding === 'VALID' ? 7 : 6
      const x = normal(key(6), [2, size, size, 3])
      const conv = Conv(4, [3, 3], options)
      const { params } = conv.init(key(7), x.shape)
      const y = conv.apply(params, x)
      const ct = normal(key(8), y.shape)
      // the adjoint reads the window backwards, from outputs to inputs
      const w = (params as W).w.toNested() as number[][][][]
      const flipped = [...w]
        .reverse()
        .map((row) =>
          [...row].reverse().map((tap) => (tap[0] as number[]).map((_, o) => tap.map((c) => c[o] as number))),
        )
      const back = ConvTranspose(3, [3, 3], options).apply({ w: tensor(flipped) }, ct)
      expect(back.shape).toEqual(x.shape)
      expect(sum(mul(y, ct)).item()).toBeCloseTo(sum(mul(x, back)).item(), 10)
    },
  )

  it('ConvLocal with equal weights everywhere is Conv', () => {
    const x = normal(key(9), [2, 5, 6, 3])
    const options = { strides: [2, 1], padding: 'SAME', bStd: 0.2 } as const
    const conv = Conv(4, [3, 2], options)
    const { params, outputShape } = conv.init(key(10), x.shape)
    const { w, b } = params as Required<W>
    const spatial = outputShape.slice(1, -1)
    const spread = (t: Tensor): Tensor => broadcastTo(t, [...spatial, ...t.shape])
    const local = ConvLocal(4, [3, 2], options).apply({ w: spread(w), b: spread(b) }, x)
    expect(worst(local, conv.apply(params, x))).toBeLessThan(1e-13)
  })

  it('normalizations have mean 0 and variance 1 where they normalize', () => {
    const x = add(mul(normal(key(11), [4, 3, 3, 5]), 3), 2)
    const layer = LayerNorm().apply(null, x)
    expect(max(abs(mean(layer, { axis: -1 }))).item()).toBeLessThan(1e-14)
    expect(max(abs(sub(variance(layer, { axis: -1 }), 1))).item()).toBeLessThan(1e-10)
    const norm = BatchNorm({ epsilon: 0 })
    const batch = norm.apply(norm.init(key(0), x.shape).params, x)
    expect(max(abs(mean(batch, { axis: [0, 1, 2] }))).item()).toBeLessThan(1e-13)
    expect(max(abs(sub(variance(batch, { axis: [0, 1, 2] }), 1))).item()).toBeLessThan(1e-12)
  })

  it('pooling agrees with itself: averages are sums over sizes, edges count what is there', () => {
    const x = normal(key(12), [2, 4, 4, 3])
    expect(worst(AvgPool([2, 2]).apply(null, x), mul(SumPool([2, 2]).apply(null, x), 0.25))).toBeLessThan(
      1e-15,
    )
    expect(
      worst(AvgPool([4, 4]).apply(null, x), reshape(GlobalAvgPool().apply(null, x), [2, 1, 1, 3])),
    ).toBeLessThan(1e-15)
    const edge = AvgPool([3, 3], { padding: 'SAME', normalizeEdges: true }).apply(null, x)
    const corner = mean(slice(x, null, [0, 2], [0, 2]), { axis: [1, 2] })
    expect(worst(slice(edge, null, 0, 0), corner)).toBeLessThan(1e-15)
    expect(worst(MaxPool([4, 4]).apply(null, x), max(x, { axis: [1, 2], keepDims: true }))).toBe(0)
  })

  it('Dropout keeps the mean, drops the right share, is the identity in tests and asks for its key', () => {
    const x = add(mul(normal(key(13), [100, 50]), 0), 1)
    const y = Dropout(0.8).apply(null, x, { key: key(14) })
    expect(mean(y).item()).toBeCloseTo(1, 1)
    expect(new Set(Array.from(y.dataSync()))).toEqual(new Set([0, 1.25]))
    expect(Dropout(0.8, { mode: 'test' }).apply(null, x)).toBe(x)
    expect(() => Dropout(0.8).apply(null, x)).toThrow(/key/)
  })

  it('attention does not care for the order of positions', () => {
    const layer = GlobalSelfAttention({ out: 3, nHeads: 2 })
    const x = normal(key(15), [1, 4, 3])
    const { params } = layer.init(key(16), x.shape)
    const swap = (t: Tensor): Tensor => tensor([[...((t.toNested() as Nested[][])[0] as Nested[])].reverse()])
    expect(worst(layer.apply(params, swap(x)), swap(layer.apply(params, x)))).toBeLessThan(1e-13)
  })

  it('outputs of wide layers have the variance that wStd and bStd say', () => {
    const [forX, forNet] = split(key(17))
    const x = normal(forX, [1, 6, 6, 40])
    for (const parameterization of ['ntk', 'standard'] as const) {
      const conv = Conv(4000, [3, 3], { wStd: 1.5, bStd: 0.5, parameterization })
      const y = conv.apply(conv.init(forNet, x.shape).params, x)
      const patch = slice(x, 0, [0, 3], [0, 3])
      const expected = 1.5 ** 2 * mean(mul(patch, patch)).item() + 0.25
      expect(variance(slice(y, 0, 0, 0)).item() / expected).toBeCloseTo(1, 1)
    }
  })

  it('names what does not fit', () => {
    const code = (f: () => unknown): string => {
      try {
        f()
      } catch (error) {
        if (NtkError.isInstance(error)) return `${error.code}: ${error.message}`
      }
      return 'nothing thrown'
    }
    expect(code(() => Conv(4, [9, 9]).init(key(0), [-1, 5, 5, 3]))).toMatch(/^shape: .*does not fit/)
    expect(code(() => Conv(4, [3, 3]).init(key(0), [-1, 5]))).toMatch(/^shape: Conv needs an input shape/)
    expect(code(() => Conv(4, [3, 3], { strides: [1] }))).toMatch(/^spec: .*strides/)
    expect(code(() => fromSpec(['Conv', { out: 4, filter: [3, 3], pading: 'SAME' }]))).toMatch(/"padding"/)
    expect(code(() => fromSpec(['Dropout', { keep: 1.5 }]))).toMatch(/^spec: .*keep/)
    expect(code(() => LayerNorm({ axis: 0 }).apply(null, normal(key(0), [2, 3])))).toMatch(
      /^axis: .*BatchNorm/,
    )
    expect(
      code(() =>
        serial(Conv(2, [1, 1]), Flatten(), Dense(2)).apply(
          [{ w: normal(key(0), [1, 1, 3, 2]) }, null, null],
          normal(key(0), [1, 2, 2, 3]),
        ),
      ),
    ).toMatch(/^tree: Dense/)
    expect(code(() => MaxPool([2]).apply(null, normal(key(0), [2, 3, 3, 1])))).toMatch(/^shape: MaxPool/)
  })
})

import { type KernelNet, kernelFn, kernelOf, withRates } from '@ntk/kernels-analytic'
import { key, normal, type Tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  Conv,
  ConvLocal,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  Identity,
  type Layer,
  LayerNorm,
  parallel,
  Relu,
  serial,
} from '../src/index.js'

const std = { wStd: 1.3, bStd: 0.4 }
const vectors = normal(key(0), [5, 6])
const images = normal(key(1), [3, 4, 5, 2])
const conv = (): Layer => Conv(8, [3, 3], { padding: 'SAME', ...std })
const residual = (inner: Layer): Layer => serial(FanOut(2), parallel(Identity(), inner), FanInSum())

const nets: Readonly<Record<string, readonly [Layer, Tensor, number]>> = {
  'dense layers': [serial(Dense(8, std), Relu(), Dense(8, std), Erf(), Dense(1, std)), vectors, 3],
  'the standard parameterization': [
    serial(
      Dense(8, { ...std, parameterization: 'standard' }),
      Relu(),
      Dense(1, { ...std, parameterization: 'standard' }),
    ),
    vectors,
    2,
  ],
  'a residual block': [
    serial(Dense(8, std), residual(serial(Relu(), Dense(8, std))), LayerNorm(), Erf(), Dense(1, std)),
    vectors,
    3,
  ],
  'convolutions and Flatten': [serial(conv(), Relu(), conv(), Relu(), Flatten(), Dense(1, std)), images, 3],
  'convolutions and pooling': [
    serial(conv(), residual(serial(Relu(), conv(), Relu(), conv())), Relu(), GlobalAvgPool(), Dense(1, std)),
    images,
    4,
  ],
  'convolutions of the standard parameterization': [
    serial(
      Conv(8, [3, 3], { padding: 'SAME', ...std, parameterization: 'standard' }),
      Relu(),
      GlobalAvgPool(),
      Dense(1, { ...std, parameterization: 'standard' }),
    ),
    images,
    2,
  ],
  'local weights': [serial(ConvLocal(8, [3, 3], { ...std }), Relu(), Flatten(), Dense(1, std)), images, 2],
}

const ntk = async (net: KernelNet, x: Tensor): Promise<Float64Array> =>
  Float64Array.from((await kernelFn(net)(x, null, { get: 'ntk' })).dataSync())
const oneHot = (count: number, at: number): number[] =>
  Array.from({ length: count }, (_, i) => (i === at ? 1 : 0))

function expectNear(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length)
  const size = Math.max(...wanted.map(Math.abs))
  for (let i = 0; i < wanted.length; i++) {
    expect(Math.abs((found[i] as number) - (wanted[i] as number)), `entry ${i}`).toBeLessThan(
      tolerance * size,
    )
  }
}

describe.each(Object.entries(nets))('rates of %s', (_name, [net, x, layers]) => {
  test('weigh the parts of the layers, which add up to the whole kernel', async () => {
    const parts = await Promise.all(
      oneHot(layers, 0).map((_, i) => ntk(withRates(net, oneHot(layers, i)), x)),
    )
    const whole = await ntk(net, x)
    expectNear(
      whole,
      Array.from(whole, (_, i) => parts.reduce((sum, part) => sum + (part[i] as number), 0)),
      1e-13,
    )
    for (const part of parts) expect(Math.max(...part)).toBeGreaterThan(1e-3)
    const rates = parts.map((_, i) => 0.3 + 0.9 * i)
    const wanted = Array.from(whole, (_, i) =>
      parts.reduce((sum, part, l) => sum + (rates[l] as number) * (part[i] as number), 0),
    )
    expectNear(await ntk(withRates(net, rates), x), wanted, 1e-13)
  })

  test('leave the NNGP, and are one in fused runs and step by step', async () => {
    const own = withRates(
      net,
      oneHot(layers, 0).map((_, i) => 2 - 0.4 * i),
    )
    const options = { get: ['nngp', 'ntk'] } as const
    const [a, b] = [await kernelFn(own)(x, null, options), await kernelFn(net)(x, null, options)]
    expectNear(a.nngp.dataSync(), Array.from(b.nngp.dataSync(), Number), 1e-14)
    const plain = kernelOf(own, x, null, { ntk: true }).ntk as Tensor
    expectNear(a.ntk.dataSync(), Array.from(plain.dataSync(), Number), 1e-13)
  })
})

test('are those of the two layers of a linear network, by hand', async () => {
  const [a, b, c] = [0.2, 3, 0.5]
  const x = normal(key(2), [2, 3])
  const v = Array.from(x.dataSync(), Number) as [number, number, number, number, number, number]
  const k = 1.3 ** 2 * ((v[0] * v[3] + v[1] * v[4] + v[2] * v[5]) / 3) + 0.4 ** 2
  const net = serial(Dense(4, std), Dense(1, { wStd: a, bStd: b }))
  expect((await ntk(withRates(net, [c, 0]), x))[1]).toBeCloseTo(c * a ** 2 * k, 14)
  expect((await ntk(withRates(net, [0, c]), x))[1]).toBeCloseTo(c * (a ** 2 * k + b ** 2), 14)
})

describe('withRates refuses', () => {
  const [net] = nets['convolutions and Flatten'] as readonly [Layer, Tensor, number]
  test.each([
    ['another number of rates', [1, 1], /3 layers with weights: Conv, Conv, Dense.*Got 2/s],
    ['a negative rate', [1, -1, 1], /-1 for layer 2, Conv/s],
    ['NaN', [1, 1, Number.NaN], /NaN for layer 3, Dense/s],
  ] as const)('%s', (_name, rates, message) => {
    expect(() => withRates(net, rates)).toThrowError(message)
  })

  test('attention at a rate of its own, and takes it at 1', () => {
    const attention = serial(
      GlobalSelfAttention({ out: 4, nChanKey: 2, nChanVal: 2, nHeads: 2, linearScaling: true }),
      Flatten(),
      Dense(1),
    )
    expect(() => withRates(attention, [0.5, 1])).toThrowError(/GlobalSelfAttention/)
    expect(withRates(attention, [1, 0.5]).kernel.at(-1)).toMatchObject({ rate: 0.5 })
  })
})

/** Inputs with padding: the kernel of every kind of layer against means over finite networks, which know nothing of it. */
import { kernelOf } from '@ntk/kernels-analytic'
import { type Estimate, monteCarloKernelFn } from '@ntk/kernels-empirical'
import {
  AvgPool,
  Conv,
  ConvLocal,
  ConvTranspose,
  Cos,
  Dense,
  Dropout,
  Erf,
  FanInConcat,
  FanInProd,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  Identity,
  ImageResize,
  type Layer,
  LayerNorm,
  type Params,
  parallel,
  Relu,
  Slice,
  SumPool,
  serial,
} from '@ntk/stax'
import { foldIn, key, matmul, normal, type Tensor, tensor, transpose, type Value, where } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const maskConstant = 1000

/** Three sequences of five positions: all there, a hole and an end, and one position with half its channels. */
const there = [
  [1, 1, 1, 1, 1],
  [1, 0, 1, 1, 0],
  [0, 0, 1, 0, 0],
].map((row) => row.map((v) => [v === 1, v === 1]))
const partly = there.map((row, i) => row.map(([a], p) => [a === true && !(i === 0 && p === 2), a === true]))
const sequences = (seed: number, mask = partly): Tensor =>
  where(tensor(mask), normal(key(seed), [3, 5, 2]), maskConstant)
const whole = sequences(7, there)

const affine = { wStd: 1.3, bStd: 0.4 } as const
const same = { ...affine, padding: 'SAME' } as const

/** Bodies of a width that end in vectors: with Dense behind them they are networks. */
const bodies: readonly (readonly [string, (width: number) => Layer, Tensor?])[] = [
  ['Dense and GlobalAvgPool', (w) => serial(Dense(w, affine), Cos(), GlobalAvgPool())],
  ['GlobalSumPool', (w) => serial(Dense(w, affine), Cos(), GlobalSumPool())],
  ['Flatten', (w) => serial(Dense(w, affine), Cos(), Flatten())],
  ['a convolution', (w) => serial(Conv(w, [3], same), Cos(), GlobalAvgPool())],
  ['one without borders', (w) => serial(Conv(w, [2], affine), Cos(), GlobalAvgPool())],
  ['one with strides', (w) => serial(Conv(w, [3], { ...same, strides: [2] }), Cos(), GlobalAvgPool())],
  ['one with gaps', (w) => serial(Conv(w, [2], { ...same, dilation: [2] }), Cos(), GlobalAvgPool())],
  ['a circular one', (w) => serial(Conv(w, [3], { ...affine, padding: 'CIRCULAR' }), Cos(), GlobalAvgPool())],
  ['a local one', (w) => serial(ConvLocal(w, [2], affine), Cos(), GlobalAvgPool())],
  [
    'a transposed one',
    (w) => serial(ConvTranspose(w, [3], { ...same, strides: [2] }), Cos(), GlobalAvgPool()),
  ],
  [
    'AvgPool',
    (w) =>
      serial(
        Dense(w, affine),
        Cos(),
        AvgPool([2], { padding: 'SAME', normalizeEdges: true }),
        GlobalAvgPool(),
      ),
  ],
  [
    'AvgPool of strides',
    (w) => serial(Dense(w, affine), Cos(), AvgPool([2], { strides: [2] }), GlobalAvgPool()),
  ],
  ['SumPool', (w) => serial(Dense(w, affine), Cos(), SumPool([3]), GlobalSumPool())],
  ['pools of the data', (w) => serial(AvgPool([2]), GlobalAvgPool(), Dense(w, affine), Cos()), whole],
  [
    'a sum',
    (w) =>
      serial(
        FanOut(2),
        parallel(serial(Conv(w, [2], affine), Relu()), serial(Conv(w, [2], affine), Cos())),
        FanInSum(),
        GlobalAvgPool(),
      ),
  ],
  [
    'a residual',
    (w) => serial(Dense(w, affine), FanOut(2), parallel(Identity(), Relu()), FanInSum(), GlobalAvgPool()),
  ],
  ['Erf', (w) => serial(Dense(w, affine), Erf(), GlobalAvgPool())],
  [
    'a product',
    (w) =>
      serial(FanOut(2), parallel(Conv(w, [2], affine), Conv(w, [2], affine)), FanInProd(), GlobalAvgPool()),
  ],
  [
    'branches one after the other',
    (w) =>
      serial(
        FanOut(2),
        parallel(Conv(w, [2], affine), Conv(w, [3], affine)),
        FanInConcat(1),
        Cos(),
        GlobalAvgPool(),
      ),
  ],
  [
    'branches side by side',
    (w) =>
      serial(
        FanOut(2),
        parallel(serial(Conv(w, [2], affine), Cos()), serial(Conv(w, [2], affine), Relu())),
        FanInConcat(),
        Flatten(),
      ),
  ],
  ['a slice', (w) => serial(Dense(w, affine), Cos(), Slice([[null], [1, null, 2], [null]]), GlobalAvgPool())],
  [
    'a resized sequence',
    (w) => serial(Dense(w, affine), Cos(), ImageResize([-1, 7, -1], { method: 'linear' }), GlobalAvgPool()),
  ],
  ['LayerNorm', (w) => serial(Dense(w, affine), LayerNorm(), Cos(), GlobalAvgPool())],
  [
    'LayerNorm over space',
    (w) => serial(Dense(w, affine), LayerNorm({ axis: [1, 2] }), Cos(), GlobalAvgPool()),
  ],
  ['LayerNorm behind an activation', (w) => serial(Dense(w, affine), Relu(), LayerNorm(), GlobalAvgPool())],
]

interface Sum {
  readonly mean: Float64Array
  readonly error: Float64Array
}

/** Mean and standard error of what `draw` gives. */
function meansOf(samples: number, draw: (i: number) => ArrayLike<number>): Sum {
  const first = draw(0)
  const [total, squares] = [new Float64Array(first.length), new Float64Array(first.length)]
  for (let s = 0; s < samples; s++) {
    const values = draw(s)
    for (let i = 0; i < total.length; i++) {
      const v = values[i] as number
      total[i] = (total[i] as number) + v / samples
      squares[i] = (squares[i] as number) + v ** 2 / samples
    }
  }
  const error = squares.map((s, i) => Math.sqrt(Math.max(0, s - (total[i] as number) ** 2) / (samples - 1)))
  return { mean: total, error }
}

/** Each number within 5 standard errors and 0.2 %, and all of them together within 1 %: a rule off by 2 % would show. */
function expectMeans({ mean, error }: Sum, exact: Value, name: string): void {
  const k = (exact as Tensor).dataSync()
  let [along, norm] = [0, 0]
  k.forEach((value, i) => {
    const off = Math.abs((mean[i] as number) - value)
    expect(off, `${name} ${i}`).toBeLessThanOrEqual(5 * (error[i] as number) + 2e-3 * Math.abs(value))
    along += (mean[i] as number) * value
    norm += value ** 2
  })
  expect(Math.abs(along / norm - 1), `${name} as a whole`).toBeLessThan(0.01)
}

/** The covariance of a network's outputs, averaged over them and over networks. */
function covariances(net: Layer, x: Tensor, samples = 12): Sum {
  return meansOf(samples, (s) => {
    const { params } = net.init(foldIn(key(2), s), [-1, ...x.shape.slice(1)])
    const y = net.apply(params, x, { maskConstant, key: foldIn(key(3), s) })
    return matmul(y, transpose(y))
      .dataSync()
      .map((v: number) => v / (y.shape[1] as number))
  })
}

const cases = bodies.map(([name, body, x = sequences(1)]) => [name, body, x] as const)

describe.each(cases)('%s', (_, body, x) => {
  test('has the covariance of its values', () => {
    expectMeans(covariances(body(8192), x), kernelOf(body(1), x, null, { maskConstant }).nngp, 'nngp')
  })

  test('has the tangent kernel of networks', async () => {
    const net = serial(body(4096), Dense(1, affine))
    const apply = <V extends Value>(params: Params<V>, y: V): V => net.apply(params, y, { maskConstant })
    const draws = monteCarloKernelFn(net.init, apply, { key: key(4), samples: 24 })
    const { mean, standardError } = (await draws(x, null, { get: 'ntk' })).ntk as Estimate
    const data = (t: Tensor): Float64Array => Float64Array.from(t.dataSync())
    expectMeans(
      { mean: data(mean), error: data(standardError) },
      kernelOf(net, x, null, { maskConstant }).ntk as Value,
      'ntk',
    )
  })
})

test('Dropout has the covariance of its values', () => {
  const net = (width: number): Layer => serial(Dense(width, affine), Cos(), Dropout(0.7), GlobalAvgPool())
  const x = sequences(1)
  expectMeans(covariances(net(8192), x), kernelOf(net(1), x, null, { maskConstant }).nngp, 'nngp')
})

/** Attention mixes channels by matrices of its own: narrower, and more often. */
test('attention has the covariance of its values', () => {
  const attend = { nChanKey: 512, nChanVal: 128, wQueryStd: 1.2, wValueStd: 0.9, bStd: 0.3 }
  const net = (width: number, out: number): Layer =>
    serial(Dense(width, affine), Cos(), GlobalSelfAttention({ ...attend, out }), GlobalAvgPool())
  const x = sequences(1)
  const found = covariances(net(256, 512), x, 120)
  expectMeans(found, kernelOf(net(1, 1), x, null, { maskConstant }).nngp, 'nngp')
})

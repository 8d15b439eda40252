/**
 * Wide finite networks with layer normalization and attention approach their kernels at infinite width: normalization to 1 %, attention within
 * the error bar of few draws. What it is to the last digits reference values say, and the tests beside its rule.
 */
import { kernelOf } from '@ntk/kernels-analytic'
import { monteCarloKernelFn } from '@ntk/kernels-empirical'
import {
  type AttentionOptions,
  Dense,
  GlobalSelfAttention,
  type Layer,
  LayerNorm,
  Relu,
  serial,
} from '@ntk/stax'
import { add, dotGeneral, key, mul, normal, type Tensor, tensor, transpose } from '@ntk/tensor'
import { expect, test } from 'vitest'

const affine = { wStd: 1.3, bStd: 0.3 } as const
const channels = 64
/** Positions of all samples have something in common, up to its sign: covariances of both signs. */
const signs = tensor([
  [[1], [-1], [1]],
  [[1], [1], [-1]],
])
const samples = add(mul(normal(key(1), [2, 3, channels]), 0.7), mul(normal(key(2), [channels]), signs))

/** A network that ends in space, of some width, with some number of outputs. */
type Net = (width: number, out: number) => Layer

const gains = { wKeyStd: 1.1, wQueryStd: 0.8, wValueStd: 0.9, wOutStd: 1.3, bStd: 0.4 } as const

/** Keys and values are wide. */
const scores =
  (options: AttentionOptions): Net =>
  (width, out) =>
    GlobalSelfAttention({ out, nChanKey: 16 * width, nChanVal: width, nHeads: 4, ...gains, ...options })

/** There are many heads, with few values each. */
const heads =
  (options: AttentionOptions): Net =>
  (width, out) =>
    GlobalSelfAttention({
      out,
      nChanKey: 48,
      nChanVal: 2,
      nHeads: 2 * width,
      ...gains,
      linearScaling: false,
      ...options,
    })

/** Behind weights: what comes into attention has a tangent kernel of its own. */
const behind =
  (net: Net): Net =>
  (width, out) =>
    serial(Dense(width, affine), net(width, out))

const sum = { posEmbType: 'SUM', posEmbDecayFn: 'exp(-d)', posEmbPNorm: 1, wPosEmbStd: 0.7 } as const
const beside = { posEmbType: 'CONCAT', nChanPosEmb: 96, posEmbDecayFn: '1/(1+d^2)', wPosEmbStd: 1.2 } as const

const nets: readonly (readonly [string, Net])[] = [
  ['softmax', scores({})],
  ['absolute scores', scores({ mechanism: 'ABS' })],
  ['embeddings added for the values too', scores({ ...sum, valPosEmb: true })],
  ['embeddings beside the input, for the scores', scores(beside)],
  ['softmax behind weights', behind(scores({}))],
  ['many heads', heads({ mechanism: 'IDENTITY' })],
  ['many heads, positive scores', heads({ mechanism: 'RELU' })],
  ['many heads, embeddings for the scores', heads({ ...sum, mechanism: 'RELU' })],
]

/** ⟨a, b⟩ / ⟨b, b⟩ − 1: by how much a estimate of b is off, all entries together. */
function excess(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape)
  const [x, y] = [a.dataSync(), b.dataSync()]
  let [both, own] = [0, 0]
  for (let i = 0; i < y.length; i++) {
    both += (x[i] as number) * (y[i] as number)
    own += (y[i] as number) ** 2
  }
  return both / own - 1
}

test.each(nets)('%s', async (_, net) => {
  // Outputs are draws as good as any; with few of them the NTK is cheap.
  const [many, few] = [net(64, 512), net(64, 4)]
  const kernel = kernelOf(few, samples)
  const { nngp } = await monteCarloKernelFn(many.init, many.apply, { key: key(3), samples: 20 })(
    samples,
    null,
    { get: ['nngp'] },
  )
  const { ntk } = await monteCarloKernelFn(few.init, few.apply, { key: key(4), samples: 10 })(samples, null, {
    get: ['ntk'],
  })
  for (const [estimate, want] of [
    [nngp, kernel.nngp],
    [ntk, kernel.ntk],
  ] as const) {
    expect(estimate.relativeError).toBeLessThan(0.09)
    expect(Math.abs(excess(estimate.mean, want as Tensor))).toBeLessThan(2.5 * estimate.relativeError)
  }
})

/** Mean over channels of h(x1) h(x2), [n, n, positions, positions], over some networks. */
function covariance(hidden: Layer, draws: number): Tensor {
  const width = hidden.init(key(0), samples.shape).outputShape.at(-1) as number
  const of = (draw: number): Tensor => {
    const h = hidden.apply(hidden.init(key(50 + draw), samples.shape).params, samples)
    const k = dotGeneral(h, h, { lhsContract: [2], rhsContract: [2] })
    return mul(transpose(k, [0, 2, 1, 3]), 1 / width / draws)
  }
  return Array.from({ length: draws }, (_, draw) => of(draw)).reduce((a, b) => add(a, b))
}

const normalized: readonly (readonly [string, Parameters<typeof LayerNorm>[0], readonly Layer[]])[] = [
  ['channels', {}, []],
  ['channels and positions', { axis: [1, 2], epsilon: 0.5 }, []],
  ['channels behind a ReLU, which has a mean', {}, [Relu()]],
  ['channels and positions behind a ReLU', { axis: [-1, -2], epsilon: 0.5 }, [Relu()]],
]

test.each(normalized)('normalization over %s, to 1 %%', async (_, options, before) => {
  const hidden = (width: number): Layer => serial(Dense(width, affine), ...before, LayerNorm(options))
  const want = kernelOf(hidden(1), samples)
  const off = excess(covariance(hidden(4096), 24), want.nngp as Tensor)
  expect(Math.abs(off)).toBeLessThan(0.01)
  // A rule that is off by 2 % would not pass.
  expect(Math.abs((1 + off) / 1.02 - 1)).toBeGreaterThan(0.01)
  expect(Math.abs((1 + off) * 1.02 - 1)).toBeGreaterThan(0.01)
  const net = serial(hidden(1024), Dense(4, affine))
  const { ntk } = await monteCarloKernelFn(net.init, net.apply, { key: key(6), samples: 60 })(samples, null, {
    get: ['ntk'],
  })
  expect(Math.abs(excess(ntk.mean, kernelOf(net, samples).ntk as Tensor))).toBeLessThan(0.01)
})

test('errors fall like one over the root of the width', () => {
  const hidden = (width: number): Layer => serial(Dense(width, affine), Relu(), LayerNorm())
  const want = (kernelOf(hidden(1), samples).nngp as Tensor).dataSync()
  const error = (width: number, draws: number): number => {
    let total = 0
    for (let draw = 0; draw < draws; draw++) {
      const h = hidden(width).apply(hidden(width).init(key(200 + draw), samples.shape).params, samples)
      const k = transpose(dotGeneral(h, h, { lhsContract: [2], rhsContract: [2] }), [0, 2, 1, 3])
      k.dataSync().forEach((v, i) => (total += (v / width - (want[i] as number)) ** 2))
    }
    return Math.sqrt(total / draws)
  }
  const rate = Math.log(error(64, 60) / error(1024, 60)) / Math.log(16)
  expect(rate).toBeGreaterThan(0.4)
  expect(rate).toBeLessThan(0.6)
})

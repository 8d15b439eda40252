/** Finite networks across packages: every layer and ready network under every derivative that kernels are made of. */
import { jvp, treeLeaves, treeMap, vjp } from '@ntk/autodiff'
import { type AnyActivation, activations, examplesOf, kernelFn } from '@ntk/kernels-analytic'
import { type Estimate, empiricalNtkFn, monteCarloKernelFn, type NtkOptions } from '@ntk/kernels-empirical'
import {
  Aggregate,
  type AnyLayer,
  AvgPool,
  alexNet,
  BatchNorm,
  Conv,
  ConvLocal,
  type ConvOptions,
  ConvTranspose,
  cnnF,
  cnnP,
  Dense,
  DotGeneral,
  Dropout,
  Erf,
  FanInConcat,
  FanInProd,
  FanInSum,
  FanOut,
  Flatten,
  fromSpec,
  fullyConnected,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  Identity,
  ImageResize,
  Index,
  type Layer,
  LayerNorm,
  layerNames,
  leNet,
  MaxPool,
  myrtle,
  named,
  type Params,
  parallel,
  Relu,
  repeat,
  Slice,
  type Spec,
  type SpecOptions,
  SumPool,
  serial,
  Tanh,
  wideResNet,
} from '@ntk/stax'
import { add, foldIn, key, mul, NtkError, normal, type Shape, sub, sum, type Tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

/** A network, the shape of one of its samples, and what its layers need when applied. */
interface Case {
  readonly name: string
  readonly net: Layer
  readonly input: Shape
  readonly samples?: number
  readonly kernel?: NtkOptions
}

const affine = { wStd: 1.3, bStd: 0.2 }
const randomness = key(77)
const applyOf =
  (net: Layer) =>
  (params: Params<Tensor>, x: Tensor): Tensor =>
    net.apply(params, x, { key: randomness })

/** Random parameters (also where `init` starts at constants) and samples. */
function draw({ net, input, samples = 3 }: Case): { params: Params<Tensor>; x: Tensor } {
  const { params } = net.init(key(1), [-1, ...input])
  let count = 0
  const shaken = treeMap(
    (leaf: Tensor) => add(leaf, mul(normal(foldIn(key(2), count++), leaf.shape), 0.1)),
    params,
  ) as Params<Tensor>
  return { params: shaken, x: normal(key(3), [samples, ...input]) }
}

/** The largest difference of two tensors over the largest entry of the second. */
function relativeError(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape)
  const [a, b] = [actual.dataSync(), expected.dataSync()]
  let [worst, scale] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number))
    worst = Number.isNaN(difference) ? Number.NaN : Math.max(worst, difference)
    scale = Math.max(scale, Math.abs(b[i] as number))
  }
  expect(scale).toBeGreaterThan(0)
  return worst / scale
}

const childrenOf = ([, ...rest]: Spec): Spec[] =>
  rest.flatMap((part) => (Array.isArray(part) ? [part as unknown as Spec] : []))

const namesIn = (spec: Spec): string[] => [spec[0], ...childrenOf(spec).flatMap(namesIn)]

async function expectAgreement(one: Case): Promise<void> {
  const { params, x } = draw(one)
  const kernel = (implementation: NonNullable<NtkOptions['implementation']>): Promise<Tensor> =>
    empiricalNtkFn(applyOf(one.net), { ...one.kernel, implementation })(x, null, params)
  const byJacobians = await kernel('jacobian-contraction')
  for (const other of ['ntk-vector-products', 'structured-derivatives', 'auto'] as const) {
    expect(relativeError(await kernel(other), byJacobians), other).toBeLessThan(1e-10)
  }
}

const plane = [5, 4, 2]
const convolutions = (
  layer: (out: number, filter: readonly number[], options: ConvOptions) => Layer,
): Layer =>
  serial(
    layer(3, [3, 2], { ...affine, padding: 'SAME', strides: [2, 1] }),
    Tanh(),
    layer(2, [2, 2], { ...affine, padding: 'CIRCULAR' }),
    Erf(),
    layer(2, [2, 2], { ...affine, padding: 'VALID', parameterization: 'standard' }),
  )
const readout = (...layers: readonly Layer[]): Layer =>
  serial(Conv(3, [2, 2], { ...affine, padding: 'SAME' }), ...layers, Flatten(), Dense(2, affine))
const attention = (options: Parameters<typeof GlobalSelfAttention>[0]): Layer =>
  GlobalSelfAttention({ out: 3, nHeads: 2, nChanKey: 2, nChanVal: 3, bStd: 0.3, ...options })

const layers: readonly Case[] = [
  { name: 'Conv, outputs in space', net: convolutions(Conv), input: plane },
  { name: 'Conv on a line', net: serial(Conv(3, [3], affine), Tanh(), Conv(2, [2])), input: [6, 2] },
  { name: 'ConvLocal, outputs in space', net: convolutions(ConvLocal), input: plane },
  { name: 'ConvTranspose, outputs in space', net: convolutions(ConvTranspose), input: [3, 2, 2], samples: 2 },
  {
    name: 'ConvTranspose with circular steps',
    net: readout(ConvTranspose(2, [3, 2], { padding: 'CIRCULAR', strides: [2, 2] }), Tanh()),
    input: [3, 2, 2],
  },
  {
    name: 'average and sum pools',
    net: readout(
      AvgPool([2, 2], { padding: 'SAME', strides: [2, 2], normalizeEdges: true }),
      Tanh(),
      SumPool([2, 2], { padding: 'CIRCULAR' }),
      Erf(),
      AvgPool([2, 1]),
    ),
    input: plane,
  },
  {
    name: 'maximum pools',
    net: readout(
      MaxPool([2, 2], { padding: 'SAME', strides: [2, 2] }),
      Tanh(),
      MaxPool([2, 2], { padding: 'CIRCULAR' }),
    ),
    input: plane,
  },
  { name: 'a mean over all positions', net: readout(Tanh(), GlobalAvgPool()), input: plane },
  { name: 'a sum over all positions', net: readout(Tanh(), GlobalSumPool()), input: plane },
  {
    name: 'layer normalization',
    net: readout(LayerNorm({ epsilon: 1e-3 }), Relu(), LayerNorm({ axis: [1, 2], epsilon: 1e-3 })),
    input: plane,
  },
  { name: 'batch normalization', net: readout(BatchNorm(), Tanh()), input: plane },
  {
    name: 'batch normalization, rows never taken to be independent',
    net: readout(BatchNorm({ scale: false }), Tanh()),
    input: plane,
    kernel: { vmapAxes: null },
  },
  {
    name: 'batch normalization, each sample a batch',
    net: readout(BatchNorm({ centre: false }), Tanh()),
    input: plane,
    kernel: { vmapAxes: 0 },
  },
  { name: 'dropout with a key', net: readout(Tanh(), Dropout(0.7)), input: plane },
  { name: 'attention, keys as queries', net: readout(attention({})), input: plane },
  {
    name: 'attention with keys of its own',
    net: readout(attention({ linearScaling: false }), attention({ mechanism: 'RELU' })),
    input: plane,
  },
  {
    name: 'images resized and cut',
    net: readout(
      ImageResize([-1, 7, 3, -1], { method: 'cubic' }),
      Tanh(),
      Slice([[null], [null, null, -2], [1, null]]),
      Index([[null], [null], -1]),
      Aggregate(),
      named('scaled', DotGeneral({ rhs: 1.5 })),
    ),
    input: plane,
  },
  {
    name: 'residual and other joins',
    net: serial(
      Dense(4, affine),
      FanOut(2),
      parallel(serial(Relu(), Dense(4, affine)), Identity()),
      FanInSum(),
      FanOut(3),
      parallel(Dense(3, affine), serial(Tanh(), Dense(3)), Dense(3)),
      FanInProd(),
      FanOut(2),
      parallel(Dense(2, affine), Identity()),
      FanInConcat(),
      repeat(serial(Erf(), Dense(5, affine)), 2),
    ),
    input: [3],
  },
]

const nonlinear: readonly Layer[] = Object.values<AnyActivation>(activations)
  .filter(({ kernelOnly }) => kernelOnly !== true)
  .flatMap((record) => examplesOf(record).map((options) => fromSpec([record.name, options as SpecOptions])))

// Widths are as small as they go; the structure is that of the full networks.
const networks: readonly Case[] = [
  { name: 'fully connected', net: fullyConnected([6, 5], 3, affine), input: [4] },
  { name: 'LeNet, 0.3 wide', net: leNet({ factor: 0.3, out: 2, ...affine }), input: [28, 28, 1], samples: 2 },
  {
    name: 'AlexNet, 0.01 wide',
    net: alexNet({ factor: 0.01, out: 2, ...affine }),
    input: [64, 64, 3],
    samples: 2,
  },
  {
    name: 'wide residual network with batch normalization',
    net: wideResNet({ channels: 2, out: 2, wStd: 1.4 }),
    input: [32, 32, 1],
    samples: 2,
  },
  {
    name: 'wide residual network with layer normalization',
    net: wideResNet({ channels: 3, out: 1, normalization: 'layer', ...affine }),
    input: [32, 32, 1],
    samples: 2,
  },
  {
    name: 'wide residual network without normalization, two blocks a group',
    net: wideResNet({ channels: 2, out: 1, normalization: 'none', blocks: 2, ...affine }),
    input: [32, 32, 1],
    samples: 2,
  },
  ...([5, 7, 10] as const).map((depth) => ({
    name: `Myrtle-${depth}`,
    net: myrtle(depth, { channels: 3, out: 2, ...affine }),
    input: [8, 8, 2],
  })),
  { name: 'CNN-F', net: cnnF({ depth: 2, channels: 3, out: 2, ...affine }), input: [6, 6, 2] },
  { name: 'CNN-P', net: cnnP({ depth: 2, channels: 3, out: 2, ...affine }), input: [6, 6, 2] },
]

describe('the implementations of the empirical NTK agree', () => {
  test.each(layers)('$name', expectAgreement)

  test.each(nonlinear.map((layer) => [layer.spec[0], layer] as const))('%s', async (name, activation) => {
    const net = serial(Dense(4, affine), activation, Dense(3, affine), activation, Dense(2, affine))
    await expectAgreement({ name, net, input: [3] })
  })

  test.each(networks)('$name', expectAgreement)

  test('and no layer of the spec language is left out', () => {
    const covered = new Set(
      [...layers.map(({ net }) => net), ...nonlinear].flatMap(({ spec }) => namesIn(spec)),
    )
    const kernelOnly = Object.values<AnyActivation>(activations).flatMap((record) =>
      record.kernelOnly === true ? [record.name] : [],
    )
    expect(layerNames().filter((name) => !covered.has(name))).toEqual(kernelOnly)
  })
})

/** f'(0) to fourth order, from four values of f. */
function slope(f: (t: number) => number, h: number): number {
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
}

const inner = (a: unknown, b: unknown): number =>
  treeLeaves(treeMap((u: Tensor, v: Tensor) => sum(mul(u, v)), a as Tensor, b as Tensor)).reduce<number>(
    (total, part) => total + ((part as Tensor).dataSync()[0] as number),
    0,
  )

test.each(layers)('$name: every layer refuses options of init and apply that it does not know', ({ net }) => {
  const messageOf = (work: () => unknown): string => {
    try {
      work()
      return 'works'
    } catch (error) {
      if (NtkError.isInstance(error)) return error.message
      throw error
    }
  }
  const parts = (spec: Spec): Spec[] => [spec, ...childrenOf(spec).flatMap(parts)]
  // What takes or gives several values is no network by itself.
  const joins: readonly AnyLayer[] = [FanOut(2), parallel(Identity()), FanInSum(), FanInProd(), FanInConcat()]
  const isJoin = ([name]: Spec): boolean => joins.some(({ spec }) => spec[0] === name)
  const alone = parts(net.spec).filter((spec) => !isJoin(spec))
  for (const layer of [...alone.map(fromSpec), ...joins]) {
    const { spec } = layer
    const values = normal(key(0), [2, 4, 4, 2])
    const x: Tensor | readonly Tensor[] = layer.inputs === 'many' ? [values, values] : values
    const init = (options: object) => messageOf(() => layer.init(key(0), [2, 4, 4, 2], options))
    const apply = (options: object) => messageOf(() => layer.apply(null, x, options))
    expect(init({ dtyp: 'float32' }), spec[0]).toContain('init has no option "dtyp". Did you mean "dtype"?')
    expect(init({ dtype: 'float16' }), spec[0]).toContain('init needs an option "dtype"')
    expect(apply({ rng: key(0) }), spec[0]).toContain('apply has no option "rng". Did you mean "key"?')
    expect(apply({ mask_constant: 0 }), spec[0]).toContain('Did you mean "maskConstant"?')
    expect(apply({ key: 7 }), spec[0]).toContain('apply needs an option "key"')
  }
})

describe('derivatives of a network along random directions are those of finite differences', () => {
  const cases: readonly Case[] = [
    { name: 'LeNet', net: leNet(affine), input: [28, 28, 1], samples: 2 },
    {
      name: 'the wide residual network',
      net: wideResNet({ channels: 8, wStd: 1.4 }),
      input: [32, 32, 3],
      samples: 2,
    },
  ]
  test.each(cases)('$name: JVP and VJP, in parameters and in inputs', (one) => {
    const { params, x } = draw(one)
    const apply = applyOf(one.net)
    let count = 10
    const like = (leaf: Tensor): Tensor => normal(foldIn(key(4), count++), leaf.shape)
    const [dParams, dx] = [treeMap(like, params) as Params<Tensor>, like(x)]
    const [y, dy] = jvp(apply, [params, x], [dParams, dx])
    const ct = like(y)
    const [gParams, gx] = vjp(apply, params, x)[1](ct)
    const expected = slope((t) => {
      const move = (at: Tensor, d: Tensor): Tensor => add(at, mul(d, t))
      return inner(ct, apply(treeMap(move, params, dParams) as Params<Tensor>, move(x, dx)))
    }, 1e-6)
    expect(Math.abs(inner(ct, dy) / expected - 1)).toBeLessThan(1e-6)
    expect(Math.abs((inner(gParams, dParams) + inner(gx, dx)) / expected - 1)).toBeLessThan(1e-6)
    // Forward and backward share no rule but the linear ones: they agree to rounding.
    expect(Math.abs((inner(gParams, dParams) + inner(gx, dx)) / inner(ct, dy) - 1)).toBeLessThan(1e-10)
  })
})

describe('wide networks have the kernels of infinite width on average', () => {
  test.each([
    ['Relu', Relu],
    ['Erf', Erf],
  ] as const)('%s: means over networks lie within standard errors', async (_name, activation) => {
    const net = fullyConnected([256, 256], 128, { wStd: 1.4, bStd: 0.2, activation: () => activation() })
    const x = normal(key(5), [4, 6])
    const found = await monteCarloKernelFn(net.init, applyOf(net), { key: key(6), samples: 32 })(x, null)
    const exact = await kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
    for (const name of ['nngp', 'ntk'] as const) {
      const { mean, standardError, relativeError: error } = found[name] as Estimate
      const [off, errors] = [sub(mean, exact[name]).dataSync(), standardError.dataSync()]
      off.forEach((difference, i) => {
        expect(Math.abs(difference as number), `${name} ${i}`).toBeLessThan(4.5 * (errors[i] as number))
      })
      // A standard error as large as the kernel would make the above true of anything.
      expect(error).toBeLessThan(0.05)
    }
  })
})

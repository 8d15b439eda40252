/** Inputs with padding at finite width, and the kernels of sequences that have some. */
import { kernelFn, kernelOf } from '@ntk/kernels-analytic'
import {
  concatenate,
  foldIn,
  key,
  mul,
  normal,
  ones,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  transpose,
  where,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  AvgPool,
  BatchNorm,
  Conv,
  ConvLocal,
  ConvTranspose,
  Cos,
  Dense,
  Dropout,
  FanInConcat,
  FanInProd,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  GlobalSumPool,
  Identity,
  type Layer,
  LayerNorm,
  MaxPool,
  parallel,
  Relu,
  repeat,
  SumPool,
  serial,
} from '../src/index.js'
import type { Masked } from '../src/layer.js'
import { close, messageOf } from './helpers.js'

const padding = Number.NaN
const options = { maskConstant: padding } as const

/** Sequences [n, 6, 3] of which `length` positions count. */
const short = (length: number): Tensor => normal(foldIn(key(1), length), [2, length, 3])
function padded(x: Tensor, before = 0): Tensor {
  const [n, length, channels] = x.shape as [number, number, number]
  const fill = (size: number): Tensor => mul(ones([n, size, channels]), padding)
  return concatenate([fill(before), x, fill(6 - length - before)], 1)
}

const affine = { wStd: 1.4, bStd: 0.3 } as const
const same = { ...affine, padding: 'SAME' } as const
const two = (a: Layer, b: Layer): [ReturnType<typeof FanOut>, ReturnType<typeof parallel>] => [
  FanOut(2),
  parallel(a, b),
]
const attend = (mechanism: 'SOFTMAX' | 'IDENTITY' | 'ABS' | 'RELU', linearScaling = true): Layer =>
  GlobalSelfAttention({ out: 5, mechanism, linearScaling, bStd: 0.3 })

/** Networks in which nothing but padding tells a short sequence from one with padding behind it. */
const nets: readonly (readonly [string, Layer])[] = [
  ['Dense and GlobalAvgPool', serial(Dense(7, affine), Cos(), GlobalAvgPool())],
  ['GlobalAvgPool of the data', GlobalAvgPool()],
  ['GlobalSumPool', serial(Dense(7, affine), Cos(), GlobalSumPool(), Dense(2, affine))],
  ['convolutions', serial(Conv(7, [3], same), Relu(), Conv(5, [3], same), Cos(), GlobalAvgPool())],
  ['a wide convolution', serial(Conv(7, [5], same), Cos(), GlobalSumPool())],
  ['pools', serial(Conv(7, [3], same), Cos(), SumPool([3], { padding: 'SAME' }), GlobalAvgPool())],
  ['AvgPool', serial(Dense(4, affine), AvgPool([3], { padding: 'SAME' }), Dense(3, affine), GlobalAvgPool())],
  ['LayerNorm', serial(Dense(7, affine), LayerNorm(), Cos(), GlobalAvgPool())],
  ['LayerNorm over space', serial(Dense(7, affine), LayerNorm({ axis: [1, 2] }), Cos(), GlobalAvgPool())],
  ['LayerNorm over positions', serial(Dense(7, affine), LayerNorm({ axis: [1] }), Cos(), GlobalAvgPool())],
  ['SOFTMAX attention', serial(Dense(7, affine), attend('SOFTMAX'), GlobalAvgPool())],
  ['IDENTITY attention', serial(Dense(7, affine), attend('IDENTITY', false), GlobalAvgPool())],
  ['RELU attention', serial(Dense(7, affine), attend('RELU'), GlobalAvgPool())],
  ['ABS attention', serial(Dense(7, affine), attend('ABS'), GlobalAvgPool())],
  [
    'a residual',
    serial(
      Dense(5, affine),
      ...two(Identity(), serial(Relu(), Conv(5, [3], same))),
      FanInSum(),
      Cos(),
      GlobalAvgPool(),
    ),
  ],
  ['a product', serial(...two(Conv(5, [3], same), Dense(5, affine)), FanInProd(), GlobalAvgPool())],
  [
    'channels joined',
    serial(
      ...two(Dense(5, affine), Conv(3, [3], same)),
      FanInConcat(),
      Dense(5, affine),
      Cos(),
      GlobalAvgPool(),
    ),
  ],
  [
    'positions joined',
    serial(...two(Dense(5, affine), Conv(5, [3], same)), FanInConcat(1), Cos(), GlobalAvgPool()),
  ],
  ['repeat', serial(repeat(serial(Conv(4, [3], same), Relu()), 3), GlobalAvgPool())],
]

describe.each(nets)('%s', (name, net) => {
  const { params } = net.init(key(2), [-1, 6, 3])

  test('takes a sequence with padding behind it for the sequence', () => {
    for (const length of [1, 3, 6]) {
      const x = short(length)
      const want = net.apply(params, x).toNested()
      close(net.apply(params, padded(x), options), want, 1e-13)
      if (length < 6) close(net.apply(params, padded(x, 1), options), want, 1e-13)
    }
  })

  test('takes a sequence without padding as it is', () => {
    close(net.apply(params, short(6), options), net.apply(params, short(6)).toNested(), 1e-13)
  })

  test('has the kernel of the sequence, also beside one of another length', () => {
    // Over positions alone there is no limit, and joins get theirs elsewhere.
    if (name === 'LayerNorm over positions' || net.kernel.some((step) => step.kind === 'finiteOnly')) return
    for (const [length, other] of [
      [1, 3],
      [3, 6],
    ] as const) {
      const x = padded(short(length))
      const want = kernelOf(net, short(length))
      const got = kernelOf(net, x, null, options)
      close(got.nngp as Tensor, (want.nngp as Tensor).toNested(), 1e-12)
      close(got.ntk as Tensor, (want.ntk as Tensor).toNested(), 1e-12)
      const both = concatenate([padded(short(other), other < 6 ? 1 : 0), x])
      const { ntk } = kernelOf(net, both, null, options)
      close(slice(ntk as Tensor, [2, 4], [2, 4]), (want.ntk as Tensor).toNested(), 1e-12)
    }
  })

  test('gives 0 for a sample of which nothing is left', () => {
    const y = net.apply(params, mul(short(6), padding), options)
    expect(Array.from(y.dataSync()).every((v) => v === 0)).toBe(true)
  })
})

/** Which positions of the output are not 0, of the first sample. */
function left(net: Layer, x: Tensor): string {
  const { params } = net.init(key(3), [-1, ...x.shape.slice(1)])
  const y = net.apply(params, x, options)
  const rows = reshape(mul(y, y), [x.shape[0] as number, -1, y.shape.at(-1) as number])
  const [first] = sum(rows, { axis: -1 }).toNested() as number[][]
  return (first as number[]).map((v) => (v > 0 ? 1 : 0)).join('')
}

describe('what is padding behind a layer', () => {
  test.each([
    ['Dense', Dense(4, affine), '111000'],
    ['a window of 3', Conv(4, [3], affine), '1100'],
    ['a window of 4', Conv(4, [4], affine), '110'],
    ['strides', Conv(4, [3], { ...same, strides: [2] }), '100'],
    ['CIRCULAR', Conv(4, [3], { ...affine, padding: 'CIRCULAR' }), '111000'],
    ['a window of 2', Conv(4, [2], same), '111000'],
    ['ConvLocal', ConvLocal(4, [3], same), '111000'],
    ['AvgPool', AvgPool([2], { strides: [2] }), '110'],
    ['SumPool', SumPool([3]), '1100'],
    ['ConvTranspose', ConvTranspose(4, [3], { ...same, strides: [2] }), '111111000000'],
    ['ConvTranspose without strides', ConvTranspose(4, [3], same), '110000'],
    ['CIRCULAR ConvTranspose', ConvTranspose(4, [3], { ...affine, padding: 'CIRCULAR' }), '010000'],
    ['Flatten', serial(Flatten(), Dense(1, affine)), '1'],
    ['Cos', Cos(), '111000'],
  ] as const)('%s', (_, net, want) => {
    expect(left(net, padded(short(3)))).toBe(want)
  })

  test('is single numbers where single channels are padding, until a layer sums over them', () => {
    const x = where(tensor([[[true, false, false]]]), padding, short(6))
    const y = Cos().apply(null, x, options)
    expect((y.toNested() as number[][][]).flat().every((row) => row[0] === 0 && row[1] !== 0)).toBe(true)
    expect(left(serial(Cos(), Dense(2, affine)), x)).toBe('111111')
    const zeros = where(tensor([[[true, false, false]]]), 0, short(6))
    const { params } = Dense(2, affine).init(key(4), [-1, 6, 3])
    close(Dense(2, affine).apply(params, x, options), Dense(2, affine).apply(params, zeros).toNested(), 0)
  })

  test('is dropped like the rest, and the rest as without it', () => {
    const net = serial(Cos(), Dropout(0.5))
    const draw = { key: key(5) }
    const y = net.apply([null, null], padded(short(3)), { ...options, ...draw }).toNested() as number[][][]
    const whole = net.apply([null, null], padded(short(3)), draw).toNested() as number[][][]
    y.forEach((rows, i) => {
      rows.forEach((row, p) => {
        expect(row).toEqual(p < 3 ? whole[i]?.[p] : [0, 0, 0])
      })
    })
  })
})

describe('layers that take no padding', () => {
  const { applyMasked: _, ...identity } = Identity()
  const own: Layer = { ...identity, spec: ['Own'], apply: (_params, x) => x }

  test.each([
    ['MaxPool', MaxPool([2])],
    ['BatchNorm', BatchNorm({ scale: false, centre: false })],
    ['Own', serial(own)],
    ['Own', serial(FanOut(1), parallel(own), FanInSum())],
  ] as const)('%s says so by its name', (name, net) => {
    const { params } = net.init(key(0), [-1, 6, 3])
    expect(messageOf(() => net.apply(params, short(6), options))).toMatch(
      `unsupported: ${name} takes no inputs with padding`,
    )
    expect(messageOf(() => net.apply(params, short(6)))).toBe('nothing was thrown')
  })

  test('and what is no number is no padding', () => {
    expect(messageOf(() => Identity().apply(null, short(6), { maskConstant: 'NaN' as never }))).toMatch(
      /^option/,
    )
  })
})

describe('applyMasked of every layer', () => {
  const mask = tensor([[[false], [false], [true]]])
  const value = short(3)
  const dense = Dense(2)
  const { params } = dense.init(key(0), [-1, 3, 3])
  const said = (x: unknown, given?: object): string =>
    messageOf(() => dense.applyMasked?.(params, x as Masked, given))

  test('is apply with the padding given', () => {
    const x = where(mask, 0, value)
    const byConstant = dense.apply(params, where(mask, Number.NaN, value), options)
    expect(dense.applyMasked?.(params, { value: x, mask })).toEqual({ value: byConstant, mask })
  })

  test.each([
    [value, 'value: applyMasked of Dense takes a value with its padding, { value, mask }'],
    [null, 'value: applyMasked of Dense takes a value with its padding, { value, mask }'],
    [{ value }, 'value: The mask of applyMasked of Dense must be a tensor'],
    [{ value: 3, mask }, 'value: The value of applyMasked of Dense must be a tensor'],
    [{ value, mask: value }, 'dtype: The mask of applyMasked of Dense must be of dtype bool'],
    [{ value, mask: tensor([true, false]) }, 'shape: The mask of applyMasked of Dense must be'],
  ])('refuses what is no value with a mask: case %#', (x, message) => {
    expect(said(x)).toContain(message)
  })

  test('refuses options that it does not know, and a second way to find padding', () => {
    expect(said({ value, mask }, { rng: key(0) })).toContain('Did you mean "key"?')
    expect(said({ value, mask }, { maskConstant: 0 })).toContain('no option "maskConstant"')
    expect(messageOf(() => FanInSum().applyMasked?.(null, { value, mask } as never))).toContain(
      'x of FanInSum must be a list',
    )
    const elsewhere = Dense(2, { batchAxis: 1, channelAxis: 0 })
    expect(messageOf(() => elsewhere.applyMasked?.(params, value as never))).toContain('{ value, mask }')
  })
})

test('padding is the same with samples and channels on other axes', async () => {
  const made = (axes: { readonly batchAxis?: number; readonly channelAxis?: number }): Layer =>
    serial(
      Dense(4, { ...affine, ...axes }),
      Cos(),
      AvgPool([2], axes),
      Dense(3, { ...affine, ...axes }),
      LayerNorm({ axis: axes.channelAxis === undefined ? -1 : axes.channelAxis, ...axes }),
      Cos(),
      GlobalAvgPool(axes),
      Dense(2, axes.channelAxis === undefined ? affine : { ...affine, batchAxis: 1, channelAxis: 0 }),
    )
  const x = padded(short(3), 1)
  // [channels, positions, samples]
  const moved = transpose(x, [2, 1, 0])
  const [plain, other] = [made({}), made({ batchAxis: 2, channelAxis: 0 })]
  const { params } = plain.init(key(6), [-1, 6, 3])
  close(transpose(other.apply(params, moved, options)), plain.apply(params, x, options).toNested(), 1e-13)
  const want = kernelOf(plain, x, null, options)
  close(kernelOf(other, moved, null, options).ntk as Tensor, (want.ntk as Tensor).toNested(), 1e-13)
  const { ntk } = await kernelFn(other)(moved, null, { ...options, tile: 1 })
  close(ntk, (want.ntk as Tensor).toNested(), 1e-13)
})

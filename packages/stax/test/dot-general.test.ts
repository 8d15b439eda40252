import { kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { dotGeneral, key, normal, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import {
  AvgPool,
  Conv,
  Dense,
  DotGeneral,
  FanInSum,
  FanOut,
  Flatten,
  fromSpec,
  GlobalAvgPool,
  type Layer,
  parallel,
  Relu,
  serial,
} from '../src/index.js'
import { close, messageOf } from './helpers.js'

const affine = { wStd: 1.3, bStd: 0.2 } as const
const halves = [
  [0.5, 0],
  [0.5, 0],
  [0, 0.5],
  [0, 0.5],
]
/** The means of positions 0 and 1, and 2 and 3, of the first spatial axis, which comes to stand behind the channels. */
const pairwise = DotGeneral({
  rhs: halves,
  dimensionNumbers: [
    [[1], [0]],
    [[], []],
  ],
})
const x = normal(key(1), [3, 4, 3, 2])

describe('the finite layer', () => {
  it('is the product that dotGeneral of tensors is, on either side', () => {
    const r = tensor(halves)
    const right = dotGeneral(x, r, { lhsContract: [1], rhsContract: [0] })
    expect(pairwise.apply(null, x).toNested()).toEqual(right.toNested())
    expect(pairwise.init(key(0), [-1, 4, 3, 2]).outputShape).toEqual([-1, 3, 2, 2])
    const left = DotGeneral({
      lhs: halves,
      dimensionNumbers: [
        [[0], [1]],
        [[], []],
      ],
    })
    expect(left.apply(null, x).toNested()).toEqual(
      dotGeneral(r, x, { lhsContract: [0], rhsContract: [1] }).toNested(),
    )
    expect(left.init(key(0), [-1, 4, 3, 2]).outputShape).toEqual([2, -1, 3, 2])
    const spec = JSON.parse(JSON.stringify(pairwise.spec))
    expect(fromSpec(spec).spec).toEqual(pairwise.spec)
  })
})

/** Sums of branches that have means, with the channels on an axis behind `layer`. */
const residual = (layer: Layer, channelAxis: number): Layer => {
  const last = (): Layer => Dense(8, { ...affine, channelAxis })
  const branches = [serial(layer, last()), serial(Dense(8, affine), Relu(), layer, last())] as const
  const net = [Conv(8, [3, 3], { ...affine, padding: 'SAME' }), Relu(), FanOut(2), parallel(...branches)]
  return serial(...net, FanInSum()) as Layer
}

test('means of pairs are those of AvgPool, in kernels and means, of all pairs of positions and of equal ones', async () => {
  const pool = AvgPool([2, 1], { strides: [2, 1] })
  for (const end of [Flatten, GlobalAvgPool]) {
    const want = await kernelFn(serial(residual(pool, -1), end({})))(x, null)
    const got = await kernelFn(serial(residual(pairwise, 2), end(end === Flatten ? {} : { channelAxis: 2 })))(
      x,
      null,
    )
    close(got.nngp, want.nngp.toNested(), 1e-13)
    close(got.ntk, want.ntk.toNested(), 1e-13)
  }
})

test('stands on any axes', async () => {
  const weights = {
    rhs: [0.3, -1, 2],
    dimensionNumbers: [
      [[], []],
      [[2], [0]],
    ],
  } as const
  const net = serial(Dense(8, affine), Relu(), DotGeneral(weights))
  const want = kernelOf(net, x, null)
  const moved = serial(
    Dense(8, { ...affine, batchAxis: 1, channelAxis: 0 }),
    Relu(),
    DotGeneral({
      ...weights,
      batchAxis: 1,
      channelAxis: 0,
      dimensionNumbers: [
        [[], []],
        [[3], [0]],
      ],
    }),
  )
  const got = kernelOf(moved, transpose(x, [3, 0, 1, 2]) as Tensor, null)
  expect(got.nngp.shape).toEqual(want.nngp.shape)
  close(got.nngp as Tensor, (want.nngp as Tensor).toNested(), 1e-13)
})

test.each([
  [{}, /option: .*lhs or rhs.*neither/],
  [{ lhs: 1, rhs: 2 }, /option: .*both/],
  [
    {
      rhs: [1, 2],
      dimensionNumbers: [
        [[1], [0]],
        [[], []],
      ],
    },
    /shape: .*as long as x.*4 on axis 1.*Got 2/,
  ],
  [
    {
      rhs: [1, 2],
      dimensionNumbers: [
        [[1, 2], [0]],
        [[], []],
      ],
    },
    /axis: .*as many axes/,
  ],
  [
    {
      rhs: [1, 2, 3, 4, 5, 6, 7, 8],
      dimensionNumbers: [
        [[3], [0]],
        [[], []],
      ],
    },
    /requirement: .*of channels.*Dense/,
  ],
  [
    {
      rhs: [1, 2, 3],
      dimensionNumbers: [
        [[0], [0]],
        [[], []],
      ],
    },
    /requirement: .*of samples/,
  ],
  [{ rhs: [1, 2], dimensionNumber: 3 }, /Did you mean "dimensionNumbers"/],
])('refuses by name: %j', (options, message) => {
  expect(messageOf(() => kernelOf(serial(Dense(8), DotGeneral(options as never)), x, null))).toMatch(message)
})

/** Kernels at every scale that float64 holds. */
import {
  type Backend,
  cast,
  concatenate,
  cpuBackend,
  mul,
  setDefaultBackend,
  type Tensor,
  toBackend,
  toHost,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { type KernelNet, kernelFn, kernelOf } from '../src/index.js'
import { close, deep, dense, general, netOf, sample } from './helpers.js'

const x = sample(1, 6, 3)
const y = sample(2, 4, 3)
const nested = (t: unknown): ReturnType<Tensor['toNested']> => (t as Tensor).toNested()

/** Depths and weights at which products of two variances leave the range of float64, up or down. */
const networks: readonly (readonly [string, number, number])[] = [
  ['wStd 10 a hundred layers deep', 10, 100],
  ['wStd 0.1 a hundred layers deep', 0.1, 100],
  ['wStd 0.5 two hundred layers deep', 0.5, 200],
  ['wStd 1 six hundred layers deep', 1, 600],
]

describe.each(networks)('ReLU, %s', (_, wStd, depth) => {
  const net = deep(['Relu'], depth, wStd, null)
  // Weights of wStd √2 leave variances as they are: the same network in units of its own.
  const unit = deep(['Relu'], depth, Math.SQRT2, null)
  const shrink = (wStd ** 2 / 2) ** depth

  test.each([
    ['whole', net],
    ['step by step', general(net)],
  ] as const)('is the network of weights √2, scaled: %s', async (_path, each) => {
    for (const other of [null, y]) {
      const got = await kernelFn(each)(x, other)
      const want = await kernelFn(unit)(x, other)
      // Angles of deep networks are small, and lose a digit or two to rounding in either units.
      close(got.nngp, nested(mul(want.nngp, shrink)), 1e-13 * depth)
      close(got.ntk, nested(mul(want.ntk, shrink)), 1e-13 * depth)
    }
  })
})

describe('inputs scaled by powers of two', () => {
  const net = deep(['Relu'], 4, 1.4, null)

  test.each([300, -270, 500, -500])(
    '2^%d scales a homogeneous kernel and changes no digit',
    async (power) => {
      const scale = 2 ** power
      const want = await kernelFn(net)(x, null)
      for (const each of [net, general(net)]) {
        const got = await kernelFn(each)(mul(x, scale), null)
        close(got.nngp, nested(mul(mul(want.nngp, scale), scale)), 1e-13)
        close(got.ntk, nested(mul(mul(want.ntk, scale), scale)), 1e-13)
      }
    },
  )

  test('samples of very unlike scales are in one set', async () => {
    const factors = [2 ** 300, 1, 2 ** -270, 2 ** 280]
    const rows = factors.map((f, i) => mul(sample(10 + i, 1, 3), f))
    const all = concatenate(rows, 0)
    const plain = await kernelFn(net)(
      concatenate(
        factors.map((_, i) => sample(10 + i, 1, 3)),
        0,
      ),
    )
    for (const each of [net, general(net)]) {
      const { ntk } = await kernelFn(each)(all)
      const [got, want] = [ntk.dataSync(), plain.ntk.dataSync()]
      factors.forEach((f, i) =>
        factors.forEach((g, j) => {
          const expected = (want[i * 4 + j] as number) * f * g
          expect(Math.abs((got[i * 4 + j] as number) - expected)).toBeLessThanOrEqual(
            1e-12 * Math.abs(expected),
          )
        }),
      )
    }
  })

  test('erf saturates: large inputs have the kernel of their directions', async () => {
    const steep = netOf(['serial', dense(1), ['Erf'], dense(1)])
    const far = await kernelFn(steep)(mul(x, 2 ** 60), null, { get: 'nngp' })
    for (const each of [steep, general(steep)]) {
      const further = await kernelFn(each)(mul(x, 2 ** 480), null, { get: 'nngp' })
      close(further, nested(far), 1e-12)
    }
  })

  test('float32 inputs are computed in float64, and kept in float32 where they fit', async () => {
    const small = cast(mul(x, 2 ** -60), 'float32')
    const { ntk } = await kernelFn(net)(small)
    const want = await kernelFn(net)(x)
    close(ntk, nested(mul(want.ntk, 2 ** -120)), 1e-5)
  })
})

describe('what no float can hold is an error, never NaN', () => {
  const relu = deep(['Relu'], 3)
  const paths = (net: KernelNet): readonly KernelNet[] => [net, general(net)]

  test.each([
    ['inputs of 1e200', relu, () => mul(x, 1e200), /squares float64 can hold.*sample 0 of x1/],
    // 0, where 6e-141 is right, if the squares were taken all the same.
    [
      'inputs of 1e-170 under weights of 1e100',
      netOf(['serial', dense(1e100), ['Relu'], dense(1)]),
      () => mul(x, 1e-170),
      /squares float64 can hold.*sample 0 of x1, with smaller numbers/,
    ],
    [
      'wStd 1e200',
      netOf(['serial', dense(1e200), ['Relu'], dense(1)]),
      () => x,
      /not.*1\.8e308|beyond 1\.8e308/,
    ],
    ['wStd 10 two hundred layers deep', deep(['Relu'], 200, 10, null), () => x, /beyond 1\.8e308/],
    [
      'a kernel beyond float32',
      deep(['Relu'], 40, 10, null),
      () => cast(x, 'float32'),
      /beyond 3\.4e38.*float64/,
    ],
  ] as const)('%s', async (_, net, inputs, message) => {
    for (const each of paths(net)) await expect(kernelFn(each)(inputs())).rejects.toThrow(message)
  })

  test('an activation without an expectation says so', async () => {
    const net = netOf(['serial', dense(2), ['Gaussian', { a: 1, b: 1 }], dense(1)])
    for (const each of paths(net))
      await expect(kernelFn(each)(x)).rejects.toThrow(/holds NaN.*no expectation/)
  })

  test('the look at the largest number works where the default backend has float32 alone', async () => {
    const device: Backend = {
      ...cpuBackend(),
      name: 'float32 alone',
      dtypes: ['float32', 'int32', 'bool'],
      composites: {},
      supports: (_, dtype) => dtype !== 'float64',
    }
    const there = await toBackend(cast(x, 'float32'), device)
    const want = await kernelFn(relu)(x)
    setDefaultBackend(device)
    const run = kernelFn(relu)(there).finally(() => setDefaultBackend(cpuBackend()))
    close(await toHost((await run).ntk), nested(want.ntk), 2e-5)
  })

  test('kernelOf is right at scales that its products leave', () => {
    const net = deep(['Relu'], 100, 10, null)
    const unit = kernelOf(deep(['Relu'], 100, Math.SQRT2, null), x)
    close(kernelOf(net, x).ntk as Tensor, nested(mul(unit.ntk as Tensor, 50 ** 100)), 1e-11)
  })
})

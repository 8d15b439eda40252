import { grad } from '@ntk/autodiff'
import { cast, type Nested, NtkError, reshape, sum, type Tensor, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { jobOf } from '../src/fn/job.js'
import {
  inputKernel,
  type Kernel,
  type KernelNet,
  type KernelStep,
  kernelFn,
  kernelOf,
} from '../src/index.js'
import { close, sample } from './helpers.js'

const dense: KernelStep = {
  kind: 'affine',
  layer: 'Dense',
  out: 1,
  wStd: 1.3,
  bStd: 0.2,
  parameterization: 'ntk',
}
// 1 at 0: what is put to 0 behind it shows.
const cos: KernelStep = { kind: 'activation', name: 'Cos', options: { a: 1, b: 1, c: 0 } }
const relu: KernelStep = { kind: 'activation', name: 'Relu', options: {} }
const flatten: KernelStep = { kind: 'flatten' }
const names = ['nngp', 'ntk', 'cov1', 'cov2'] as const

/** `x` with a number where `padding` says so, by sample, position and channel. */
function withPadding(x: Tensor, by: number, padding: (i: number, p: number, c: number) => boolean): Tensor {
  const channels = x.shape.at(-1) as number
  const positions = x.size / (x.shape[0] as number) / channels
  const data = Float64Array.from(x.dataSync()).map((v, at) => {
    const row = Math.floor(at / channels)
    return padding(Math.floor(row / positions), row % positions, at % channels) ? by : v
  })
  return reshape(tensor(data), x.shape)
}

const nested = (x: unknown): Nested => (x as Tensor).toNested()
const numbers = (x: unknown): number[] => Array.from((x as Tensor).dataSync())

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return NtkError.isInstance(error) ? error.code : String(error)
  }
  return 'nothing was thrown'
}

/** Sequences of lengths 4, 2 and 1. */
const lengths = [4, 2, 1]
const sequences = withPadding(sample(1, 3, 4, 3), Number.NaN, (i, p) => p >= (lengths[i] as number))
const isThere = (i: number, p: number): boolean => p < (lengths[i] as number)

describe('positions that are padding', () => {
  const nets: readonly (readonly [string, KernelNet])[] = [
    ['dense', { kernel: [dense] }],
    ['an activation that is 1 at 0', { kernel: [dense, cos] }],
    ['dropout', { kernel: [dense, cos, { kind: 'dropout', keep: 0.5 }] }],
    [
      'a sum with means',
      {
        kernel: [
          { kind: 'fanOut', n: 2 },
          {
            kind: 'parallel',
            branches: [
              [dense, cos],
              [dense, relu],
            ],
          },
          { kind: 'fanInSum' },
        ],
      },
    ],
  ]

  test.each(nets)('are 0 behind %s, and the others what they are without them', async (_, net) => {
    const got = kernelOf(net, sequences, null, { maskConstant: Number.NaN })
    const whole = kernelOf(net, sample(1, 3, 4, 3))
    for (const name of ['nngp', 'ntk', 'cov1'] as const) {
      const [a, b] = [numbers(got[name]), numbers(whole[name])]
      a.forEach((value, at) => {
        const [p, q] = [Math.floor(at / 4) % 4, at % 4]
        const pair = Math.floor(at / 16)
        const [i, j] = name === 'cov1' ? [pair, pair] : [Math.floor(pair / 3), pair % 3]
        const want = isThere(i, p) && isThere(j, q) ? (b[at] as number) : 0
        expect(Math.abs(value - want)).toBeLessThanOrEqual(1e-15)
      })
    }
    const tiles = await kernelFn(net)(sequences, null, { get: names, maskConstant: Number.NaN, tile: 2 })
    const { means } = got
    if (means !== undefined && means !== 'zero') expect(numbers(means.of1)[6]).toBe(0)
    for (const name of ['nngp', 'ntk', 'cov1'] as const) close(tiles[name], nested(got[name]), 1e-13)
    close(tiles.cov2, nested(got.cov1), 1e-13)
  })

  test('stay masked through a step of a user that carries masks; another refuses them by its name', () => {
    const own = (places?: { readonly masks: 'carries' }): KernelNet => ({
      kernel: [
        dense,
        { kind: 'map', name: 'Twice', map: (k) => ({ ...k }), ...(places ? { places } : {}) },
        cos,
      ],
    })
    const run = (net: KernelNet) => (): Kernel => kernelOf(net, sequences, null, { maskConstant: Number.NaN })
    expect(run(own())).toThrow(/Twice cannot take in masks/)
    close(
      run({
        kernel: [
          dense,
          { kind: 'map', name: 'On', map: (k) => ({ ...k, isGaussian: true }), places: { masks: 'carries' } },
          cos,
        ],
      })().nngp as Tensor,
      nested(run({ kernel: [dense, cos] })().nngp),
      1e-15,
    )
  })
})

describe('vectors', () => {
  const net: KernelNet = { kernel: [dense, relu, dense, relu, dense] }
  const x1 = withPadding(sample(2, 5, 4), 1000, (i, _p, c) => i === 3 || (i === 1 && c > 1))
  const x2 = withPadding(sample(3, 3, 4), 1000, (i, _p, c) => i === 0 || c === 2)
  const zeros = (x: Tensor): Tensor => withPadding(x, 0, (i, _p, c) => numbers(x)[i * 4 + c] === 1000)

  test.each([
    ['x1 with itself', null],
    ['x1 with x2', x2],
  ] as const)(
    'of %s that are all padding have no covariance, single features count as 0',
    async (_, other) => {
      const plain = kernelOf(net, zeros(x1), other === null ? null : zeros(other))
      const got = kernelOf(net, x1, other, { maskConstant: 1000 })
      const gone2 = other === null ? 3 : 0
      const [a, b] = [numbers(got.ntk), numbers(plain.ntk)]
      const n2 = other === null ? 5 : 3
      a.forEach((value, at) => {
        const masked = Math.floor(at / n2) === 3 || at % n2 === gone2
        expect(value).toBe(masked ? 0 : b[at])
      })
      for (const tile of [1, 2, 64]) {
        const tiles = await kernelFn(net)(x1, other, { get: names, maskConstant: 1000, tile })
        close(tiles.nngp, nested(got.nngp), 1e-13)
        close(tiles.ntk, nested(got.ntk), 1e-13)
        close(tiles.cov1, nested(got.cov1), 1e-13)
        close(tiles.cov2, nested(got.cov2 ?? got.cov1), 1e-13)
      }
    },
  )

  test('that are all padding, all of them', async () => {
    const nothing = withPadding(sample(4, 2, 3), 7, () => true)
    const { nngp, ntk, cov1 } = await kernelFn(net)(nothing, null, { get: names, maskConstant: 7 })
    expect([...numbers(nngp), ...numbers(ntk), ...numbers(cov1)].every((v) => v === 0)).toBe(true)
    expect(numbers(kernelOf(net, nothing, null, { maskConstant: 7 }).ntk).every((v) => v === 0)).toBe(true)
  })

  test('go through runs in one piece as step by step', async () => {
    const steps: KernelStep[] = [{ kind: 'dropout', keep: 1 }, ...net.kernel]
    const got = await kernelFn({ kernel: steps })(x1, x2, { get: names, maskConstant: 1000, tile: 2 })
    const want = kernelOf(net, x1, x2, { maskConstant: 1000 })
    for (const name of names) close(got[name], nested(want[name]), 1e-13)
  })
})

describe('positions that are padding in single channels', () => {
  const x = withPadding(sample(6, 3, 4, 2), Number.NaN, (i, p, c) => i === 1 && p === 2 && c === 0)
  const y = withPadding(sample(6, 3, 4, 2), Number.NaN, (i, p) => i === 1 && p === 2)
  const options = { maskConstant: Number.NaN } as const
  const window = { window: [2], strides: [1], dilation: [1], padding: 'VALID' } as const
  const steps: readonly (readonly [string, KernelStep])[] = [
    ['GlobalAvgPool', { kind: 'globalPool', layer: 'GlobalAvgPool', over: 'mean' }],
    ['AvgPool', { kind: 'pool', layer: 'AvgPool', over: 'window', ...window }],
    ['SumPool', { kind: 'pool', layer: 'SumPool', over: 'sum', ...window }],
  ]

  test.each(steps)('are refused by %s, but behind a layer with weights', async (name, step) => {
    const run = (kernel: readonly KernelStep[], data: Tensor) => () =>
      kernelOf({ kernel }, data, null, options)
    expect(run([step], x)).toThrow(
      `The kernel of ${name} needs positions that are padding in all their channels or in none.`,
    )
    await expect(kernelFn({ kernel: [step] })(x, null, options)).rejects.toThrow(/in all their channels/)
    expect(codeOf(run([step], y))).toBe('nothing was thrown')
    expect(codeOf(run([dense, step], x))).toBe('nothing was thrown')
    // A derivative sees where padding is.
    const total = (kernel: readonly KernelStep[]) => (data: Value) =>
      sum(kernelOf({ kernel }, data, null, options).nngp)
    expect(codeOf(() => grad(total([step]) as never)(y as never))).toBe('nothing was thrown')
    expect(codeOf(() => grad(total([step]) as never)(x as never))).toBe('requirement')
  })
})

describe('what padding is', () => {
  const net: KernelNet = { kernel: [dense, relu, flatten, dense] }
  const x = sample(5, 3, 4, 2)
  const at = (by: number): Tensor => withPadding(x, by, (i, p) => p > i)
  const want = kernelOf(net, at(1000), null, { maskConstant: 1000 })

  test.each([Number.NaN, Infinity, -Infinity, -0.1, 0])('may be %s', async (constant) => {
    const { ntk, nngp } = await kernelFn(net)(at(constant), null, { maskConstant: constant })
    close(ntk, nested(want.ntk), 1e-13)
    close(nngp, nested(want.nngp), 1e-13)
    close(
      kernelOf(net, at(constant), null, { maskConstant: constant }).ntk as Tensor,
      nested(want.ntk),
      1e-15,
    )
  })

  test('is compared in the dtype of the data', async () => {
    const single = cast(at(0.1), 'float32')
    const { ntk } = await kernelFn(net)(single, null, { maskConstant: 0.1 })
    close(ntk, nested(want.ntk), 2e-5)
    close(kernelOf(net, single, null, { maskConstant: 0.1 }).ntk as Tensor, nested(want.ntk), 2e-5)
  })

  test('leaves other numbers that are none refused', async () => {
    const broken = withPadding(at(Number.NaN), Infinity, (i, p) => i === 2 && p === 0)
    const run = kernelFn(net)(broken, null, { maskConstant: Number.NaN })
    await expect(run).rejects.toThrow(/Infinity in sample 2 of x1/)
    await expect(kernelFn(net)(at(Number.NaN), null, { maskConstant: 0 })).rejects.toThrow(
      /NaN in sample 0 of x1/,
    )
  })

  test('belongs to the job of a sink', async () => {
    const jobs = [undefined, 1000, Number.NaN].map((constant) => jobOf(net, x, null, constant))
    const told = (await Promise.all(jobs)).map(({ maskConstant }) => maskConstant)
    expect(told).toEqual([undefined, 1000, 'NaN'])
  })

  test('is a number', () => {
    expect(codeOf(() => kernelOf(net, x, null, { maskConstant: 'NaN' as never }))).toBe('option')
    expect(codeOf(() => inputKernel(x, null, { maskConstant: null as never }))).toBe('option')
  })
})

test('gradients in the data are 0 at padding and the same elsewhere', () => {
  const net: KernelNet = { kernel: [dense, relu, flatten, dense] }
  const total = (constant: number) => (x: Value) =>
    sum(kernelOf(net, x, null, { maskConstant: constant }).ntk as Value)
  const got = numbers(grad(total(Number.NaN) as never)(sequences as never))
  const marked = withPadding(sample(1, 3, 4, 3), 1000, (i, p) => !isThere(i, p))
  const again = numbers(grad(total(1000) as never)(marked as never))
  expect(got).toEqual(again)
  got.forEach((slope, at) => {
    if (!isThere(Math.floor(at / 12), Math.floor(at / 3) % 4)) expect(slope).toBe(0)
    else expect(Math.abs(slope)).toBeGreaterThan(0)
  })
})

import {
  type Backend,
  cast,
  concatenate,
  cpuBackend,
  createCpuBackend,
  eigh,
  mul,
  type Nested,
  NtkError,
  neg,
  reshape,
  slice,
  type Tensor,
  take,
  tensor,
  toBackend,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { type KernelFnOptions, kernelFn } from '../src/index.js'
import { close, deep, dense, general, netOf, sample, tolerance } from './helpers.js'

const relu = deep(['Relu'], 3)
const erf = deep(['Erf'], 3)
const paths = [
  ['fused', relu],
  ['step by step', general(relu)],
  ['erf, fused', erf],
  ['erf, step by step', general(erf)],
] as const

const nested = (x: Tensor): Nested => x.toNested()
const join = (...xs: Tensor[]): Tensor => concatenate(xs, 0)

describe.each(paths)('%s', (_, net) => {
  const x = sample(1, 23, 6)
  const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const

  test('a kernel with itself is symmetric to the bit and positive definite', async () => {
    const { nngp, ntk } = await kernelFn(net)(x, null, { tile: 5 })
    for (const k of [nngp, ntk]) {
      const rows = k.toNested() as number[][]
      rows.forEach((row, i) => row.forEach((v, j) => expect(v).toBe(rows[j]?.[i])))
      expect(eigh(k).values.dataSync()[0]).toBeGreaterThan(0)
    }
  })

  test('x2 = null gives what x2 = x1 gives', async () => {
    const own = await kernelFn(net)(x, null, { get, tile: 7 })
    const both = await kernelFn(net)(x, x, { get })
    for (const name of get) close(own[name], nested(both[name]), 1e-13)
  })

  test('the size of tiles changes nothing', async () => {
    const y = sample(2, 11, 6)
    const whole = await kernelFn(net)(x, y, { get })
    for (const tile of [1, 4, 16]) {
      const parts = await kernelFn(net)(x, y, { get, tile })
      for (const name of get) close(parts[name], nested(whole[name]), 1e-13)
    }
  })

  test('the diagonal is the diagonal term to the bit, and equal samples have equal kernels wherever they stand', async () => {
    const twice = join(x, x)
    const { nngp, ntk, cov1 } = await kernelFn(net)(twice, null, { get, tile: 8 })
    const [k, theta, own] = [nngp.dataSync(), ntk.dataSync(), cov1.dataSync()]
    const n = 46
    for (let i = 0; i < 23; i++) {
      expect(k[i * n + i]).toBe(own[i])
      expect(k[i * n + i + 23]).toBe(own[i])
      expect(theta[i * n + i + 23]).toBe(theta[i * n + i])
    }
    const across = await kernelFn(net)(x, slice(x, [3, 4]))
    expect(across.ntk.dataSync()[3]).toBe(theta[3 * n + 3])
  })

  test('permuting samples permutes the kernel', async () => {
    const order = tensor([4, 0, 3, 1, 2], { dtype: 'int32' })
    const five = slice(x, [0, 5])
    const k = await kernelFn(net)(five, null, { get: 'ntk' })
    const permuted = await kernelFn(net)(take(five, order), null, { get: 'ntk' })
    close(permuted, nested(take(take(k, order, 0), order, 1)), 1e-13)
  })

  test('zero and opposite samples give finite numbers', async () => {
    const edge = join(
      mul(slice(x, [0, 1]), 0),
      slice(x, [0, 1]),
      neg(slice(x, [0, 1])),
      mul(slice(x, [0, 1]), 1e-9),
    )
    const { nngp, ntk } = await kernelFn(net)(edge)
    for (const v of [...nngp.dataSync(), ...ntk.dataSync()]) expect(Number.isFinite(v)).toBe(true)
  })

  test('float32 inputs give float32, right also for nearly equal inputs in a deep network', async () => {
    const whole = net.kernel.every((step) => step.kind !== 'map')
    const very = whole ? deep(['Relu'], 30) : general(deep(['Relu'], 30))
    const near = cast(join(slice(x, [0, 4]), mul(slice(x, [0, 4]), 1 + 1e-6)), 'float32')
    const single = await kernelFn(very)(near, null)
    const double = await kernelFn(very)(cast(near, 'float64'), null)
    expect(single.ntk.dtype).toBe('float32')
    close(single.ntk, nested(double.ntk), 1e-6)
    close(single.nngp, nested(double.nngp), 1e-6)
  })
})

test('a device that has float32 alone gives kernels that are right to its precision, equal samples included', async () => {
  const device: Backend = {
    ...cpuBackend(),
    name: 'float32 alone',
    dtypes: ['float32', 'int32', 'bool'],
    composites: {},
    supports: (_, dtype) => dtype !== 'float64',
  }
  const x = cast(join(sample(11, 12, 6), sample(11, 12, 6)), 'float32')
  for (const net of [relu, erf, general(relu)]) {
    const there = await kernelFn(net)(await toBackend(x, device))
    const here = await kernelFn(net)(x)
    expect(there.ntk.backend.name).toBe('float32 alone')
    close(there.nngp, nested(here.nngp), tolerance.float32)
    close(there.ntk, nested(here.ntk), tolerance.float32)
  }
})

test.each([
  ['fused', relu],
  ['step by step', general(relu)],
] as const)(
  'a device holds its inputs and results when a kernel is done, and no more tiles with more samples: %s',
  async (_, net) => {
    const device: Backend = {
      ...createCpuBackend({ memory: 'owned' }),
      name: 'owned',
    }
    const peak = async (n: number): Promise<number> => {
      const x = await toBackend(sample(11, n, 6), device)
      const before = device.memory()?.buffers as number
      let most = 0
      const onProgress = (): void => {
        most = Math.max(most, (device.memory()?.buffers as number) - before)
      }
      const { nngp, ntk } = await kernelFn(net)(x, null, { tile: 5, onProgress })
      expect(device.memory()?.buffers).toBe(before + 2)
      for (const t of [x, nngp, ntk]) t.dispose()
      return most
    }
    expect(await peak(40)).toBe(await peak(10))
  },
)

test('a ReLU network without biases is homogeneous: scaling an input scales its kernels', async () => {
  const net = deep(['Relu'], 4, 1.4, null)
  const [x, y] = [sample(3, 6, 5), sample(4, 4, 5)]
  const { nngp, ntk } = await kernelFn(net)(x, y)
  const scaled = await kernelFn(net)(mul(x, 3), y)
  close(scaled.nngp, nested(mul(nngp, 3)), 1e-12)
  close(scaled.ntk, nested(mul(ntk, 3)), 1e-12)
})

test('rotating all inputs changes nothing', async () => {
  const x = sample(5, 5, 2)
  const turned = tensor(
    (x.toNested() as number[][]).map(([a = 0, b = 0]) => [0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b]),
  )
  close(
    await kernelFn(relu)(turned, null, { get: 'ntk' }),
    nested(await kernelFn(relu)(x, null, { get: 'ntk' })),
    1e-12,
  )
})

describe('what get names is what comes', () => {
  const x = sample(6, 3, 4)

  test('a tensor for a name, a record for a list, both kernels where nothing is said', async () => {
    expect((await kernelFn(relu)(x, null, { get: 'nngp' })).shape).toEqual([3, 3])
    expect(Object.keys(await kernelFn(relu)(x))).toEqual(['nngp', 'ntk'])
    expect(Object.keys(await kernelFn(relu)(x, null, { get: ['cov1'] }))).toEqual(['cov1'])
  })

  test('the NNGP alone is the NNGP of both', async () => {
    close(await kernelFn(relu)(x, null, { get: 'nngp' }), nested((await kernelFn(relu)(x)).nngp), 0)
  })
})

describe('images', () => {
  const [x, y] = [sample(7, 5, 3, 2, 4), sample(8, 3, 3, 2, 4)]
  const head = [dense(1.4, 0.1), ['Relu'], dense(1.2, 0.2)]

  test('flattened first, are vectors', async () => {
    const net = netOf(['serial', ['Flatten'], ...head])
    const flat = (z: Tensor): Tensor => reshape(z, [z.shape[0] as number, 24])
    const { nngp, ntk } = await kernelFn(net)(flat(x), flat(y))
    for (const each of [net, general(net)]) {
      const got = await kernelFn(each)(x, y)
      close(got.nngp, nested(nngp), 1e-12)
      close(got.ntk, nested(ntk), 1e-12)
    }
  })

  test('flattened at the end, are the mean over positions of pixelwise kernels', async () => {
    const net = netOf(['serial', ...head, ['Flatten']])
    const got = await kernelFn(net)(x, null, { tile: 2 })
    const pixel = (z: Tensor, h: number, w: number): Tensor =>
      reshape(slice(z, [0, 5], [h, h + 1], [w, w + 1]), [5, 4])
    let sum: number[] = new Array(25).fill(0)
    for (let h = 0; h < 3; h++) {
      for (let w = 0; w < 2; w++) {
        const k = (await kernelFn(netOf(['serial', ...head]))(pixel(x, h, w))).ntk.dataSync()
        sum = sum.map((s, i) => s + (k[i] as number) / 6)
      }
    }
    close(got.ntk, nested(reshape(tensor(sum), [5, 5])), 1e-12)
  })

  test('left in space, have a kernel between all positions, the same from both sides', async () => {
    const net = netOf(['serial', ...head])
    const own = await kernelFn(net)(x, null, { tile: 2, get: ['nngp', 'ntk', 'cov1'] })
    const both = await kernelFn(net)(x, x, { tile: 3, get: ['nngp', 'ntk', 'cov1'] })
    expect(own.nngp.shape).toEqual([5, 5, 3, 3, 2, 2])
    expect(own.cov1.shape).toEqual([5, 3, 3, 2, 2])
    close(own.nngp, nested(both.nngp), 1e-12)
    close(own.ntk, nested(both.ntk), 1e-12)
    close(own.cov1, nested(both.cov1), 1e-12)
    const place = (k: Tensor, i: number, j: number): Tensor =>
      reshape(slice(k, [i, i + 1], [j, j + 1]), [3, 3, 2, 2])
    // Position (2, 0) of sample 1 against (0, 1) of sample 4.
    const pixels = (z: Tensor, n: number, h: number, w: number): Tensor =>
      reshape(slice(z, [n, n + 1], [h, h + 1], [w, w + 1]), [1, 4])
    const single = (await kernelFn(net)(pixels(x, 1, 2, 0), pixels(x, 4, 0, 1))).ntk.item()
    const rows = place(own.ntk, 1, 4).toNested() as number[][][][]
    expect(rows[2]?.[0]?.[0]?.[1]).toBeCloseTo(single, 12)
  })
})

describe('while it runs', () => {
  const x = sample(9, 40, 5)

  test.each([
    ['broad tiles where it is fused', relu, 7],
    ['square tiles step by step', general(relu), 10],
  ] as const)('it reports %s, up to all pairs below the diagonal', async (_, net, count) => {
    const seen: number[] = []
    let total = 0
    await kernelFn(net)(x, null, { tile: 10, onProgress: (p) => (seen.push(p.done), (total = p.total)) })
    expect(seen.length).toBe(count)
    expect(seen.at(-1)).toBe(total)
    expect(total).toBe(1000)
    expect([...seen].sort((a, b) => a - b)).toEqual(seen)
  })

  test('it can be aborted between tiles', async () => {
    const control = new AbortController()
    const options: KernelFnOptions = {
      tile: 10,
      signal: control.signal,
      onProgress: ({ done }) => done >= 300 && control.abort(),
    }
    const error: unknown = await kernelFn(relu)(x, null, options).catch((e: unknown) => e)
    expect(NtkError.isInstance(error) && error.code).toBe('aborted')
    expect(NtkError.isInstance(error) && error.got).toContain('of 1000')
  })
})

function Dense(): void {}

describe('wrong input has an error of its own', () => {
  const x = sample(10, 4, 3)
  const code = async (run: () => Promise<unknown>): Promise<string> => {
    const error: unknown = await run().catch((e: unknown) => e)
    return NtkError.isInstance(error) ? `${error.code}: ${error.message}` : `no NtkError: ${String(error)}`
  }

  test.each([
    [
      'NaN',
      () =>
        kernelFn(relu)(
          tensor([
            [1, 2],
            [Number.NaN, 0],
          ]),
        ),
      /^not-finite: .*sample 1 of x1/,
    ],
    [
      'infinity in x2',
      () => kernelFn(relu)(x, tensor([[1, Number.POSITIVE_INFINITY, 0]])),
      /^not-finite: .*x2/,
    ],
    ['an empty set', () => kernelFn(relu)(reshape(tensor([]), [0, 3])), /^value: /],
    ['a vector', () => kernelFn(relu)(tensor([1, 2])), /^shape: .*\[n, features\]/],
    ['other features', () => kernelFn(relu)(x, sample(1, 4, 2)), /^shape: .*\[4, 3\] and \[4, 2\]/],
    ['other dtypes', () => kernelFn(relu)(x, cast(x, 'float32')), /^dtype: /],
    ['integers', () => kernelFn(relu)(cast(x, 'int32')), /^dtype: .*int32.*cast/],
    [
      'an unknown name',
      () => kernelFn(relu)(x, null, { get: 'ntkk' as 'ntk' }),
      /^option: .*"nngp" or "ntk" or "cov1" or "cov2".*ntkk/,
    ],
    ['no network', () => kernelFn(undefined as never)(x), /^spec: .*needs a network/],
    [
      'a layer without brackets',
      () => kernelFn(Dense as never)(x),
      /^spec: .*the function Dense.*Call it: Dense/,
    ],
    ['a spec', () => kernelFn(['Relu'] as never)(x), /^spec: .*a list.*fromSpec/],
    ['no tile', () => kernelFn(relu)(x, null, { tile: 0 }), /^option: .*tile/],
    [
      'an activation on data',
      () => kernelFn(netOf(['serial', ['Relu'], dense(1)]))(x),
      /^requirement: .*Relu.*Gaussian.*Dense/,
    ],
    [
      'two activations in a row',
      () => kernelFn(general(netOf(['serial', dense(1), ['Erf'], ['Abs']])))(x),
      /^requirement: .*Abs/,
    ],
  ])('%s', async (_, run, message) => {
    expect(await code(run)).toMatch(message)
  })
})

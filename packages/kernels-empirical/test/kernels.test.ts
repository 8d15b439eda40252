import {
  type Apply,
  empiricalKernelFn,
  empiricalNngpFn,
  empiricalNtkCostFn,
  empiricalNtkFn,
  empiricalNtkPartsFn,
  empiricalNtkVpFn,
  kernelMatrix,
} from '@ntk/kernels-empirical'
import {
  add,
  cast,
  cholesky,
  eye,
  key,
  matmul,
  mul,
  normal,
  reshape,
  slice,
  sum,
  type Tensor,
  tanh,
  tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { draw, type Network, networks, type Params, relativeError } from './networks.js'
import cases from './reference/finite.json' with { type: 'json' }

const named = (name: string): Network => networks.find((n) => n.name === name) as Network
const mlp = named('dense layers with scaled weights')
const spatial = named('grouped, strided and dilated convolutions that end in space')
const { x, params } = draw(mlp, 6)
const [x1, x2] = [slice(x, [0, 4]), slice(x, [4, 6])]

/** Entries [i, j] of the last two axes of a kernel [n, m, k, k]. */
const entry = (kernel: Tensor, i: number, j: number): Tensor => slice(kernel, null, null, i, j)

describe('axes of a kernel of outputs in space', () => {
  const { x: images, params: weights } = draw(spatial, 4)
  const [a, b] = [slice(images, [0, 3]), slice(images, [1, 4])]
  const shape = spatial.apply(weights, a).shape
  const [, h, k] = shape as [number, number, number]

  for (const implementation of [
    'jacobian-contraction',
    'ntk-vector-products',
    'structured-derivatives',
  ] as const) {
    test(`traced and diagonal axes are means and diagonals of the full kernel: ${implementation}`, async () => {
      const fn = (traceAxes: number[], diagonalAxes: number[]): Promise<Tensor> =>
        empiricalNtkFn(spatial.apply, { implementation, traceAxes, diagonalAxes })(a, b, weights)
      const full = await fn([], [])
      expect(full.shape).toEqual([3, 3, h, h, k, k])
      const at = (i: number, j: number, p: number, q: number): Tensor => slice(full, null, null, i, j, p, q)
      const traced = await fn([-1], [1])
      expect(traced.shape).toEqual([3, 3, h])
      const both = await fn([1], [2])
      expect(both.shape).toEqual([3, 3, k])
      for (let i = 0; i < h; i++) {
        const mean = mul(add(at(i, i, 0, 0), at(i, i, 1, 1)), 0.5)
        expect(relativeError(slice(traced, null, null, i), mean)).toBeLessThan(1e-12)
      }
      for (let p = 0; p < k; p++) {
        const list = Array.from({ length: h }, (_, i) => at(i, i, p, p))
        expect(
          relativeError(
            slice(both, null, null, p),
            mul(
              list.reduce((u, v) => add(u, v)),
              1 / h,
            ),
          ),
        ).toBeLessThan(1e-12)
      }
      const free = await fn([1], [])
      expect(free.shape).toEqual([3, 3, k, k])
      const off = Array.from({ length: h }, (_, i) => at(i, i, 0, 1)).reduce((u, v) => add(u, v))
      expect(relativeError(entry(free, 0, 1), mul(off, 1 / h))).toBeLessThan(1e-12)
      const all = await fn([1, 2], [])
      expect(all.shape).toEqual([3, 3])
    })
  }
})

test('a batch-mixing network keeps traced axes too', async () => {
  const network = named('batch normalization, which mixes samples')
  const drawn = draw(network, 5)
  const [a, b] = [slice(drawn.x, [0, 3]), slice(drawn.x, [1, 5])]
  const full = await empiricalNtkFn(network.apply)(a, b, drawn.params)
  for (const implementation of [
    'jacobian-contraction',
    'ntk-vector-products',
    'structured-derivatives',
  ] as const) {
    const traced = await empiricalNtkFn(network.apply, { implementation, traceAxes: [1] })(a, b, drawn.params)
    expect(relativeError(traced, mul(add(entry(full, 0, 0), entry(full, 1, 1)), 0.5))).toBeLessThan(1e-12)
    const diagonal = await empiricalNtkFn(network.apply, { implementation, diagonalAxes: [1] })(
      a,
      b,
      drawn.params,
    )
    expect(relativeError(slice(diagonal, null, null, 1), entry(full, 1, 1))).toBeLessThan(1e-12)
  }
})

test('vmapAxes 0 takes every sample alone, null takes all together', async () => {
  const network = named('batch normalization, which mixes samples')
  const drawn = draw(network, 3)
  // Alone, a sample is its own mean: nothing of the first layer is left.
  const alone = await empiricalNtkFn(network.apply, { vmapAxes: 0, traceAxes: [1] })(
    drawn.x,
    null,
    drawn.params,
  )
  const onlyShift: Apply<Params> = (p, rows) =>
    network.apply([p[0] as Tensor, p[1] as Tensor, p[2] as Tensor], rows)
  const single = await empiricalNtkFn(onlyShift, { traceAxes: [1] })(
    slice(drawn.x, [0, 1]),
    slice(drawn.x, [1, 2]),
    drawn.params,
  )
  expect(relativeError(slice(alone, [0, 1], [1, 2]), single)).toBeLessThan(1e-12)
  const whole = await empiricalNtkFn(mlp.apply)(x1, x2, params)
  for (const implementation of [
    'jacobian-contraction',
    'ntk-vector-products',
    'structured-derivatives',
  ] as const) {
    const together = await empiricalNtkFn(mlp.apply, { implementation, vmapAxes: null })(x1, x2, params)
    expect(relativeError(together, whole)).toBeLessThan(1e-13)
    const rows = await empiricalNtkFn(mlp.apply, { implementation, vmapAxes: 0 })(x1, x2, params)
    expect(relativeError(rows, whole)).toBeLessThan(1e-13)
  }
})

test('a gradient kernel agrees with finite differences', async () => {
  const kernel = await empiricalNtkFn(mlp.apply)(x1, x2, params)
  const h = 1e-5
  const slopes = (rows: Tensor): Float64Array[] =>
    params.flatMap((p, i) =>
      Array.from({ length: p.size }, (_, j) => {
        const nudged = (by: number): Float64Array => {
          const data = Float64Array.from(p.dataSync(), (v, k) => (k === j ? v + by : v))
          const all = params.map((q, k) => (k === i ? tensorFromData(data, p.shape) : q))
          return mlp.apply(all, rows).dataSync() as Float64Array
        }
        const [up, down] = [nudged(h), nudged(-h)]
        return up.map((v, k) => (v - (down[k] as number)) / (2 * h))
      }),
    )
  const [s1, s2] = [slopes(x1), slopes(x2)]
  // Entry (sample 1, output 2; sample 0, output 1) of outputs [4, 3] and [2, 3].
  const expected = s1.reduce((total, s, i) => total + (s[5] as number) * (s2[i]?.[1] as number), 0)
  expect(Math.abs(slice(kernel, 1, 0, 2, 1).item() - expected)).toBeLessThan(1e-8)
})

test('the implementations agree on a wide layer, which vector products take an entry at a time', async () => {
  const wide = [normal(key(0), [300, 256]), normal(key(1), [256, 2])] as const
  const net = ([a, b]: readonly [Tensor, Tensor], rows: Tensor): Tensor =>
    matmul(tanh(mul(matmul(rows, a), 0.05)), b)
  const [left, right] = [normal(key(2), [3, 300]), normal(key(3), [2, 300])]
  const whole = await empiricalNtkFn(net, { implementation: 'structured-derivatives' })(left, right, wide)
  for (const implementation of ['jacobian-contraction', 'ntk-vector-products'] as const) {
    const kernel = await empiricalNtkFn(net, { implementation })(left, right, wide)
    expect(relativeError(kernel, whole)).toBeLessThan(1e-13)
  }
})

test('the counted costs favour structure for wide layers, and tell what cannot be done', () => {
  const wide = [normal(key(0), [256, 512]), normal(key(1), [512, 4])] as const
  const net = ([a, b]: readonly [Tensor, Tensor], rows: Tensor): Tensor => matmul(tanh(matmul(rows, a)), b)
  const { flops, cheapest } = empiricalNtkCostFn(net)(normal(key(2), [20, 256]), null, wide)
  expect(cheapest).toBe('structured-derivatives')
  expect(flops['structured-derivatives']).toBeLessThan(0.05 * flops['jacobian-contraction'])
  const constant = empiricalNtkCostFn((_: Tensor, rows: Tensor) => rows)(x1, null, wide[0])
  expect(constant.flops['structured-derivatives']).toBe(Number.POSITIVE_INFINITY)
})

test('blocks of any size give the same kernel', async () => {
  const whole = await empiricalNtkFn(mlp.apply)(x, null, params)
  for (const implementation of [
    'jacobian-contraction',
    'ntk-vector-products',
    'structured-derivatives',
  ] as const) {
    for (const tile of [1, 4]) {
      const blocked = await empiricalNtkFn(mlp.apply, { implementation })(x, null, params, { tile })
      expect(relativeError(blocked, whole)).toBeLessThan(1e-13)
    }
    const tiny = await empiricalNtkFn(mlp.apply, { implementation, maxBytes: 2000 })(x1, x2, params)
    expect(relativeError(tiny, slice(whole, [0, 4], [4, 6]))).toBeLessThan(1e-13)
  }
})

test('a kernel of a set with itself is symmetric to the last bit, and positive semidefinite', async () => {
  const kernel = kernelMatrix(await empiricalNtkFn(mlp.apply)(x, null, params, { tile: 4 }))
  expect(transpose(kernel).toNested()).toEqual(kernel.toNested())
  // Cholesky refuses a matrix with an eigenvalue below zero.
  const n = kernel.shape[0] as number
  expect(() => cholesky(add(kernel, mul(eye(n), 1e-12)))).not.toThrow()
})

test('float32 parameters give a float32 kernel, close to the float64 one', async () => {
  const single = (t: Tensor): Tensor => cast(t, 'float32')
  const kernel = await empiricalNtkFn(mlp.apply)(single(x), null, params.map(single))
  expect(kernel.dtype).toBe('float32')
  const exact = await empiricalNtkFn(mlp.apply)(x, null, params)
  expect(relativeError(kernel, exact)).toBeLessThan(2e-6)
})

test('products with vectors are those of the matrix', async () => {
  const v = normal(key(9), [2, 3])
  const kernel = await empiricalNtkFn(mlp.apply)(x1, x2, params)
  const product = empiricalNtkVpFn(mlp.apply)(x1, x2, params)
  const flat = reshape(transpose(kernel, [0, 2, 1, 3]), [12, 6])
  expect(relativeError(product(v), reshape(matmul(flat, reshape(v, [6])), [4, 3]))).toBeLessThan(1e-13)
  const own = empiricalNtkVpFn(mlp.apply)(x2, null, params)
  expect(relativeError(own(v), empiricalNtkVpFn(mlp.apply)(x2, x2, params)(v))).toBeLessThan(1e-15)
  expect(() => product(normal(key(9), [3, 2]))).toThrow(/\[2, 3\]/)
})

test('the NNGP kernel is the product of outputs, with axes as the NTK has them', async () => {
  for (const c of cases.filter((one) => one.name.startsWith('fc'))) {
    const outputs: Apply<null> = (_, rows) => (rows.shape[0] === 3 ? tensor(c.f1) : tensor(c.f2))
    const [a, b] = [tensor(c.x1 as number[][]), tensor(c.x2 as number[][])]
    const traced = await empiricalNngpFn(outputs, { traceAxes: [-1] })(a, b, null)
    expect(relativeError(traced, tensor(c.nngpTrace))).toBeLessThan(1e-13)
    const full = await empiricalNngpFn(outputs)(a, b, null)
    expect(full.shape).toEqual([3, 2, 3, 3])
    expect(full.toNested()).toEqual(c.f1.map((r1) => c.f2.map((r2) => r1.map((u) => r2.map((v) => u * v)))))
    const diagonal = await empiricalNngpFn(outputs, { diagonalAxes: [1] })(a, b, null)
    expect(relativeError(slice(diagonal, null, null, 2), entry(full, 2, 2))).toBeLessThan(1e-15)
  }
})

test('both kernels come from one function, or the one that is asked for', async () => {
  const fn = empiricalKernelFn(mlp.apply, { traceAxes: [-1] })
  const both = await fn(x1, x2, params)
  expect(
    relativeError(both.ntk as Tensor, await empiricalNtkFn(mlp.apply, { traceAxes: [-1] })(x1, x2, params)),
  ).toBe(0)
  expect(
    relativeError(both.nngp as Tensor, await empiricalNngpFn(mlp.apply, { traceAxes: [-1] })(x1, x2, params)),
  ).toBe(0)
  expect(Object.keys(await fn(x1, x2, params, { get: ['nngp'] }))).toEqual(['nngp'])
})

test('parts by layer and by parameter add up to the kernel, and a filter gives one of them', async () => {
  const [w1, b1, w2, b2] = params as [Tensor, Tensor, Tensor, Tensor]
  const tree = [{ w: w1, b: b1 }, null, { w: w2, b: b2 }] as const
  type Layers = readonly [{ w: Tensor; b: Tensor }, null, { w: Tensor; b: Tensor }]
  const apply: Apply<Layers> = ([first, , last], rows) => mlp.apply([first.w, first.b, last.w, last.b], rows)
  const whole = await empiricalNtkFn(apply)(x1, x2, tree)
  for (const implementation of [
    'jacobian-contraction',
    'ntk-vector-products',
    'structured-derivatives',
  ] as const) {
    const layers = await empiricalNtkPartsFn(apply, { implementation })(x1, x2, tree)
    expect(Object.keys(layers)).toEqual(['[0]', '[2]'])
    expect(relativeError(add(layers['[0]'] as Tensor, layers['[2]'] as Tensor), whole)).toBeLessThan(1e-14)
    const each = await empiricalNtkPartsFn(apply, { implementation, by: 'parameter' })(x1, x2, tree)
    expect(Object.keys(each)).toEqual(['[0].w', '[0].b', '[2].w', '[2].b'])
    const readout = await empiricalNtkFn(apply, {
      implementation,
      parameters: (path) => path.startsWith('[2]'),
    })(x1, x2, tree)
    expect(relativeError(readout, layers['[2]'] as Tensor)).toBeLessThan(1e-14)
    expect(relativeError(add(each['[2].w'] as Tensor, each['[2].b'] as Tensor), readout)).toBeLessThan(1e-14)
  }
  // The last bias: every output depends on its own alone.
  const [bias] = Object.values(
    await empiricalNtkPartsFn(apply, { by: 'parameter', parameters: (p) => p === '[2].b' })(x1, x2, tree),
  )
  expect(sum(bias as Tensor).item()).toBeCloseTo(4 * 2 * 3, 12)
})

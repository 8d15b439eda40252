import { mul, tanh, type Value } from '@ntk/tensor'
import { expect, describe as suite, test } from 'vitest'
import { describe, type KernelNet, type KernelStep, kernelFn } from '../src/index.js'
import { sample } from './helpers.js'

const dense = (out: number): KernelStep => ({
  kind: 'affine',
  layer: 'Dense',
  out,
  wStd: 1.2,
  bStd: 0.3,
  parameterization: 'ntk',
})
const relu: KernelStep = { kind: 'activation', name: 'Relu', options: {} }
const flatten: KernelStep = { kind: 'flatten' }
const net: KernelNet = {
  kernel: [
    dense(6),
    { kind: 'fanOut', n: 2 },
    { kind: 'parallel', branches: [[], [relu, dense(6)]] },
    { kind: 'fanInSum' },
    relu,
    flatten,
    dense(3),
  ],
}

suite('the table of a network', () => {
  test('has a row a layer, with shapes, needs and layouts', () => {
    const rows = describe(net, [-1, 4, 5, 2]).layers
    expect(rows.map(({ name, depth, shapes }) => [name, depth, shapes])).toEqual([
      ['Dense', 0, [[-1, 4, 5, 6]]],
      [
        'FanOut',
        0,
        [
          [-1, 4, 5, 6],
          [-1, 4, 5, 6],
        ],
      ],
      [
        'parallel',
        0,
        [
          [-1, 4, 5, 6],
          [-1, 4, 5, 6],
        ],
      ],
      ['Relu', 1, [[-1, 4, 5, 6]]],
      ['Dense', 1, [[-1, 4, 5, 6]]],
      ['FanInSum', 0, [[-1, 4, 5, 6]]],
      ['Relu', 0, [[-1, 4, 5, 6]]],
      ['Flatten', 0, [[-1, 120]]],
      ['Dense', 0, [[-1, 3]]],
    ])
    expect(rows.at(-2)?.needs).toBe('diagonal')
    expect(rows.map((row) => row.layout)).toEqual([...new Array(8).fill('diagonal'), 'full'])
    expect(rows[0]?.elements).toBe(20)
    expect(rows.at(-1)?.elements).toBe(1)
  })

  test('a network that ends in space holds all pairs of positions', () => {
    const { layers, resultBytes } = describe({ kernel: [dense(2)] }, [-1, 4, 5, 2], { n1: 3, ntk: false })
    expect(layers[0]?.elements).toBe(400)
    expect(resultBytes).toBe(3 * 3 * 400 * 8)
  })

  test('counts what the results hold, and the pairs of one triangle', async () => {
    const x = sample(1, 7, 4, 5, 2)
    const own = describe(net, x.shape, { n1: 7 })
    const { nngp, ntk } = await kernelFn(net)(x)
    expect(own.resultBytes).toBe(8 * (nngp.size + ntk.size))
    expect(own.pairs).toBe(28)
    expect(describe(net, x.shape, { n1: 7, n2: 2 }).pairs).toBe(14)
  })

  test('costs add up: twice the depth, twice the operations; branches count', () => {
    const per = (kernel: readonly KernelStep[]): number =>
      describe({ kernel }, [-1, 5]).operations - describe({ kernel: [] }, [-1, 5]).operations
    const block = [dense(4), relu]
    expect(per([...block, ...block])).toBe(2 * per(block))
    expect(
      per([
        { kind: 'fanOut', n: 1 },
        { kind: 'parallel', branches: [block] },
      ]),
    ).toBe(per(block))
    expect(per(block)).toBeGreaterThan(0)
  })

  const conv: KernelStep = {
    kind: 'conv',
    layer: 'Conv',
    weights: 'shared',
    out: 4,
    wStd: 1.2,
    bStd: 0.1,
    parameterization: 'ntk',
    window: [3, 3],
    strides: [1, 1],
    padding: 'SAME',
    dilation: [1, 1],
  }
  const gelu: KernelStep = { kind: 'activation', name: 'Gelu', options: {} }
  const pool: KernelStep = { kind: 'globalPool', layer: 'GlobalAvgPool', over: 'mean' }
  const ways: [string, KernelNet, number[]][] = [
    ['vectors', { kernel: [dense(4), relu, dense(1)] }, [5]],
    ['vectors', { kernel: [flatten, dense(4), relu, dense(1)] }, [4, 4, 2]],
    ['space', { kernel: [conv, relu, flatten, dense(1)] }, [6, 6, 1]],
    ['space', { kernel: [conv, relu, pool, dense(1)] }, [6, 6, 1]],
    ['layers', { kernel: [conv, gelu, pool, dense(1)] }, [6, 6, 1]],
    ['space', net, [4, 5, 2]],
  ]

  test.each(ways)('%s: the walk has the tiles and pairs that are told', async (way, kernel, shape) => {
    for (const [n1, n2, tile] of [
      [9, null, 2],
      [9, 7, 3],
      [9, null, undefined],
    ] as const) {
      const told = describe(kernel, [-1, ...shape], { n1, n2, tile, get: 'ntk' })
      let [tiles, pairs] = [0, 0]
      await kernelFn(kernel)(sample(1, n1, ...shape), n2 === null ? null : sample(2, n2, ...shape), {
        get: 'ntk',
        tile,
        onProgress: ({ total }) => {
          tiles += 1
          pairs = total
        },
      })
      expect([told.way, told.tiles, told.computedPairs]).toEqual([way, tiles, pairs])
    }
  })

  test('counts what is asked for: names, float32, a sink', () => {
    const told = (options: object): number[] => {
      const { memory, resultBytes } = describe(net, [-1, 4, 5, 2], { n1: 1000, ...options })
      expect(memory.total).toBe(memory.result + memory.inputs + memory.working)
      return [resultBytes, memory.result]
    }
    expect(told({})).toEqual([16e6, 16e6])
    expect(told({ get: 'ntk' })).toEqual([8e6, 8e6])
    expect(told({ ntk: false })).toEqual([8e6, 8e6])
    expect(told({ get: ['ntk', 'cov1'], dtype: 'float32' })).toEqual([4.004e6, 4.004e6])
    expect(told({ get: 'ntk', sink: true })).toEqual([8e6, 0])
    expect(() => describe(net, [-1, 4, 5, 2], { get: 'ntk', ntk: false })).toThrow(/Leave ntk out/)
  })

  test('says how right quadratures are, of each layer and of all', () => {
    const act = (name: string, options: object = {}): KernelStep => ({
      kind: 'activation',
      name,
      options: options as never,
    })
    const errors = (...phi: KernelStep[]): unknown => {
      const { layers, error } = describe({ kernel: phi.flatMap((f) => [dense(4), f]) }, [-1, 5])
      return [error, ...layers.filter(({ name }) => name !== 'Dense').map((layer) => layer.error)]
    }
    expect(errors(relu, act('HardTanh'))).toEqual([null, null, null])
    expect(errors(act('Tanh'), relu, act('Softsign'))).toEqual([2e-13, 1e-13, null, 1e-13])
    // What was estimated of it, within what is allowed.
    const fn = (x: Value): Value => tanh(mul(x, 1.3))
    const [own] = errors(act('Elementwise', { fn, nngpFn: null, dNngpFn: null, scale: 1 })) as [number]
    expect(own).toBeGreaterThanOrEqual(1e-13)
    expect(own).toBeLessThanOrEqual(1e-10)
    // What the grid of few points lacks is seen beside the integral: 1e-2 of elu.
    const [grid] = errors(act('Numerical', { fn: 'elu', degree: 25 })) as [number]
    expect(grid).toBeGreaterThan(1e-4)
    expect(grid).toBeLessThan(0.1)
  })

  test('tiles of a run in space take about as long, however deep the network and large the image', () => {
    const deep = (depth: number): KernelNet => ({
      kernel: [...Array.from({ length: depth }, () => [conv, relu]).flat(), pool],
    })
    const [shallow, deeper] = [1, 30].map((depth) => describe(deep(depth), [-1, 12, 12, 1], { n1: 500 }))
    expect(shallow?.tile.rows).toBeGreaterThan(deeper?.tile.rows ?? 0)
    expect(describe(deep(5), [-1, 40, 40, 1], { n1: 500 }).tile).toEqual({ rows: 1, cols: 1 })
  })

  test('a short job in space is told less memory than a long one, which has threads and a larger heap', () => {
    const cnn: KernelNet = { kernel: [conv, relu, conv, relu, pool, dense(1)] }
    const mebibytes = (n1: number): number =>
      describe(cnn, [-1, 28, 28, 1], { n1, get: 'ntk' }).memory.total / 2 ** 20
    // Measured: 7 and 24 MiB.
    expect(Math.abs(mebibytes(1) - 7)).toBeLessThan(0.3 * 7)
    expect(Math.abs(mebibytes(8) - 24)).toBeLessThan(0.3 * 24)
  })

  test('what does not fit in memory is refused before it is made, with what would fit', async () => {
    const many = kernelFn(ways[0]?.[1] as KernelNet)(sample(1, 2_000_000, 1), null, { get: 'ntk' })
    await expect(many).rejects.toMatchObject({ code: 'value' })
    await expect(many).rejects.toThrow(
      /does not fit in memory[\s\S]*29\.1 TB[\s\S]*a sink on disk.* at most \d+ samples/,
    )
    const large = kernelFn({ kernel: [conv, gelu, pool] })(sample(1, 2, 256, 256, 1), null)
    await expect(large).rejects.toThrow(/does not fit in memory[\s\S]*Not even one pair/)
  })

  test.each([
    ['an unknown size', () => describe(net, [-1, 4, -1, 2]), /known sizes/],
    ['a batch alone', () => describe(net, [-1]), /known sizes/],
    [
      'a layer without a kernel',
      () => describe({ kernel: [{ kind: 'finiteOnly', layer: 'MaxPool' }] }, [-1, 3]),
      /MaxPool/,
    ],
  ])('%s is an error', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

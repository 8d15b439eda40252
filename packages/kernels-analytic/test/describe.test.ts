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

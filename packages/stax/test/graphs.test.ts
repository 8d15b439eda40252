/** Graphs: kernels of networks with Aggregate, held against neural-tangents by every way to a kernel. */
import { readFileSync } from 'node:fs'
import { inputKernel, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { cast, type Nested, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { Aggregate, Dense, fromSpec, type Layer, Relu, type Spec, serial } from '../src/index.js'
import { close, messageOf } from './helpers.js'

interface Case {
  readonly name: string
  readonly spec: Spec
  readonly x1: Nested
  readonly x2: Nested | null
  readonly pattern1: Nested | null
  readonly pattern2: Nested | null
  readonly maskConstant?: number
  readonly nngp: Nested
  /** 0: zeros. */
  readonly ntk: Nested
  readonly cov1: Nested
  readonly cov2?: Nested
}

const cases = (
  JSON.parse(readFileSync(new URL('./reference/graphs.json', import.meta.url), 'utf8')) as readonly Case[]
)
  // Axes out of order, where the reference's number is that of no order: a calculation with the adjacency written out gives ours.
  .filter((c) => c.name !== 'SPARSE 2-D axes [2, 1]')

const get = ['nngp', 'ntk', 'cov1', 'cov2'] as const
const maybe = (x: Nested | null | undefined): Tensor | null =>
  x === null || x === undefined ? null : tensor(x)

describe.each(cases)('$name', (c) => {
  const net = fromSpec(c.spec) as Layer
  const [x1, x2] = [tensor(c.x1), maybe(c.x2)]
  const { maskConstant } = c
  const options = { pattern1: maybe(c.pattern1), pattern2: maybe(c.pattern2), maskConstant }
  const ntk = c.ntk === 0 ? inputKernel(x1, x2, { diagonalSpatial: false }).ntk : tensor(c.ntk)

  test('by kernelFn, whole and in tiles of 2', async () => {
    for (const tile of [undefined, 2]) {
      const got = await kernelFn(net)(x1, x2, { get, tile, ...options })
      close(got.nngp, c.nngp, 1e-10)
      close(got.ntk, (ntk as Tensor).toNested(), 1e-10)
      close(got.cov1, c.cov1, 1e-10)
      close(got.cov2, c.cov2 ?? c.cov1, 1e-10)
    }
  })

  test('by kernelOf', () => {
    const got = kernelOf(net, x1, x2, options)
    close(got.nngp as Tensor, c.nngp, 1e-10)
    close(got.ntk as Tensor, (ntk as Tensor).toNested(), 1e-10)
    close(got.cov1 as Tensor, c.cov1, 1e-10)
  })

  test('in float32', async () => {
    const single = (x: Tensor | null): Tensor | null => (x === null ? null : cast(x, 'float32'))
    const got = await kernelFn(net)(single(x1) as Tensor, single(x2), options)
    expect(got.nngp.dtype).toBe('float32')
    close(got.nngp, c.nngp, 2e-5)
    close(got.ntk, (ntk as Tensor).toNested(), 2e-5)
  })
})

describe('a finite network', () => {
  const x = tensor([
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ])

  test('sums over the edges that lead to a node, by either form', () => {
    // 0 to 1, 2 to 1, 1 to 1 twice.
    const dense = tensor([
      [
        [0, 1, 0],
        [0, 2, 0],
        [0, 1, 0],
      ],
    ])
    const sparse = tensor([
      [
        [0, 1],
        [2, 1],
        [1, 1],
        [1, 1],
        [-1, 0],
        [2, -1],
      ],
    ])
    const want = [
      [
        [0, 0],
        [12, 16],
        [0, 0],
      ],
    ]
    expect(Aggregate().apply(null, x, { pattern: dense }).toNested()).toEqual(want)
    expect(Aggregate({ implementation: 'SPARSE' }).apply(null, x, { pattern: sparse }).toNested()).toEqual(
      want,
    )
    expect(Aggregate().apply(null, x).toNested()).toEqual(x.toNested())
  })

  test('passes graphs on to the layers inside', () => {
    const net = serial(Aggregate(), Aggregate())
    const ring = tensor([
      [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
    ])
    expect(net.apply([null, null], x, { pattern: ring }).toNested()).toEqual([
      [
        [3, 4],
        [5, 6],
        [1, 2],
      ],
    ])
  })

  test('refuses graphs that do not fit', () => {
    const run = (pattern: Nested, implementation: 'DENSE' | 'SPARSE'): string =>
      messageOf(() => Aggregate({ implementation }).apply(null, x, { pattern: tensor(pattern) }))
    expect(run([[[0, 1]]], 'DENSE')).toMatch(/^shape: .*\[1, 3, 3\]/)
    expect(run([[[0, 1, 2]]], 'SPARSE')).toMatch(/^shape: .*edges/)
    expect(run([[[0, 3]]], 'SPARSE')).toMatch(/^index: .*nodes 0 to 2.*3/)
    expect(messageOf(() => Aggregate({ aggregateAxis: 2 }).apply(null, x, { pattern: x }))).toMatch(/^axis: /)
  })

  test('refuses a second graph for x1 with itself', () => {
    const net = serial(Aggregate(), Dense(1), Relu(), Dense(1))
    const [a, b] = [
      tensor([
        [
          [0, 1, 0],
          [0, 0, 1],
          [1, 0, 0],
        ],
      ]),
      tensor([
        [
          [0, 1, 0],
          [0, 0, 1],
          [1, 1, 0],
        ],
      ]),
    ]
    expect(messageOf(() => kernelOf(net, x, null, { pattern1: a, pattern2: b }))).toMatch(
      /^option: .*pattern1/,
    )
    close(
      kernelOf(net, x, null, { pattern1: a }).nngp as Tensor,
      (kernelOf(net, x, x, { pattern1: a, pattern2: a }).nngp as Tensor).toNested(),
      1e-14,
    )
  })
})

/** Networks of several inputs and outputs, nested: the reference by every way, and what has no kernel is refused by name. */
import { readFileSync } from 'node:fs'
import { type Kernel, kernelFn, kernelOf, type Tree } from '@ntk/kernels-analytic'
import {
  cast,
  div,
  key,
  matmul,
  type Nested,
  normal,
  split,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  type AnyLayer,
  Dense,
  Erf,
  FanInProd,
  FanInSum,
  FanOut,
  GlobalAvgPool,
  Identity,
  parallel,
  Relu,
  type Spec,
  serial,
  treeFromSpec,
} from '../src/index.js'
import { close } from './helpers.js'

type Given = Nested | { readonly items: readonly Given[] }

interface TreeCase {
  readonly name: string
  readonly spec: Spec
  readonly x1: Given
  readonly x2: Given | null
  readonly nngp: Given
  readonly ntk: Given
  readonly cov1: Given
  readonly cov2?: Given
}

const cases = (
  JSON.parse(readFileSync(new URL('./reference/trees.json', import.meta.url), 'utf8')) as readonly TreeCase[]
).filter((c) => JSON.stringify(c).includes('"items"'))

const isItems = (given: Given): given is { readonly items: readonly Given[] } =>
  typeof given === 'object' && 'items' in given

const inputs = (given: Given): Tree<Tensor> => (isItems(given) ? given.items.map(inputs) : tensor(given))

function eachLeaf<T>(got: Tree<T>, want: Given, check: (leaf: T, numbers: Nested) => void): void {
  if (!isItems(want)) return check(got as T, want)
  expect(Array.isArray(got)).toBe(true)
  const list = got as readonly Tree<T>[]
  expect(list.length).toBe(want.items.length)
  want.items.forEach((item, i) => {
    eachLeaf(list[i] as Tree<T>, item, check)
  })
}

const mapped = (x: Tree<Tensor>, f: (leaf: Tensor) => Tensor): Tree<Tensor> =>
  Array.isArray(x) ? x.map((leaf: Tree<Tensor>) => mapped(leaf, f)) : f(x as Tensor)

test('there are cases of trees', () => expect(cases.length).toBe(18))

describe.each(cases)('$name', (c) => {
  const net = treeFromSpec(c.spec)
  const x1 = inputs(c.x1)
  const x2 = c.x2 === null ? null : inputs(c.x2)
  // The reference rounds the diagonal of its NTK to 1e-8 behind ReLU, where x2 is null.
  const ofNtk = c.x2 === null && JSON.stringify(c.spec).includes('Relu') ? 1e-8 : 1e-10

  test('by kernelFn, whole and in tiles of 2', async () => {
    for (const tile of [undefined, 2]) {
      for (const name of ['nngp', 'ntk', 'cov1', 'cov2'] as const) {
        const want = c[name]
        if (want === undefined || want === null) continue
        const got = await kernelFn(net)(x1, x2, { get: name, tile })
        eachLeaf(got, want, (leaf, numbers) => close(leaf, numbers, name === 'ntk' ? ofNtk : 1e-10))
      }
    }
  })

  test('by kernelOf', () => {
    const got: Tree<Kernel> = kernelOf(net, x1, x2)
    eachLeaf(got, c.nngp, (k, numbers) => close(k.nngp as Tensor, numbers, 1e-10))
    eachLeaf(got, c.ntk, (k, numbers) => close(k.ntk as Tensor, numbers, ofNtk))
  })

  test('in float32', async () => {
    const single = (x: Tree<Tensor>): Tree<Tensor> => mapped(x, (leaf) => cast(leaf, 'float32'))
    const got = await kernelFn(net)(single(x1), x2 === null ? null : single(x2), {})
    eachLeaf(got, c.nngp, ({ nngp, ntk }, numbers) => {
      expect(nngp.dtype).toBe('float32')
      expect(ntk.dtype).toBe('float32')
      close(nngp, numbers, 2e-5)
    })
    eachLeaf(got, c.ntk, ({ ntk }, numbers) => close(ntk, numbers, 2e-5))
  })
})

const affine = { wStd: 1.3, bStd: 0.2 } as const
const sample = (seed: number, ...shape: readonly number[]): Tensor => normal(key(seed), shape)

/** Inputs [a, [b, c]]: two joined inside, and the third with them. */
const nested = (width: number) =>
  serial(
    parallel(
      serial(Dense(width, affine), Relu(), Dense(width, affine)),
      serial(
        parallel(Dense(width, affine), serial(Dense(width, affine), Erf(), Dense(width, affine))),
        FanInProd(),
        Dense(width, affine),
      ),
    ),
    FanInSum(),
    Relu(),
    Dense(width, affine),
  )

test('random finite networks of a tree of inputs approach their kernel', () => {
  const x = [sample(1, 3, 4), [sample(2, 3, 2), sample(3, 3, 3)]] as const
  const width = 96
  const net = nested(width)
  const want = (kernelOf(net, x) as Kernel).nngp as Tensor
  const shapes = [
    [-1, 4],
    [
      [-1, 2],
      [-1, 3],
    ],
  ] as const
  const draws = 200
  const products = Array.from(split(key(7), draws), (one) => {
    const { params, outputShape } = net.init(one, shapes)
    expect(outputShape).toEqual([-1, width])
    const f = net.apply(params, x) as Tensor
    return Array.from(div(matmul(f, transpose(f)), width).dataSync())
  })
  Array.from(want.dataSync()).forEach((k, at) => {
    const all = products.map((p) => p[at] as number)
    const mean = all.reduce((a, b) => a + b, 0) / draws
    const error = Math.sqrt(all.reduce((s, v) => s + (v - mean) ** 2, 0) / draws / (draws - 1))
    expect(Math.abs(mean - k)).toBeLessThan(4 * error)
    // Tight enough to tell a rule that is off by a tenth.
    expect(error).toBeLessThan(0.035 * k)
  })
})

test('trees of outputs keep their structure, at finite and infinite width', async () => {
  const net = serial(
    Dense(8, affine),
    FanOut(2),
    parallel(Dense(3, affine), serial(Relu(), FanOut(2), parallel(Dense(2, affine), Identity()))),
  )
  const x = sample(1, 5, 4)
  const { params, outputShape } = net.init(key(0), [-1, 4])
  expect(outputShape).toEqual([
    [-1, 3],
    [
      [-1, 2],
      [-1, 8],
    ],
  ])
  const shapeOf = (tree: Tree<{ readonly shape: readonly number[] }>): unknown =>
    Array.isArray(tree) ? tree.map(shapeOf) : (tree as Tensor).shape
  expect(shapeOf(net.apply(params, x))).toEqual([
    [5, 3],
    [
      [5, 2],
      [5, 8],
    ],
  ])
  const got = await kernelFn(net)(x, null, { get: 'ntk', tile: 2 })
  const pair = [5, 5]
  expect(shapeOf(got)).toEqual([pair, [pair, pair]])
  const inner = (kernelOf(net, x) as readonly Tree<Kernel>[])[1] as readonly Kernel[]
  close(
    ((got as readonly Tree<Tensor>[])[1] as readonly Tensor[])[0] as Tensor,
    ((inner[0] as Kernel).ntk as Tensor).toNested(),
    1e-13,
  )
})

test('padding of each input is its own', async () => {
  const net = serial(parallel(serial(Dense(4), GlobalAvgPool()), Dense(4)), FanInSum(), Relu(), Dense(1))
  const [a, b] = [
    [
      [
        [1, 2],
        [-9, -9],
      ],
    ],
    [[-9, 3]],
  ]
  const padded = [tensor(a), tensor(b)]
  const alone = [tensor([[[1, 2]]]), tensor([[0, 3]])]
  const want = (kernelOf(net, alone) as Kernel).nngp as Tensor
  const options = { maskConstant: -9 }
  close((kernelOf(net, padded, null, options) as Kernel).nngp as Tensor, want.toNested(), 1e-14)
  const got = (await kernelFn(net)(padded, null, { get: 'nngp', ...options })) as Tensor
  close(got, want.toNested(), 1e-14)
  const { params } = net.init(key(1), [
    [-1, 2, 2],
    [-1, 2],
  ])
  close(net.apply(params, padded, options), net.apply(params, alone).toNested(), 1e-14)
})

describe('what cannot be is refused by name', () => {
  const [a, b] = [sample(1, 3, 4), sample(2, 3, 4)]
  const two = [a, b]
  const sum = (...branches: readonly AnyLayer[]) => serial(parallel(...branches), FanInSum(), Dense(1))
  const product = (...branches: readonly AnyLayer[]) => serial(parallel(...branches), FanInProd(), Dense(1))

  test.each([
    [
      'products of inputs themselves',
      product(Identity(), Identity()),
      two,
      /FanInProd needs branches with weights/,
    ],
    ['sums of inputs themselves', sum(Identity(), Identity()), two, /weights of their own/],
    [
      'products of inputs themselves, one in a sum',
      product(Identity(), serial(parallel(Identity(), Dense(4)), FanInSum())),
      [a, two],
      /FanInProd needs branches with weights/,
    ],
    [
      'an input too few',
      sum(Dense(1), Dense(1), Dense(1)),
      two,
      /parallel of 3 branches needs 3 values.*\[x, x\]/,
    ],
    ['one input', sum(Dense(1), Dense(1)), a, /parallel of 2 branches needs 2 values/],
    ['several inputs of one', Dense(1), two, /Dense takes one value/],
    ['a tree too deep', sum(Dense(1), Dense(1)), [a, two], /Dense takes one value/],
    ['other samples', sum(Dense(1), Dense(1)), [a, sample(3, 2, 4)], /as many samples.*2 in x1\[1\]/],
    ['other dtypes', sum(Dense(1), Dense(1)), [a, cast(b, 'float32')], /one dtype/],
  ] as const)('%s', async (_, net, x, message) => {
    const open: AnyLayer = net
    await expect(kernelFn(open)(x)).rejects.toThrow(message)
  })

  test('x2 of another structure', async () => {
    await expect(kernelFn(sum(Dense(1), Dense(1)))(two, a)).rejects.toThrow(/trees of one structure/)
    expect(() => kernelOf(sum(Dense(1), Dense(1)), two, a)).toThrow(/trees of one structure/)
  })

  test('a join of a tree', () => {
    const inner = serial(FanOut(2), parallel(Identity(), Identity()))
    expect(() => serial(FanOut(2), parallel(Identity(), inner), FanInSum())).toThrow(
      /FanInSum takes several values.*a tree of values from parallel/s,
    )
  })
})

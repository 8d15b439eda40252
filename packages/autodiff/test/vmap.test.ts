import {
  abs,
  add,
  arange,
  matmul,
  max,
  mul,
  reshape,
  sin,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { grad, vmap } from '../src/index.js'

const w = tensor([
  [0.1, -0.4, 0.3],
  [0.7, 0.2, -0.5],
])
const xs = tensor([
  [1, 2],
  [-0.5, 0.25],
  [0.3, -0.7],
  [2, 1],
])
const rows = [
  [1, 2],
  [-0.5, 0.25],
  [0.3, -0.7],
  [2, 1],
].map((r) => tensor(r))

test('vmap of a matrix product with a vector is the product with the matrix', () => {
  const f = vmap((x: Tensor) => matmul(x, w))
  expect(f(xs).toNested()).toEqual(matmul(xs, w).toNested())
})

test('gradients of single examples come out at once by vmap of grad', () => {
  const loss = (v: Tensor, x: Tensor): Tensor => sum(sin(matmul(x, v)))
  const all = vmap(grad(loss), { inAxes: [null, 0] })(w, xs)
  const loop = stack(rows.map((x) => grad(loss)(w, x)))
  expect(all.shape).toEqual([4, 2, 3])
  expect(Array.from(all.dataSync())).toEqual(Array.from(loop.dataSync()))
})

test('nested vmaps give all pairs', () => {
  const pairs = vmap(
    vmap((a: Tensor, b: Tensor) => sum(mul(a, b)), { inAxes: [null, 0] }),
    { inAxes: [0, null] },
  )
  expect(pairs(xs, xs).toNested()).toEqual(
    matmul(
      xs,
      tensor([
        [1, -0.5, 0.3, 2],
        [2, 0.25, -0.7, 1],
      ]),
    ).toNested(),
  )
})

test('the batch axis stands where inAxes and outAxes say, in trees too', () => {
  const f = vmap(({ a, b }: { a: Tensor; b: Tensor }) => [add(a, b), a], {
    inAxes: [{ a: 1, b: null }],
    outAxes: [0, 1],
  })
  const [total, same] = f({ a: xs, b: tensor([1, 2, 3, 4]) })
  expect(total?.toNested()).toEqual([
    [2, 1.5, 3.3, 6],
    [3, 2.25, 2.3, 5],
  ])
  expect(same?.toNested()).toEqual(xs.toNested())
})

test('weights that are much larger than the rows they share: products and their gradients are those of one by one', () => {
  const wave = (shape: number[], from: number): Tensor =>
    mul(
      reshape(
        sin(
          arange(
            shape.reduce((n, d) => n * d, 1),
            'float64',
          ),
        ),
        shape,
      ),
      1 / (from + 1),
    )
  const x = wave([8, 64], 0)
  const weights = [1, 2, 3].map((i) => wave([64, 512], i))
  const loss = (v: Tensor): Tensor => sum(sin(matmul(x, v)))
  for (const axis of [0, 1, 2]) {
    const batch = stack(weights, axis)
    const products = vmap((v: Tensor) => matmul(x, v), { inAxes: [axis] })(batch)
    expect(products.toNested()).toEqual(stack(weights.map((v) => matmul(x, v))).toNested())
    const gradients = grad((all: Tensor) => sum(vmap(loss, { inAxes: [axis] })(all)))(batch)
    const alone = stack(
      weights.map((v) => grad(loss)(v)),
      axis,
    )
    expect(gradients.shape).toEqual(batch.shape)
    const off = max(abs(sub(gradients, alone)))
    expect(off.item()).toBeLessThan(1e-13)
  }
})

test('a batch of outer products has the batch first, wherever it stood', () => {
  const a = tensor(Array.from({ length: 70 }, (_, i) => [Math.sin(i)]))
  const b = tensor(
    Array.from({ length: 3 }, (_, k) => [Array.from({ length: 80 }, (_, i) => Math.cos(k + 2 * i))]),
  )
  const rowsOf = (k: number): Tensor => slice(b, k)
  const loop = stack([0, 1, 2].map((k) => matmul(a, rowsOf(k))))
  const moved = transpose(b, [1, 2, 0])
  for (const [batch, inAxis] of [
    [b, 0],
    [moved, 2],
  ] as const) {
    const products = vmap((row: Tensor) => matmul(a, row), { inAxes: [inAxis] })(batch)
    expect(products.shape).toEqual([3, 70, 80])
    expect(products.toNested()).toEqual(loop.toNested())
  }
})

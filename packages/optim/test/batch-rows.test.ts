import { batchRows, gradientDescent, train } from '@ntk/optim'
import { key, mul, NtkError, normal, type Tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'

const [n, batchSize] = [7, 3]

test('names the rows that each step of training sees', async () => {
  const x = normal(key(1), [n, 1])
  const numbers = Array.from(x.dataSync())
  const seen: number[][] = []
  await train({
    apply: (w: Tensor, rows: Tensor) => {
      seen.push(Array.from(rows.dataSync(), (v) => numbers.indexOf(v)))
      return mul(rows, w)
    },
    params: normal(key(2), [1]),
    x,
    y: x,
    optimizer: gradientDescent(0.1),
    steps: 8,
    batchSize,
    key: key(3),
    at: [],
  })
  const rowsAt = batchRows(n, { batchSize, key: key(3) })
  expect(seen.length).toBe(8)
  for (const [step, rows] of seen.entries()) expect(Array.from(rowsAt(step))).toEqual(rows)
})

test('each epoch has every sample once, in an order of its own, at any step first', () => {
  const rowsAt = batchRows(n, { batchSize, key: key(4) })
  const epochs = [1, 0].map((epoch) => [0, 1, 2].flatMap((i) => Array.from(rowsAt(3 * epoch + i))))
  for (const rows of epochs) expect([...rows].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(epochs[0]).not.toEqual(epochs[1])
})

test('needs whole numbers', () => {
  expect(() => batchRows(0, { batchSize, key: key(0) })).toThrow(NtkError)
  expect(() => batchRows(n, { batchSize, key: key(0) })(0.5)).toThrow(NtkError)
})

import {
  argMax,
  argMin,
  div,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  NtkError,
  norm,
  rem,
  softmax,
  sum,
  type Tensor,
  tensor,
  variance,
  zeros,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { failure } from './helpers.js'

test.each(
  Object.entries({
    softmax: (x: Tensor) => softmax(x),
    logSoftmax: (x: Tensor) => logSoftmax(x),
    logSumExp: (x: Tensor) => logSumExp(x, { axis: -1 }),
    max: (x: Tensor) => max(x),
    min: (x: Tensor) => min(x, { axis: 1 }),
    mean: (x: Tensor) => mean(x),
    variance: (x: Tensor) => variance(x, { axis: 1 }),
    argMax: (x: Tensor) => argMax(x),
    argMin: (x: Tensor) => argMin(x),
  }),
)('%s of no elements is an error that names it', (name, f) => {
  const error = failure(() => f(zeros([2, 0])))
  expect(NtkError.isInstance(error)).toBe(true)
  expect((error as NtkError).message).toMatch(new RegExp(`^${name} needs at least one element`))
})

test('what has an answer without elements gives it', () => {
  expect(softmax(zeros([0, 3])).shape).toEqual([0, 3])
  expect(sum(zeros([0])).item()).toBe(0)
  expect(norm(zeros([0])).item()).toBe(0)
  expect(norm(zeros([2, 0]), { axis: 1, keepDims: true }).toNested()).toEqual([[0], [0]])
})

test('quotients and remainders of int32 by 0 are 0, whether by a number, a row or a tensor', () => {
  const a = tensor([7, -7, 0, -(2 ** 31)], { dtype: 'int32' })
  const none = tensor([0, 0, 0, 0], { dtype: 'int32' })
  for (const b of [none, 0, tensor([[0]], { dtype: 'int32' })] as const) {
    expect(Array.from(div<Tensor>(a, b).dataSync())).toEqual([0, 0, 0, 0])
    expect(Array.from(rem<Tensor>(a, b).dataSync()).map((v) => v + 0)).toEqual([0, 0, 0, 0])
  }
})

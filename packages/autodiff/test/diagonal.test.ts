import { grad, vmap } from '@ntk/autodiff'
import {
  add,
  diagonal,
  key,
  logDet,
  matmul,
  mul,
  normal,
  solve,
  stack,
  sub,
  sum,
  tensor,
  transpose,
} from '@ntk/tensor'
import { expect, test } from 'vitest'

const a = normal(key(0), [4, 9])
const k = matmul(a, transpose(a))
const unit = tensor([
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
])

test('the gradient of a diagonal stands on the diagonal, that of log det is the inverse, one by one and in a batch', () => {
  const weights = tensor([1, 2, 3, 4])
  const slope = grad((x: typeof k) => sum(mul(diagonal(x), weights)))
  expect(slope(k).toNested()).toEqual(mul(unit, weights).toNested())
  expect(vmap(slope)(stack([k, k], 0)).toNested()).toEqual(
    stack([mul(unit, weights), mul(unit, weights)], 0).toNested(),
  )
  const inverse = solve(k, unit)
  // the lower triangle alone is read, and has the gradient of both
  const lower = grad((x: typeof k) => logDet(x))(k)
  const error = sub(mul(add(lower, transpose(lower)), 0.5), inverse)
  expect(Math.max(...Array.from(error.dataSync(), Math.abs))).toBeLessThan(1e-13)
})

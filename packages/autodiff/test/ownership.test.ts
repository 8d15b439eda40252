import { checkpoint, claimMemory, grad, valueAndGrad, vjp } from '@ntk/autodiff'
import { add, key, matmul, mul, normal, reshape, sum, type Tensor, tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'

const x = normal(key(1), [5, 4])
const w = normal(key(2), [4, 3])

test('a gradient that the backward pass made is alone in its memory, for one claim', () => {
  const g = grad((p: Tensor) => sum(mul(matmul(x, p), 2)))(w)
  expect(claimMemory(g)).toBe(true)
  expect(claimMemory(g)).toBe(false)
})

test('ordinary tensors and parameters are not given away', () => {
  grad((p: Tensor) => sum(matmul(x, p)))(w)
  expect([claimMemory(w), claimMemory(x), claimMemory(tensor([1]))]).toEqual([false, false, false])
})

test('gradients that share memory with data, parameters or each other are not alone', () => {
  const shared = vjp((a: Tensor, b: Tensor) => add(a, b), w, w)[1]
  const ct = normal(key(3), [4, 3])
  const [first, second] = shared(ct)
  expect([claimMemory(first), claimMemory(second), claimMemory(ct)]).toEqual([false, false, false])

  // the gradient of a constant function of reshapes is the cotangent, seen otherwise
  const [flat] = vjp((p: Tensor) => reshape(p, [12]), w)[1](reshape(ct, [12]))
  expect(claimMemory(flat)).toBe(false)
})

test('a gradient handed on to another backward pass is no longer alone', () => {
  const outputs = matmul(x, w)
  const { grad: g } = valueAndGrad((f: Tensor) => sum(mul(f, f)))(outputs)
  const [a, b] = vjp((p: Tensor, q: Tensor) => add(p, q), outputs, outputs)[1](g)
  expect([claimMemory(a), claimMemory(b), claimMemory(g)]).toEqual([false, false, false])
})

test('where a part of the pass is a call with rules of its own, nothing counts as alone', () => {
  const twice = checkpoint((p: Tensor) => mul(mul(p, p), 2))
  expect(claimMemory(grad((p: Tensor) => sum(twice(p)))(w))).toBe(false)
})

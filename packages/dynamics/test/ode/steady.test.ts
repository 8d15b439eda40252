import { crossEntropy, mse } from '@ntk/optim'
import {
  add,
  concatenate,
  key,
  log,
  matmul,
  mul,
  normal,
  oneHot,
  slice,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescent, gradientDescentMse } from '../../src/index.js'
import { coordinatesOf } from '../../src/ode/coordinates.js'
import { lossDerivatives } from '../../src/ode/loss-derivatives.js'
import { newtonStep } from '../../src/ode/newton.js'
import { outputOrder } from '../../src/ode/outputs.js'
import { norm } from '../../src/ode/vector.js'
import { spectrumOf } from '../../src/spectrum.js'
import { close, thrown, worst } from '../helpers.js'

const total = (f: Tensor, y: Tensor): Tensor => crossEntropy(f, y, { loss: 'sum' })

/** A kernel [n, n] of the given rank. */
function kernelOf(n: number, rank: number): Tensor {
  const x = normal(key(5), [n, rank])
  return mul(matmul(x, transpose(x)), 1 / rank)
}

/** The same of full rank, plus the identity: training ends soon. */
function wellConditioned(n: number): Tensor {
  return add(kernelOf(n, n), oneHot(tensor([...Array(n).keys()], { dtype: 'int32' }), n))
}

const ways = ['eigenvectors', 'conjugateGradients'] as const

const softLabels = (n: number, classes: number): Tensor => softmax(mul(normal(key(6), [n, classes]), 1.5))

describe('a step of Newton by conjugate gradients is that by eigenvectors', () => {
  const joined = (f: Tensor, y: Tensor): Tensor => log(add(1, sum(square(sub(f, y)))))
  const cases: readonly (readonly [string, typeof total, number, boolean])[] = [
    ['of full rank', total, 14, true],
    ['of low rank', total, 5, true],
    ['between outputs', total, 20, false],
    ['of a loss that is no sum over samples', joined, 14, true],
  ]
  test.each(cases)('for a kernel %s', (_, loss, rank, traced) => {
    const [n, classes] = [14, 3]
    const y = softLabels(n, classes)
    const order = outputOrder(y.shape, [n, n, classes, classes], traced ? 1 : [])
    const options = { diagReg: 0, diagRegAbsolute: false }
    const matrix = kernelOf(traced ? n : n * classes, rank)
    const coordinates = coordinatesOf(spectrumOf(matrix, 'k', options, 2 ** -52), order.q)
    expect(coordinates.rank).toBe(rank)
    // near to the labels, where both losses are convex
    const f = Float64Array.from(add(log(y), mul(0.02, normal(key(7), y.shape))).dataSync())
    const near = loss === total ? f : Float64Array.from(add(y, mul(0.02, normal(key(7), y.shape))).dataSync())
    const derivatives = lossDerivatives(loss, y, near, y.shape, order)
    const [hessian, gradient] = [derivatives.hessian(near), derivatives.gradient(near)]
    expect(hessian.separable).toBe(loss === total)
    const [dense, iterated] = ways.map((way) => newtonStep(coordinates, hessian, gradient, way))
    if (!dense || !iterated) throw new Error('two steps were expected')
    expect(norm(dense.u.map((v, i) => v - (iterated.u[i] as number)))).toBeLessThan(1e-9 * norm(dense.u))
    expect(dense.left).toBeLessThan(1e-14)
    expect(iterated.left).toBeLessThan(1e-14)
  })

  test('and tells a gradient that no curvature holds back', () => {
    const y = softLabels(6, 3)
    const order = outputOrder(y.shape, [6, 6], undefined)
    const options = { diagReg: 0, diagRegAbsolute: false }
    const coordinates = coordinatesOf(spectrumOf(kernelOf(6, 6), 'k', options, 2 ** -52), order.q)
    // the sum of a sample's logits has a slope of 0.1 and no curvature
    const tilted = (f: Tensor, labels: Tensor): Tensor => add(total(f, labels), mul(0.1, sum(f)))
    const f = new Float64Array(18).fill(0.5)
    const derivatives = lossDerivatives(tilted, y, f, y.shape, order)
    const [hessian, gradient] = [derivatives.hessian(f), derivatives.gradient(f)]
    const [dense, iterated] = ways.map((way) => newtonStep(coordinates, hessian, gradient, way))
    expect(dense?.left).toBeGreaterThan(0.05)
    expect(iterated?.left).toBeGreaterThan(0.05)
    expect(norm((dense?.u ?? f).map((v, i) => v - (iterated?.u[i] as number)))).toBeLessThan(1e-9)
  })
})

describe('the end of training of more outputs than the curvature is decomposed for', () => {
  const [many, classes] = [330, 10]

  test('on the squared loss is that of the closed form', () => {
    const k = wellConditioned(many)
    const y = normal(key(8), [many, classes])
    const kTestTrain = slice(k, [0, 4])
    const got = gradientDescent(mse, k, y)({ kTestTrain })
    close(got.test, gradientDescentMse(k, y)({ kTestTrain }).test, 1e-9, 1)
    close(got.train, y, 1e-9, 1)
  })

  test('under cross-entropy is where probabilities are the labels, and their means for samples that are there twice', () => {
    const twice = 10
    const once = wellConditioned(many - twice)
    const wide = concatenate([once, slice(once, [0, many - twice], [0, twice])], 1)
    const k = concatenate([wide, slice(wide, [0, twice])], 0)
    const y = softmax(mul(normal(key(6), [many, classes]), 0.3))
    const { train, representer } = gradientDescent(total, k, y)({ singular: 'range' })
    const means = mul(0.5, add(slice(y, [0, twice]), slice(y, [many - twice, many])))
    const want = concatenate([means, slice(y, [twice, many - twice]), means], 0)
    expect(worst(softmax(train), want)).toBeLessThan(1e-10)
    close(train, matmul(k, representer), 1e-8, 1)
  })
})

test('labels that the kernel separates have no end by conjugate gradients either', () => {
  const [n, classes] = [30, 10]
  const labels = oneHot(
    tensor(
      Array.from({ length: n }, (_, i) => i % classes),
      { dtype: 'int32' },
    ),
    classes,
  )
  expect(thrown(() => gradientDescent(total, kernelOf(n, 2 * n), labels)()).code).toBe('diverged')
})

test('training that comes by a saddle on its way goes on to the minimum', () => {
  // wells at (1, 0) and (-1, 0), a saddle between them
  const wells = (f: Tensor): Tensor => {
    const [a, b] = [slice(f, null, 0), slice(f, null, 1)]
    return sum(add(mul(0.25, square(sub(square(a), 1))), mul(0.5, square(b))))
  }
  const predict = gradientDescent(wells, tensor([[1]]), tensor([[0, 0]]))
  for (const side of [1, -1]) {
    const { train } = predict({ fTrain0: tensor([[side * 1e-9, 5]]) })
    expect(worst(train, tensor([[side, 0]]))).toBeLessThan(1e-11)
  }
})

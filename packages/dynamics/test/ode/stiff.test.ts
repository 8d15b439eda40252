import { crossEntropy } from '@ntk/optim'
import {
  add,
  eigh,
  key,
  log,
  matmul,
  mul,
  normal,
  oneHot,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { gradientDescent } from '../../src/index.js'
import { coordinatesOf } from '../../src/ode/coordinates.js'
import { curvatureOf } from '../../src/ode/curvature.js'
import { lossDerivatives } from '../../src/ode/loss-derivatives.js'
import { outputOrder } from '../../src/ode/outputs.js'
import { norm } from '../../src/ode/vector.js'
import { spectrumOf } from '../../src/spectrum.js'
import { close, worst } from '../helpers.js'

/** A kernel [n, n] of a condition, its eigenvalues evenly spread in logarithm from 1 down. */
function kernelOf(n: number, condition: number): Tensor {
  const draws = normal(key(0), [n, n])
  const { vectors } = eigh(matmul(draws, transpose(draws)))
  const half = mul(vectors, tensor(Array.from({ length: n }, (_, i) => condition ** (-i / (n - 1) / 2))))
  const kernel = matmul(half, transpose(half))
  return mul(add(kernel, transpose(kernel)), 0.5)
}

const total = (f: Tensor, y: Tensor): Tensor => crossEntropy(f, y, { loss: 'sum' })
const labelsOf = (n: number, classes: number): Tensor =>
  oneHot(
    tensor(
      Array.from({ length: n }, (_, i) => (7 * i) % classes),
      { dtype: 'int32' },
    ),
    classes,
  )

test('a kernel of condition 1e10 goes under cross-entropy to t = 1e6 in few steps, by both methods to one place', () => {
  const [k, y] = [kernelOf(5, 1e10), labelsOf(5, 3)]
  const found = gradientDescent(total, k, y, { maxSteps: 6000 })({ t: [1e3, 1e6], kTestTrain: k })
  const implicit = gradientDescent(total, k, y, { method: 'rodas' })({ t: 1e6 })
  close(found.state.fTrain, implicit.train, 1e-8, 1)
  // test points that are the training points see the same
  expect(worst(found.test, found.train)).toBeLessThan(1e-8)
  expect(Number(sum(square(sub(softmax(found.train), y))).item())).toBeGreaterThan(1e-3)
})

test.each([
  ['a sum over samples', total],
  ['no sum over samples', (f: Tensor, y: Tensor): Tensor => log(add(1, sum(square(sub(f, y)))))],
])('conjugate gradients solve for a step as Cholesky does, of a loss that is %s', (_, loss) => {
  const [n, classes] = [12, 3]
  const y = labelsOf(n, classes)
  const options = { diagReg: 0, diagRegAbsolute: false }
  for (const traced of [true, false]) {
    const order = outputOrder(y.shape, [n, n, classes, classes], traced ? 1 : [])
    const matrix = kernelOf(traced ? n : n * classes, 1e6)
    const coordinates = coordinatesOf(spectrumOf(matrix, 'k', options, 2 ** -52), order.q)
    const f = Float64Array.from(normal(key(3), y.shape).dataSync())
    const hessian = lossDerivatives(loss, y, f, y.shape, order).hessian(f)
    expect(hessian.separable).toBe(loss === total)
    const r = Float64Array.from(normal(key(4), [n * classes]).dataSync())
    for (const c of [1e-3, 1, 1e3]) {
      const [dense, iterated] = [1e9, 0].map((limit) =>
        curvatureOf(coordinates, hessian, limit).shifted(c)?.(r),
      )
      // where the loss is not convex, neither solves for long steps
      if (!dense || !iterated) {
        expect(loss === total).toBe(false)
        continue
      }
      if (loss !== total && c > 1) continue
      expect(norm(dense.map((v, i) => v - (iterated[i] as number)))).toBeLessThan(1e-10 * norm(dense))
      // and both solve the equation
      const image = coordinates.pull(hessian.times(coordinates.move(dense)))
      expect(norm(dense.map((v, i) => v + c * (image[i] as number) - (r[i] as number)))).toBeLessThan(
        1e-10 * norm(r),
      )
    }
  }
})

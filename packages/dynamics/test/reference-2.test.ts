/** Kernels that couple some outputs, posteriors, and ensembles of convolutional networks, by the second set of reference values. */
import { kernelFn } from '@ntk/kernels-analytic'
import { gradientDescent } from '@ntk/optim'
import { fromSpec, type Spec } from '@ntk/stax'
import {
  add,
  diagonal,
  eye,
  key,
  matmul,
  mul,
  normal,
  reshape,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  gpInference,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  gradientDescentSteps,
} from '../src/index.js'
import { arrays, close, thrown, worst } from './helpers.js'
import reference from './reference/predictions-2.json' with { type: 'json' }

const shared = reference.arrays as unknown as never[]
const array = (index: number): Tensor => tensor(shared[index] as never)

// Closed forms: relative 1e-10. What training brings to 0 is known only to rounding of what it started from.
const closed = 1e-10
const floor = 1e-2

describe('closed-form predictions with kernels between outputs', () => {
  test.each(reference.mse)('$name', (c) => {
    const { learningRate, diagReg, absolute: diagRegAbsolute, traceAxes } = c
    const y = array(c.y)
    const predict = gradientDescentMse(array(c.kTrainTrain), y, {
      learningRate,
      diagReg,
      diagRegAbsolute,
      traceAxes: c.fullOutputs ? undefined : traceAxes,
    })
    const { train, test: onTest } = predict({
      t: c.t ?? Infinity,
      fTrain0: array(c.f0Train),
      fTest0: array(c.f0Test),
      kTestTrain: array(c.kTestTrain),
    })
    close(train, c.train as never, closed, floor)
    close(onTest, c.test as never, closed, floor)
  })

  test('which axes a kernel couples is read off their sizes, and asked for where they do not tell', () => {
    const n = 4
    const gram = (seed: number, size: number): Tensor => {
      const a = normal(key(seed), [size, size + 2])
      return matmul(a, transpose(a))
    }
    const kernel = (k: number): Tensor => transpose(reshape(gram(k, n * k), [n, k, n, k]), [0, 2, 1, 3])
    const y = normal(key(1), [n, 2, 3])
    for (const [k, traceAxes] of [
      [2, [2]],
      [3, [-2]],
    ] as const) {
      const named = gradientDescentMse(kernel(k), y, { traceAxes: [...traceAxes] })({ t: [1, 5] })
      expect(worst(gradientDescentMse(kernel(k), y)({ t: [1, 5] }).train, named.train)).toBe(0)
    }
    const square = normal(key(2), [n, 2, 2])
    expect(thrown(() => gradientDescentMse(kernel(2), square)).code).toBe('option')
    const first = gradientDescentMse(kernel(2), square, { traceAxes: [-1] })({ t: 3 }).train
    const second = gradientDescentMse(kernel(2), transpose(square, [0, 2, 1]), { traceAxes: [1] })({
      t: 3,
    }).train
    expect(worst(transpose(second, [0, 2, 1]), first)).toBeLessThan(1e-14)
    expect(thrown(() => gradientDescentMse(kernel(2), y, { traceAxes: [1] })).code).toBe('shape')
    expect(thrown(() => gradientDescentMse(kernel(2), y, { traceAxes: [0] })).code).toBe('axis')
    expect(thrown(() => gradientDescentMse(gram(1, n), y, { traceAxes: [1] })).code).toBe('shape')
  })

  test('steps see the same axes, on all samples and on batches', async () => {
    for (const c of reference.mse.filter(({ name, t }) => name.startsWith('mse outputs') && t === 1.5)) {
      const [kernel, y, traceAxes] = [array(c.kTrainTrain), array(c.y), c.traceAxes]
      const start = { fTrain0: array(c.f0Train), fTest0: array(c.f0Test), kTestTrain: array(c.kTestTrain) }
      const closedForm = gradientDescentMse(kernel, y, { learningRate: 0.2, dynamics: 'steps', traceAxes })
      const optimizer = gradientDescent(0.2)
      const all = Array.from({ length: 6 }, (_, i) => i)
      for (const batches of [undefined, () => all]) {
        const found = await gradientDescentSteps(kernel, y, { optimizer, batches, traceAxes })({
          t: [2, 9],
          ...start,
        })
        const want = closedForm({ t: [2, 9], ...start })
        for (const name of ['train', 'test', 'representer'] as const) {
          expect(worst(found[name], want[name])).toBeLessThan(1e-12)
        }
      }
    }
  })
})

test.each(reference.gp)('posteriors of a process by NNGP and NTK: $name', (c) => {
  const want = arrays(c)
  const y = array(c.y)
  const options = { diagReg: c.diagReg, diagRegAbsolute: c.absolute }
  const byNngp = gpInference(
    array(c.nngpTrainTrain),
    y,
    options,
  )({
    kTestTrain: array(c.nngpTestTrain),
    kTestTest: array(c.nngpTestTest),
  })
  close(byNngp.mean, want.nngpMean ?? [], closed)
  close(byNngp.covariance, want.nngpCov ?? [], closed, floor)
  const byNtk = gpInference(
    array(c.ntkTrainTrain),
    y,
    options,
  )({
    kTestTrain: array(c.ntkTestTrain),
    kTestTest: array(c.ntkTestTest),
  })
  close(byNtk.mean, want.ntkgpMean ?? [], closed)
  close(byNtk.covariance, want.ntkgpCov ?? [], closed, floor)
  const kernels = { nngp: array(c.nngpTrainTrain), ntk: array(c.ntkTrainTrain) }
  const kTestTrain = { nngp: array(c.nngpTestTrain), ntk: array(c.ntkTestTrain) }
  const ensemble = gradientDescentMseEnsemble(
    kernels,
    y,
    options,
  )({
    get: 'ntk',
    test: { kTestTrain, nngpTestTest: array(c.nngpTestTest) },
  })
  close(ensemble.mean, want.ntkMean ?? [], closed)
  close(ensemble.covariance, want.ntkCov ?? [], closed, floor)
})

const regularized = (k: Tensor, diagReg: number, absolute: boolean): Tensor => {
  const n = k.shape[0] as number
  return add(k, mul(eye(n), absolute ? diagReg : (diagReg * sum(diagonal(k)).item()) / n))
}

test.each(reference.ensemble)('ensembles of convolutional networks: $name', async (c) => {
  const want = arrays(c)
  const kernel = kernelFn(fromSpec(c.spec as unknown as Spec))
  const [x, xTest, y] = [array(c.xTrain), array(c.xTest), array(c.y)]
  const { learningRate, diagReg, absolute: diagRegAbsolute } = c
  const options = { learningRate, diagReg, diagRegAbsolute }
  const predict = await gradientDescentMseEnsemble(kernel, x, y, options)
  const t = c.t ?? Infinity
  const kernels = await kernel(x, null)
  for (const get of ['nngp', 'ntk'] as const) {
    const tested = await predict({ get, t, xTest })
    close(tested.mean, want[`${get}TestMean`] ?? [], closed, floor)
    close(tested.covariance, want[`${get}TestCov`] ?? [], closed, floor)
    // The archived library puts the regularizer into the kernel of training points to themselves, too; ours are test points.
    const own = {
      nngp: regularized(kernels.nngp, diagReg, diagRegAbsolute),
      ntk: regularized(kernels.ntk, diagReg, diagRegAbsolute),
    }
    const kTestTrain = get === 'nngp' ? { nngp: own.nngp } : { nngp: kernels.nngp, ntk: own.ntk }
    const ofKernels = gradientDescentMseEnsemble(kernels, y, options)
    const trained =
      diagReg === 0
        ? ofKernels({ get, t })
        : ofKernels({ get, t, test: { kTestTrain, nngpTestTest: kTestTrain.nngp } })
    close(trained.mean, want[`${get}TrainMean`] ?? [], closed, floor)
    close(trained.covariance, want[`${get}TrainCov`] ?? [], closed, floor)
  }
})

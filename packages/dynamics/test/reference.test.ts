import { kernelFn } from '@ntk/kernels-analytic'
import { fromSpec, type Spec } from '@ntk/stax'
import { add, diagonal, eye, mul, sum, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gpInference, gradientDescentMse, gradientDescentMseEnsemble } from '../src/index.js'
import { arrays, close, reference } from './helpers.js'

const y = tensor(reference.y)
const ntk = tensor(reference.ntkTrainTrain)
const nngp = tensor(reference.nngpTrainTrain)
const ntkTestTrain = tensor(reference.ntkTestTrain)
const nngpTestTrain = tensor(reference.nngpTestTrain)
const nngpTestTest = tensor(reference.nngpTestTest)
const start = {
  fTrain0: tensor(reference.f0Train),
  fTest0: tensor(reference.f0Test),
  kTestTrain: ntkTestTrain,
}

// Closed forms: relative 1e-10. A covariance that training brings to 0 is known only to rounding of what it started from.
const closed = 1e-10
const floor = 1e-2

describe('closed-form predictions agree with the reference', () => {
  test.each(reference.mse)(
    'at t $t, learning rate $learningRate, diagReg $diagReg (absolute: $absolute)',
    (c) => {
      const { learningRate, diagReg, absolute } = c
      const predict = gradientDescentMse(ntk, y, { learningRate, diagReg, diagRegAbsolute: absolute })
      const { train, test: onTest } = predict({ t: c.t ?? Infinity, ...start })
      close(train, c.train, closed)
      close(onTest, c.test, closed)
    },
  )

  // The reference solved an ODE here, to 1e-8 of outputs of size 1.
  test.each(reference.ode)('with momentum $momentum at t $t, against an ODE solver', (c) => {
    const { learningRate, momentum, t } = c
    const { train, test: onTest } = gradientDescentMse(ntk, y, { learningRate, momentum })({ t, ...start })
    close(train, c.train, 2e-7, 1)
    close(onTest, c.test, 2e-7, 1)
  })
})

const regularized = (k: Tensor, diagReg: number, absolute: boolean): Tensor => {
  const n = k.shape[0] as number
  return add(k, mul(eye(n), absolute ? diagReg : (diagReg * sum(diagonal(k)).item()) / n))
}

describe('ensembles agree with the reference', () => {
  test.each(reference.ensemble)(
    'at t $t, learning rate $learningRate, diagReg $diagReg (absolute: $absolute)',
    (c) => {
      const want = arrays(c)
      const { learningRate, diagReg, absolute: diagRegAbsolute } = c
      const predict = gradientDescentMseEnsemble({ nngp, ntk }, y, { learningRate, diagReg, diagRegAbsolute })
      const onTest = { kTestTrain: { nngp: nngpTestTrain, ntk: ntkTestTrain }, nngpTestTest }
      const t = c.t ?? Infinity
      for (const get of ['nngp', 'ntk'] as const) {
        const tested = predict({ get, t, test: onTest })
        close(tested.mean, want[`${get}TestMean`] ?? [], closed)
        close(tested.covariance, want[`${get}TestCov`] ?? [], closed, floor)
        // The archived library puts the regularizer into the kernel of training points to themselves, too; ours are test points.
        const own = regularized({ nngp, ntk }[get], diagReg, diagRegAbsolute)
        const kTestTrain = get === 'nngp' ? { nngp: own } : { nngp, ntk: own }
        const seen = { kTestTrain, nngpTestTest: kTestTrain.nngp }
        const trained = diagReg === 0 ? predict({ get, t }) : predict({ get, t, test: seen })
        close(trained.mean, want[`${get}TrainMean`] ?? [], closed)
        close(trained.covariance, want[`${get}TrainCov`] ?? [], closed, floor)
      }
    },
  )

  test('from a network and data, through its kernel function', async () => {
    const kernel = kernelFn(fromSpec(reference.spec as unknown as Spec))
    const predict = await gradientDescentMseEnsemble(kernel, tensor(reference.xTrain), y)
    const c = reference.ensemble.find((e) => e.t === 3 && e.diagReg === 0)
    const want = arrays(c ?? {})
    for (const get of ['nngp', 'ntk'] as const) {
      const tested = await predict({ get, t: 3, xTest: tensor(reference.xTest) })
      close(tested.mean, want[`${get}TestMean`] ?? [], closed)
      close(tested.covariance, want[`${get}TestCov`] ?? [], closed, floor)
      const trained = await predict({ get, t: 3, covariance: false })
      close(trained.mean, want[`${get}TrainMean`] ?? [], closed)
      expect(trained.covariance).toBeNull()
    }
  })
})

describe('Gaussian process posteriors agree with the reference', () => {
  test.each(reference.gp)('with diagReg $diagReg (absolute: $absolute)', (c) => {
    const want = arrays(c)
    const options = { diagReg: c.diagReg, diagRegAbsolute: c.absolute }
    const byNngp = gpInference(nngp, y, options)({ kTestTrain: nngpTestTrain, kTestTest: nngpTestTest })
    close(byNngp.mean, want.nngpMean ?? [], closed)
    close(byNngp.covariance, want.nngpCov ?? [], closed, floor)
    const kTestTest = tensor(reference.ntkTestTest)
    const byNtk = gpInference(ntk, y, options)({ kTestTrain: ntkTestTrain, kTestTest })
    close(byNtk.mean, want.ntkgpMean ?? [], closed)
    close(byNtk.covariance, want.ntkgpCov ?? [], closed, floor)
  })
})

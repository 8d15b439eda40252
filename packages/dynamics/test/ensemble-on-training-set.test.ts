import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, serial } from '@ntk/stax'
import { add, eye, key, matmul, mul, normal, solve, sub, transpose } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gradientDescentMseEnsemble } from '../src/index.js'
import { worst } from './helpers.js'

const kernel = kernelFn(serial(Dense(1, { wStd: 1.5, bStd: 0.1 }), Erf(), Dense(1)))
const n = 10
const [x, y] = [normal(key(0), [n, 4]), normal(key(1), [n, 2])]

describe('an ensemble on its training set', () => {
  it('is that on test points equal to it, whatever the regularizer, in both forms and at every time', async () => {
    const kernels = await kernel(x)
    const test = { kTestTrain: kernels, nngpTestTest: kernels.nngp }
    for (const options of [
      { diagReg: 0 },
      { diagReg: 0.1 },
      { diagReg: 0.5, diagRegAbsolute: true, loss: 'sum' },
      { diagReg: 0.2, learningRate: 0.1, dynamics: 'steps' },
    ] as const) {
      const ofData = await gradientDescentMseEnsemble(kernel, x, y, options)
      const ofKernels = gradientDescentMseEnsemble(kernels, y, options)
      for (const get of ['nngp', 'ntk'] as const) {
        for (const t of [0, 3, 100, Infinity]) {
          const want = await ofData({ get, t, xTest: x })
          for (const got of [
            await ofData({ get, t }),
            await ofData({ get, t, xTest: null }),
            ofKernels({ get, t }),
            ofKernels({ get, t, test: null }),
            ofKernels({ get, t, test }),
          ]) {
            expect(worst(got.mean, want.mean)).toBeLessThan(1e-12)
            expect(worst(got.covariance, want.covariance)).toBeLessThan(1e-12)
          }
        }
      }
    }
  })

  it('ends with the posterior of noisy observations', async () => {
    const { nngp } = await kernel(x)
    const seen = add(nngp, mul(eye(n), 0.3))
    const posterior = (
      await gradientDescentMseEnsemble(kernel, x, y, { diagReg: 0.3, diagRegAbsolute: true })
    )({
      get: 'nngp',
    })
    const { mean, covariance } = await posterior
    expect(worst(mean, matmul(nngp, solve(seen, y)))).toBeLessThan(1e-12)
    expect(worst(covariance, sub(nngp, matmul(nngp, solve(seen, transpose(nngp)))))).toBeLessThan(1e-12)
  })
})

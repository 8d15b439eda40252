import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import { cast, concatenate, eye, key, normal, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gpInference, gradientDescentMseEnsemble } from '../src/index.js'

const kernel = kernelFn(serial(Dense(64, { wStd: 1.5 }), Relu(), Dense(1, { wStd: 1.5 })))

/** Symmetric to the bit, no variance below 0. */
function expectCovariance(x: Tensor | null): void {
  const rows = x?.toNested() as number[][]
  rows.forEach((row, i) => {
    expect(row[i]).toBeGreaterThanOrEqual(0)
    row.forEach((v, j) => expect(Object.is(v, rows[j]?.[i])).toBe(true))
  })
}

describe('a covariance after training', () => {
  const x = normal(key(0), [40, 6])
  // half of the test points were seen in training: their variance is 0 but for rounding
  const xTest = concatenate([x, normal(key(1), [40, 6])], 0)
  const y = normal(key(2), [40, 1])

  it('of a Gaussian process is symmetric and has no variance below 0', async () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const [a, b] = [cast(x, dtype), cast(xTest, dtype)]
      const k = await kernel(a, null, { get: 'nngp' })
      const input = {
        kTestTrain: await kernel(b, a, { get: 'nngp' }),
        kTestTest: await kernel(b, null, { get: 'nngp' }),
      }
      for (const diagReg of [0, 1e-12, 1e-4]) {
        const { covariance } = gpInference(k, cast(y, dtype), {
          diagReg: dtype === 'float32' ? diagReg + 1e-4 : diagReg,
        })(input)
        expectCovariance(covariance)
      }
    }
  })

  it('of an ensemble likewise, on test points and on the training set', async () => {
    for (const diagReg of [0, 1e-3]) {
      const predict = await gradientDescentMseEnsemble(kernel, x, y, { diagReg })
      for (const get of ['nngp', 'ntk'] as const) {
        for (const t of [1, 1e3, 1e6, Infinity]) {
          expectCovariance((await predict({ get, t, xTest })).covariance)
          expectCovariance((await predict({ get, t })).covariance)
        }
      }
    }
  })

  it('is left out for kTestTest: null', () => {
    expect(gpInference(eye(2), tensor([1, 2]))({ kTestTrain: eye(2), kTestTest: null }).covariance).toBeNull()
  })
})

import { eye, key, matmul, mul, normal, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gradientDescentMse, gradientDescentMseEnsemble, maxLearningRate } from '../src/index.js'
import { thrown, worst } from './helpers.js'

const a = normal(key(0), [6, 9])
const theta = matmul(a, transpose(a))
const y = normal(key(1), [6, 1])
const finite = (x: Tensor): boolean => x.dataSync().every((v: number) => Number.isFinite(v))

describe('training that diverges', () => {
  it('by steps is right while numbers hold it, and an error with the cause after', () => {
    for (const momentum of [null, 0.9]) {
      const edge = maxLearningRate(theta, { ySize: 6, momentum: momentum ?? 0 })
      const options = { learningRate: 3 * edge, dynamics: 'steps', momentum } as const
      const predict = gradientDescentMse(theta, y, options)
      const ensemble = gradientDescentMseEnsemble({ nngp: theta, ntk: theta }, y, options)
      let errors = 0
      for (const t of [1, 10, 100, 300, 1000, 1024, 1e4, 1e6, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
        for (const call of [
          () => predict({ t }).train,
          () => predict({ t: [0, t], kTestTrain: theta }).test,
          () => ensemble({ get: 'ntk', t }).mean,
          () => ensemble({ get: 'nngp', t }).covariance,
        ]) {
          let got: Tensor
          try {
            got = call()
          } catch {
            errors++
            expect(thrown(call).code).toMatch(/^(diverged|not-finite|not-positive-definite)$/)
            continue
          }
          expect(finite(got)).toBe(true)
        }
      }
      expect(errors).toBeGreaterThan(10)
      const { code, message } = thrown(() => predict({ t: 1e6 }))
      expect(code).toBe('diverged')
      expect(message).toContain('maxLearningRate')
    }
  })

  it('beyond the dtype of y is an error', () => {
    const options = { learningRate: 30, dynamics: 'steps' } as const
    const predict = gradientDescentMse(mul(eye(2), 1), tensor([1, 2], { dtype: 'float32' }), options)
    expect(finite(predict({ t: 5 }).train)).toBe(true)
    expect(thrown(() => predict({ t: 60 })).message).toContain('float32')
  })

  it('is not what a heavy-ball flow does at late times, whatever its damping', () => {
    for (const momentum of [0.1, 0.5, 0.9, 0.999]) {
      const drift = (momentum - 1) ** 2 / 4
      for (const share of [1e-6, 0.5, 0.97, 0.9999, 1, 1.0001, 1.03, 4, 1e6]) {
        const kernel = mul(eye(1), drift * share)
        const predict = gradientDescentMse(kernel, tensor([1]), { momentum, loss: 'sum' })
        for (const t of [1, 1e3, 1e5, 1e8, 1e100, 1e300, Number.MAX_VALUE]) {
          const { train } = predict({ t })
          expect(finite(train)).toBe(true)
          if (t >= 1e100) expect(worst(train, tensor([1]))).toBeLessThan(1e-12)
        }
      }
    }
  })
})

describe('times', () => {
  const predict = gradientDescentMse(theta, y)

  it('may be a tensor or any array of numbers', () => {
    const want = predict({ t: [0, 1, 10] }).train
    for (const t of [
      tensor([0, 1, 10]),
      Float32Array.of(0, 1, 10),
      Int32Array.of(0, 1, 10),
      tensor([0, 1, 10], { dtype: 'int32' }),
    ]) {
      expect(worst(predict({ t }).train, want)).toBe(0)
    }
    expect(predict({ t: tensor(3) }).train.shape).toEqual([6, 1])
  })

  it('that are none are named', () => {
    for (const t of [
      [],
      [[1]],
      tensor([[1]]),
      tensor([Number.NaN]),
      'end',
      [-1],
      { t: 1 },
      true,
      tensor([]),
    ]) {
      expect(thrown(() => predict({ t } as never)).code).toBe('value')
    }
  })

  it('left out, null and Infinity are the end of training, with and without a test set', () => {
    for (const input of [undefined, {}, { t: null }, { t: Infinity, kTestTrain: null }]) {
      const { train, test } = predict(input)
      expect(worst(train, y)).toBeLessThan(1e-12)
      expect(test).toBeNull()
    }
  })
})

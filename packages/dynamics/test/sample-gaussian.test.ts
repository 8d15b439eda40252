/** Draws of predictive distributions have their moments. */
import {
  add,
  eye,
  key,
  matmul,
  mean,
  mul,
  normal,
  reshape,
  slice,
  sub,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gpInference, gradientDescentMseEnsemble, sampleGaussian } from '../src/index.js'
import { thrown, worst } from './helpers.js'

const [n, m, k] = [6, 4, 2]
const all = normal(key(1), [n + m, 9])
const gram = matmul(all, transpose(all))
const nngp = slice(gram, [0, n], [0, n])
const kTestTrain = slice(gram, [n, n + m], [0, n])
const kTestTest = slice(gram, [n, n + m], [n, n + m])
const y = normal(key(2), [n, k])

describe('sampleGaussian', () => {
  it('has the mean and the covariance of a posterior at all points together, within sampling error', () => {
    const posterior = gpInference(nngp, y, { diagReg: 0.1 })({ kTestTrain, kTestTest })
    const samples = 20_000
    const draws = sampleGaussian(key(3), posterior, { samples })
    expect(draws.shape).toEqual([samples, m, k])
    const centred = sub(draws, posterior.mean)
    const covariance = (posterior.covariance as Tensor).toNested() as number[][]
    const found = mean(centred, { axis: 0 }).toNested() as number[][]
    const flat = reshape(centred, [samples, m * k])
    const seen = mul(matmul(transpose(flat), flat), 1 / samples).toNested() as number[][]
    for (let i = 0; i < m; i++) {
      for (let a = 0; a < k; a++) {
        const variance = covariance[i]?.[i] as number
        // five standard errors: the mean's is √(C_ii / S), a covariance's √((C_ii C_jj + C_ij²) / S)
        expect(Math.abs(found[i]?.[a] as number)).toBeLessThan(5 * Math.sqrt(variance / samples))
        for (let j = 0; j < m; j++) {
          for (let b = 0; b < k; b++) {
            const want = a === b ? (covariance[i]?.[j] as number) : 0
            const error = Math.sqrt((variance * (covariance[j]?.[j] as number) + want ** 2) / samples)
            expect(Math.abs((seen[i * k + a]?.[j * k + b] as number) - want)).toBeLessThan(5 * error)
          }
        }
      }
    }
  })

  it('draws the same by the same key, and one function unless told', () => {
    const posterior = gpInference(nngp, y)({ kTestTrain, kTestTest })
    expect(sampleGaussian(key(3), posterior).shape).toEqual([1, m, k])
    expect(worst(sampleGaussian(key(3), posterior), sampleGaussian(key(3), posterior))).toBe(0)
    expect(worst(sampleGaussian(key(3), posterior), sampleGaussian(key(4), posterior))).toBeGreaterThan(0.1)
  })

  it('goes through the labels where training has ended: a covariance of rounding is none', () => {
    const predict = gradientDescentMseEnsemble({ nngp, ntk: add(nngp, eye(n)) }, y)
    for (const get of ['nngp', 'ntk'] as const) {
      const draws = sampleGaussian(key(5), predict({ get }), { samples: 3 })
      for (let i = 0; i < 3; i++) expect(worst(slice(draws, i), y)).toBeLessThan(1e-5)
    }
  })

  it('takes singular covariances: equal points have equal values', () => {
    const draws = sampleGaussian(
      key(6),
      {
        mean: zeros([2]),
        covariance: tensor([
          [2, 2],
          [2, 2],
        ]),
      },
      { samples: 50 },
    )
    expect(worst(slice(draws, null, 0), slice(draws, null, 1))).toBeLessThan(1e-12)
    expect(Math.max(...draws.dataSync())).toBeGreaterThan(1)
  })

  it('refuses what is no covariance', () => {
    const center = zeros([2])
    expect(thrown(() => sampleGaussian(key(0), { mean: center, covariance: null })).code).toBe('value')
    expect(thrown(() => sampleGaussian(key(0), { mean: center, covariance: eye(3) })).code).toBe('shape')
    expect(
      thrown(() =>
        sampleGaussian(key(0), {
          mean: center,
          covariance: tensor([
            [1, 2],
            [2, 1],
          ]),
        }),
      ).code,
    ).toBe('not-positive-definite')
    const times = gradientDescentMseEnsemble({ nngp }, y)({ get: 'nngp', t: [1, 2] })
    expect(thrown(() => sampleGaussian(key(0), times)).code).toBe('shape')
  })
})

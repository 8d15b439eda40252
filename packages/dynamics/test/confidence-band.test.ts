/** Bands hold what they say: of values, of functions, and of trained networks. */
import { key, matmul, mul, normal, slice, split, stack, type Tensor, tensor, transpose } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  type ConfidenceBand,
  confidenceBand,
  confidenceBandOfSamples,
  gpInference,
  gradientDescentMseEnsemble,
  sampleGaussian,
} from '../src/index.js'
import { close, thrown, worst } from './helpers.js'

const [n, m, k] = [6, 5, 2]
const all = normal(key(1), [n + m, 9])
const gram = matmul(all, transpose(all))
const nngp = slice(gram, [0, n], [0, n])
const kTestTrain = slice(gram, [n, n + m], [0, n])
const kTestTest = slice(gram, [n, n + m], [n, n + m])
const posterior = gpInference(nngp, normal(key(2), [n, k]), { diagReg: 0.1 })({ kTestTrain, kTestTest })

/** The share of samples [samples, ...] that lie in a band, of their points or as a whole. */
function coverage(samples: Tensor, { lower, upper }: ConfidenceBand, whole: boolean): number {
  const [x, a, b] = [samples.dataSync(), lower.dataSync(), upper.dataSync()]
  const inside = Array.from(x, (v, i) => v >= (a[i % a.length] as number) && v <= (b[i % a.length] as number))
  if (!whole) return inside.filter(Boolean).length / inside.length
  const count = samples.shape[0] as number
  const rows = Array.from({ length: count }, (_, s) =>
    inside.slice(s * a.length, (s + 1) * a.length).every(Boolean),
  )
  return rows.filter(Boolean).length / count
}

describe('confidenceBand', () => {
  test.each([
    [0.5, 0.6744897501960817],
    [0.95, 1.959963984540054],
    [0.99, 2.5758293035489004],
  ])('of level %s reaches %s standard deviations', (level, z) => {
    const { mean, lower, upper } = confidenceBand(
      {
        mean: tensor([1, -2]),
        covariance: tensor([
          [4, 1],
          [1, 0],
        ]),
      },
      { level },
    )
    close(mean, [1, -2], 0)
    close(lower, [1 - 2 * z, -2], 1e-13)
    close(upper, [1 + 2 * z, -2], 1e-13)
    const noisy = confidenceBand(
      {
        mean: tensor([1, -2]),
        covariance: tensor([
          [4, 1],
          [1, 0],
        ]),
      },
      { level, noise: 5 },
    )
    close(noisy.upper, [1 + 3 * z, -2 + Math.sqrt(5) * z], 1e-13)
  })

  test.each([0.5, 0.9, 0.99])('holds a share of %s of what the posterior draws', (level) => {
    const samples = 4000
    const draws = sampleGaussian(key(3), posterior, { samples })
    const share = coverage(draws, confidenceBand(posterior, { level }), false)
    // values of one draw go together: five standard errors of draws of one value each
    expect(Math.abs(share - level)).toBeLessThan(5 * Math.sqrt((level * (1 - level)) / samples))
  })

  test('follows the times of an ensemble, each by its own covariance', () => {
    const predict = gradientDescentMseEnsemble({ nngp, ntk: mul(2, nngp) }, normal(key(2), [n, k]), {
      diagReg: 0.1,
    })
    const test = { kTestTrain: { nngp: kTestTrain, ntk: mul(2, kTestTrain) }, nngpTestTest: kTestTest }
    const t = [0, 3, 100]
    const together = confidenceBand(predict({ get: 'ntk', t, test }))
    const each = t.map((time) => confidenceBand(predict({ get: 'ntk', t: time, test })))
    expect(
      worst(
        together.lower,
        stack(
          each.map((b) => b.lower),
          0,
        ),
      ),
    ).toBeLessThan(1e-12)
    expect(
      worst(
        together.upper,
        stack(
          each.map((b) => b.upper),
          0,
        ),
      ),
    ).toBeLessThan(1e-12)
    expect(together.mean.shape).toEqual([3, m, k])
  })

  test('refuses what has no band', () => {
    const { mean, covariance } = posterior
    expect(thrown(() => confidenceBand({ mean, covariance: null })).code).toBe('value')
    expect(thrown(() => confidenceBand({ mean, covariance: nngp })).code).toBe('shape')
    expect(thrown(() => confidenceBand({ mean, covariance: mul(covariance as Tensor, -1) })).code).toBe(
      'value',
    )
    expect(thrown(() => confidenceBand(posterior, { level: 1 })).code).toBe('option')
    expect(thrown(() => confidenceBand(posterior, { level: 95 })).code).toBe('option')
  })
})

describe('confidenceBandOfSamples', () => {
  const [ours, others] = split(key(5), 2) as [Parameters<typeof normal>[0], Parameters<typeof normal>[0]]
  const samples = 4000
  const drawn = sampleGaussian(ours, posterior, { samples })
  const fresh = sampleGaussian(others, posterior, { samples })
  const tolerance = (level: number): number => 7 * Math.sqrt((level * (1 - level)) / samples)

  test.each([0.5, 0.9])(
    'of level %s comes to the band of the distribution, and holds that share of new samples',
    (level) => {
      const found = confidenceBandOfSamples(drawn, { level })
      const exact = confidenceBand(posterior, { level })
      const width = worst(exact.upper, exact.mean)
      expect(worst(found.lower, exact.lower)).toBeLessThan(0.08 * width)
      expect(worst(found.upper, exact.upper)).toBeLessThan(0.08 * width)
      expect(Math.abs(coverage(fresh, found, false) - level)).toBeLessThan(tolerance(level))
    },
  )

  test.each([0.5, 0.9])(
    'that is simultaneous holds a share of %s of new functions at all of their points',
    (level) => {
      const found = confidenceBandOfSamples(drawn, { level, simultaneous: true })
      expect(Math.abs(coverage(fresh, found, true) - level)).toBeLessThan(tolerance(level))
      // and a band point by point does not
      expect(coverage(fresh, confidenceBandOfSamples(drawn, { level }), true)).toBeLessThan(level - 0.1)
    },
  )

  test('has its quantiles between order statistics, and refuses levels that samples are too few for', () => {
    const five = tensor([[3], [1], [2], [5], [4]])
    const { mean, lower, upper } = confidenceBandOfSamples(five, { level: 0.5 })
    close(mean, [3], 1e-15)
    close(lower, [2], 1e-15)
    close(upper, [4], 1e-15)
    expect(confidenceBandOfSamples(five, { level: 0.6 }).lower.item()).toBeCloseTo(1.8, 12)
    expect(thrown(() => confidenceBandOfSamples(five)).message).toMatch(/at least 40 samples/)
    expect(thrown(() => confidenceBandOfSamples(tensor(1))).code).toBe('shape')
  })
})

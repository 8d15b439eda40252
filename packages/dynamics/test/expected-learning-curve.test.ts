/** Learning curves by theory beside those of kernel regression on samples that were drawn. */
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import {
  add,
  diagonal,
  div,
  eye,
  key,
  matmul,
  mean,
  mul,
  normal,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  transpose,
  uniform,
} from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import { expectedLearningCurve, gpInference, spectralLearningCurve } from '../src/index.js'
import { thrown, worst } from './helpers.js'

interface Measured {
  readonly mean: number
  /** Of the mean, over draws of the training set. */
  readonly standardError: number
}

function summary(values: readonly number[]): Measured {
  const average = values.reduce((a, b) => a + b) / values.length
  const variance = values.reduce((a, b) => a + (b - average) ** 2, 0) / (values.length - 1)
  return { mean: average, standardError: Math.sqrt(variance / values.length) }
}

describe('of Gaussian features, for which the theory is exact in many dimensions', () => {
  // K(x, x') = Σ η φ φ', f* = Σ a φ, φ independent normal numbers: 300 modes with a power law
  const modes = 300
  const eta = Array.from({ length: modes }, (_, i) => (i + 1) ** -1.2)
  const power = Array.from({ length: modes }, (_, i) => (i + 1) ** -1.6)
  const eigenvalues = tensor(eta)
  const powers = tensor(power)

  function measured(count: number, ridge: number, noise: number, draws: number): Measured {
    const errors = Array.from({ length: draws }, (_, i) => {
      const [k1, k2, k3] = split(key(1000 * count + i), 3)
      const phi = normal(k1, [count, modes])
      // signs drawn anew average over targets of these powers
      const a = mul(tensor(power.map(Math.sqrt)), normal(k2, [modes]))
      const psi = mul(phi, tensor(eta))
      const kernel = add(matmul(psi, transpose(phi)), mul(eye(count), ridge))
      const labels = add(matmul(phi, a), mul(normal(k3, [count]), Math.sqrt(noise)))
      const dual = gpInference(kernel, labels)({ kTestTrain: transpose(psi) }).mean
      return sum(square(sub(dual, a))).item()
    })
    return summary(errors)
  }

  it.each([
    { ridge: 0.1, noise: 0 },
    { ridge: 1e-3, noise: 0.2 },
    { ridge: 3, noise: 0.5 },
  ])('with ridge $ridge and noise $noise, within 4 standard errors and 2 %', ({ ridge, noise }) => {
    const samples = [20, 60, 180]
    const { error } = spectralLearningCurve(eigenvalues, powers, { samples, ridge, noise })
    samples.forEach((count, i) => {
      const theory = error.dataSync()[i] as number
      const { mean: found, standardError } = measured(count, ridge, noise, 60)
      expect(Math.abs(found - theory)).toBeLessThan(4 * standardError + 0.02 * theory)
      // so that the test can tell
      expect(standardError).toBeLessThan(0.06 * theory)
    })
  })
})

describe('of a pool of inputs', () => {
  const [pool, d] = [600, 10]
  const gaussian = normal(key(1), [pool, d])
  const x = mul(normalized(gaussian), Math.sqrt(d))
  const target = mul(matmul(x, normal(key(5), [d, 1])), 1 / Math.sqrt(d))
  const y = add(target, mul(square(target), 0.5))
  const kernel = matmul(x, transpose(x))

  it('on a sphere: wide ReLU networks by their NTK, within 4 standard errors and 3 %', async () => {
    const ntk = await kernelFn(serial(Dense(1), Relu(), Dense(1)))(x, null, { get: 'ntk' })
    const [samples, noise, diagReg, draws] = [[10, 40, 120], 0.1, 0.05, 40]
    const { error } = expectedLearningCurve(ntk, y, { samples, noise, diagReg })
    // the ridge is one of the distribution, not of the samples that were drawn
    const ridge = diagReg * mean(diagonal(ntk)).item()
    samples.forEach((count, i) => {
      const errors = Array.from({ length: draws }, (_, draw) => {
        const [k1, k2] = split(key(10_000 * count + draw))
        const drawn = Array.from(uniform(k1, [count]).dataSync(), (u) => Math.floor(u * pool))
        const rows = tensor(drawn, { dtype: 'int32' })
        const labels = add(take(y, rows), mul(normal(k2, [count, 1]), Math.sqrt(noise)))
        const across = take(ntk, rows, 1)
        const posterior = gpInference(take(across, rows, 0), labels, {
          diagReg: ridge,
          diagRegAbsolute: true,
        })
        return mean(square(sub(posterior({ kTestTrain: across }).mean, y))).item()
      })
      const { mean: found, standardError } = summary(errors)
      const theory = error.dataSync()[i] as number
      expect(Math.abs(found - theory)).toBeLessThan(4 * standardError + 0.03 * theory)
      expect(standardError).toBeLessThan(0.06 * theory)
    })
  })

  it('is the curve of its spectrum, at every scale, and of several outputs the mean', () => {
    const options = { samples: [0, 3, 50], noise: 0.2, diagReg: 0.1 }
    const both = expectedLearningCurve(kernel, y, options)
    expect(both.error.dataSync()[0]).toBeCloseTo(mean(square(y)).item(), 12)
    for (const scale of [1e-200, 1e200]) {
      expect(worst(expectedLearningCurve(mul(kernel, scale), y, options).error, both.error)).toBeLessThan(
        1e-9,
      )
    }
    const other = normal(key(9), [pool, 1])
    const joined = tensor(
      Array.from({ length: pool }, (_, i) => [y.dataSync()[i] as number, other.dataSync()[i] as number]),
    )
    const average = mul(add(both.error, expectedLearningCurve(kernel, other, options).error), 0.5)
    expect(worst(expectedLearningCurve(kernel, joined, options).error, average)).toBeLessThan(1e-12)
  })
})

describe('in closed form', () => {
  it('is Marchenko and Pastur for equal eigenvalues without a ridge', () => {
    // d equal modes: below d samples E = (1 − P/d) a² + ..., 1/(1−γ) with γ = P/d; above, noise d / (P − d)
    const d = 50
    const [eigenvalues, powers] = [mul(onesRow(d), 2), mul(onesRow(d), 1 / d)]
    const noise = 0.3
    const { error, gamma } = spectralLearningCurve(eigenvalues, powers, { samples: [20, 80], noise })
    expect(gamma.dataSync()[0]).toBeCloseTo(20 / d, 10)
    expect(error.dataSync()[0]).toBeCloseTo(1 - 20 / d + (noise * 20) / (d - 20), 9)
    expect(error.dataSync()[1]).toBeCloseTo((noise * d) / (80 - d), 12)
    expect(thrown(() => spectralLearningCurve(eigenvalues, powers, { samples: [d], noise })).code).toBe(
      'singular',
    )
  })

  it('what the kernel does not have is never learnt, and counts as noise', () => {
    const [eigenvalues, powers] = [tensor([1, 1, 0]), tensor([0.5, 0.5, 0.25])]
    const { error } = spectralLearningCurve(eigenvalues, powers, { samples: [8, 1e9] })
    // two modes, eight samples: (a² + σ² γ) / (1 − γ) with γ = 2/8
    expect(error.dataSync()[0]).toBeCloseTo(0.25 / (1 - 2 / 8), 12)
    expect(error.dataSync()[1]).toBeCloseTo(0.25, 8)
  })

  test('more ridge than is of use learns nothing, and κ solves its equation', () => {
    const eta = [1, 0.1, 0.01, 0]
    const { error, effectiveRidge } = spectralLearningCurve(tensor(eta), tensor([1, 1, 1, 0]), {
      samples: [10, 10],
      ridge: 0.2,
    })
    const kappa = effectiveRidge.dataSync()[0] as number
    expect(0.2 + eta.reduce((total, e) => total + (kappa * e) / (kappa + 10 * e), 0)).toBeCloseTo(kappa, 12)
    expect(error.shape).toEqual([2])
    const strong = spectralLearningCurve(tensor(eta), tensor([1, 1, 1, 0]), { samples: [10], ridge: 1e9 })
    expect(strong.error.dataSync()[0]).toBeCloseTo(3, 6)
  })

  it('refuses numbers below 0 and shapes that do not fit', () => {
    const one = tensor([1])
    expect(thrown(() => spectralLearningCurve(tensor([-1]), one, { samples: [1] })).code).toBe('value')
    expect(thrown(() => spectralLearningCurve(one, tensor([1, 2]), { samples: [1] })).code).toBe('shape')
    expect(thrown(() => expectedLearningCurve(eye(3), normal(key(0), [2, 1]), { samples: [1] })).code).toBe(
      'shape',
    )
  })
})

function normalized(rows: Tensor): Tensor {
  return div(rows, sqrt(sum(square(rows), { axis: 1, keepDims: true })))
}

function onesRow(d: number): Tensor {
  return tensor(new Array<number>(d).fill(1))
}

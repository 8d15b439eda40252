/**
 * The predicted distribution over initializations beside 200 trained networks, on images: mean and covariance at images seen and unseen agree within sampling
 * error, where all weights are trained and where the readout alone is.
 */
import { glyphs, normalizeSamples, twoClasses } from '@ntk/datasets'
import { kernelFn } from '@ntk/kernels-analytic'
import { chain, gradientDescent, scaleByPath, trainEnsemble } from '@ntk/optim'
import { Dense, Erf, serial } from '@ntk/stax'
import {
  abs,
  add,
  diagonal,
  div,
  eigh,
  eye,
  full,
  key,
  matmul,
  mul,
  reshape,
  slice,
  solve,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescentMseEnsemble, maxLearningRate } from '../src/index.js'

const [networks, width, nTrain, nPoints, steps] = [200, 256, 8, 10, 5]
const { dataset, y: labels } = twoClasses(glyphs({ n: 80, size: 8 }), [0, 1], { count: 14 })
const images = normalizeSamples(reshape(dataset.images, [14, 64]), 'length')
// Half of the training set is among the points, where training decides most, and six images that it does not see.
const [x, points] = [slice(images, [0, nTrain]), slice(images, [4, 14])]
const [y, yPoints] = [slice(labels, [0, nTrain]), slice(labels, [4, 14])]

const stds = { wStd: 1.5, bStd: 0.1 }
const net = serial(Dense(width, stds), Erf(), Dense(1, stds))
const kernel = kernelFn(net)

/** Outputs [networks, nPoints] after training from as many starts. */
async function trainedOutputs(learningRate: number, readoutAlone: boolean): Promise<number[][]> {
  const starts = split(key(7), networks).map((k) => net.init(k, [-1, 64]).params)
  const rate = (path: string): number => (readoutAlone && !path.startsWith('[2]') ? 0 : 1)
  const outputs: number[][] = []
  for (let from = 0; from < networks; from += 50) {
    const members = await trainEnsemble({
      apply: net.apply,
      params: starts.slice(from, from + 50),
      x,
      y,
      optimizer: chain(scaleByPath(rate), gradientDescent(learningRate)),
      steps,
      at: [steps],
      outputs: true,
      evaluate: { test: { x: points, y: yPoints } },
    })
    for (const { history } of members) {
      const found = history[0]?.sets.test?.outputs
      if (found !== undefined) outputs.push(Array.from(found.dataSync()))
    }
  }
  expect(outputs.length).toBe(networks)
  return outputs
}

/** Means over networks of f − μ [nPoints, 1] and of (f − μ)(f − μ)ᵀ [nPoints, nPoints]. */
function momentsAbout(
  mean: Tensor,
  outputs: readonly number[][],
): { readonly first: Tensor; readonly second: Tensor } {
  const moves = sub(tensor(outputs), reshape(mean, [1, nPoints]))
  const all = matmul(transpose(moves), full([networks, 1], 1 / networks))
  return { first: all, second: mul(matmul(transpose(moves), moves), 1 / networks) }
}

/** How many standard errors, √(C_ii / N), the mean is off where it is most. */
function offMean(first: Tensor, covariance: Tensor): number {
  return Math.max(
    ...abs(div(reshape(first, [nPoints]), sqrt(mul(diagonal(covariance), 1 / networks)))).dataSync(),
  )
}

/** How many standard errors, √((C_ii C_jj + C_ij²) / N), the second moments are off where they are most. */
function offMoments(second: Tensor, covariance: Tensor): number {
  const variances = reshape(diagonal(covariance), [nPoints, 1])
  const error = sqrt(mul(add(mul(variances, transpose(variances)), square(covariance)), 1 / networks))
  return Math.max(...abs(div(sub(second, covariance), error)).dataSync())
}

/**
 * How many standard errors the second moments are off along the quadratic form in which two Gaussians are told apart best, that of their likelihood ratio,
 * M = C⁻¹ − C'⁻¹: of moves of covariance C the mean of fᵀ M f is tr(M C), with the variance 2 tr((M C)²) / N.
 */
function offRatio(second: Tensor, covariance: Tensor, other: Tensor): number {
  const form = sub(solve(covariance, eye(nPoints)), solve(other, eye(nPoints)))
  const product = matmul(form, covariance)
  const variance = (2 / networks) * sum(mul(product, transpose(product))).item()
  return Math.abs(sum(mul(form, sub(second, covariance))).item()) / Math.sqrt(variance)
}

// One number is beyond 4 standard errors once in 16,000 draws, and these are drawn by a key. At width 256 what the finite width moves is of the order of
// 1/256, where the standard error of a variance is a tenth. Right ones are found within 2.8, wrong ones beyond 8.
const bound = 4

describe('200 networks on glyphs agree with the prediction within 4 standard errors', () => {
  test.each([
    { get: 'ntk', what: 'all weights are' },
    { get: 'nngp', what: 'the readout alone is' },
  ] as const)('where $what trained', async ({ get }) => {
    const kernels = await kernel(x, null)
    const learningRate = 0.2 * maxLearningRate(kernels[get], { ySize: nTrain })
    const predict = await gradientDescentMseEnsemble(kernel, x, y, { learningRate, dynamics: 'steps' })
    const { mean, covariance } = await predict({ get, t: steps, xTest: points })
    const { first, second } = momentsAbout(mean, await trainedOutputs(learningRate, get === 'nngp'))
    expect(offMean(first, covariance)).toBeLessThan(bound)
    expect(offMoments(second, covariance)).toBeLessThan(bound)

    // The test can tell the right covariance from wrong ones: before training, after twice the time, and of the other training or as S23 is printed.
    const wrong = {
      start: (await predict({ get, t: 0, xTest: points })).covariance,
      late: (await predict({ get, t: 2 * steps, xTest: points })).covariance,
      other:
        get === 'ntk'
          ? (await predict({ get: 'nngp', t: steps, xTest: points })).covariance
          : misprinted(
              kernels.nngp,
              await kernel(points, x, { get: 'nngp' }),
              await kernel(points, null, { get: 'nngp' }),
              learningRate / nTrain,
            ),
    }
    for (const [name, other] of Object.entries(wrong)) {
      expect(offRatio(second, covariance, other), name).toBeLessThan(bound)
      expect(offRatio(second, other, covariance), name).toBeGreaterThan(bound)
    }
    const late = await predict({ get, t: 3 * steps, xTest: points, covariance: false })
    expect(offMean(sub(add(first, mean), late.mean), covariance)).toBeGreaterThan(bound)
  })
})

/** K(x, x) − K(x, X) K⁻¹ (I − (I − ηK)^t) K(X, x): the covariance of S23 as it is printed, with one power in place of two. */
function misprinted(k: Tensor, across: Tensor, own: Tensor, rate: number): Tensor {
  const { values, vectors } = eigh(k)
  const middle = Float64Array.from(values.dataSync(), (v) => -(1 - (1 - rate * v) ** steps) / v)
  const projected = matmul(across, vectors)
  return add(own, matmul(mul(projected, tensorFromData(middle, [1, nTrain])), transpose(projected)))
}

import { gpInference } from '@ntk/dynamics'
import { exp, key, mul, normal, square, sub, type Tensor, take, tensor, transpose } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { choleskyFactor } from '../src/algebra/factor.js'
import { readGram } from '../src/algebra/gram.js'
import { heldOut } from '../src/algebra/held-out.js'
import { leaveOneOut, logMarginalLikelihood } from '../src/index.js'
import { expectNear, refusal } from './support.js'

// det 4, and a quarter of [[3, −2, 1], [−2, 4, −2], [1, −2, 3]] as its inverse
const three = tensor([
  [2, 1, 0],
  [1, 2, 1],
  [0, 1, 2],
])
const y = tensor([1, 2, 3])

const points = normal(key(0), [12, 1])
const gaussian = (a: Tensor, b: Tensor): Tensor => exp(mul(square(sub(a, transpose(b))), -0.5))

test('the log marginal likelihood of three points is the one that was worked out by hand', () => {
  // yᵀ k⁻¹ y = 5
  const byHand = -5 / 2 - Math.log(4) / 2 - 1.5 * Math.log(2 * Math.PI)
  expect(logMarginalLikelihood(three, y)).toBeCloseTo(byHand, 13)
  const twice = tensor([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
  expect(logMarginalLikelihood(three, twice)).toBeCloseTo(2 * byHand, 13)
  const noisy = tensor([
    [3, 1, 0],
    [1, 3, 1],
    [0, 1, 3],
  ])
  const want = logMarginalLikelihood(noisy, y)
  expect(logMarginalLikelihood(three, y, { diagReg: 0.5 })).toBeCloseTo(want, 13)
  expect(logMarginalLikelihood(three, y, { diagReg: 1, diagRegAbsolute: true })).toBeCloseTo(want, 13)
})

test('leaving one of three points out is what was worked out by hand', () => {
  const { mean, standardDeviation, logLikelihood } = leaveOneOut(three, y)
  expectNear(mean.dataSync(), [1 / 3, 2, 1], 1e-14)
  expectNear(standardDeviation.dataSync(), [Math.sqrt(4 / 3), 1, Math.sqrt(4 / 3)], 1e-14)
  const density = (residual: number, variance: number): number =>
    -(residual ** 2) / variance / 2 - Math.log(2 * Math.PI * variance) / 2
  expect(logLikelihood).toBeCloseTo(density(2 / 3, 4 / 3) + density(0, 1) + density(2, 4 / 3), 13)
})

test('leave-one-out is what comes of leaving one out, with its noise', () => {
  const k = gaussian(points, points)
  const targets = normal(key(1), [12, 2])
  const diagReg = 0.05
  const { mean, standardDeviation } = leaveOneOut(k, targets, { diagReg })
  for (let i = 0; i < 12; i++) {
    const rest = tensor(
      [...Array(12).keys()].filter((j) => j !== i),
      { dtype: 'int32' },
    )
    const one = tensor([i], { dtype: 'int32' })
    const left = take(points, rest, 0)
    const posterior = gpInference(gaussian(left, left), take(targets, rest, 0), {
      diagReg,
      diagRegAbsolute: true,
    })
    const alone = take(points, one, 0)
    const { mean: m, covariance } = posterior({
      kTestTrain: gaussian(alone, left),
      kTestTest: gaussian(alone, alone),
    })
    expectNear(mean.dataSync().slice(2 * i, 2 * i + 2), m.dataSync(), 1e-11)
    expectNear(
      [standardDeviation.dataSync()[i] as number],
      [Math.sqrt((covariance as Tensor).item() + diagReg)],
      1e-11,
    )
  }
})

test('a fold that is held out is predicted as by the others alone', () => {
  const targets = normal(key(1), [12, 2])
  const noise = { diagReg: 0.05, diagRegAbsolute: true }
  const gram = readGram(gaussian(points, points), 'k')
  const factor = choleskyFactor(gram, noise)
  const folds = [
    [0, 5, 7],
    [1, 2, 3, 4],
    [6, 8, 9, 10, 11],
  ]
  const { mean, variance } = heldOut(factor, targets, factor.solve(targets), folds)
  for (const fold of folds) {
    const rest = tensor(
      [...Array(12).keys()].filter((j) => !fold.includes(j)),
      { dtype: 'int32' },
    )
    const out = tensor(fold, { dtype: 'int32' })
    const [left, alone] = [take(points, rest, 0), take(points, out, 0)]
    const posterior = gpInference(gaussian(left, left), take(targets, rest, 0), noise)
    const { mean: m, covariance } = posterior({
      kTestTrain: gaussian(alone, left),
      kTestTest: gaussian(alone, alone),
    })
    const size = fold.length
    expectNear(take(mean, out, 0).dataSync(), m.dataSync(), 1e-11)
    const diagonal = fold.map((_, i) => (covariance as Tensor).dataSync()[i * (size + 1)] as number)
    expectNear(
      fold.map((i) => variance[i] as number),
      diagonal,
      1e-11,
    )
  }
})

test.each([1e-150, 1e-100, 1, 1e100, 1e150])('kernels of size %s have their likelihoods', (size) => {
  const root = Math.sqrt(size)
  const expected = logMarginalLikelihood(three, y, { diagReg: 0.1 }) - 3 * Math.log(root)
  const got = logMarginalLikelihood(mul(three, size), mul(y, root), { diagReg: 0.1 })
  expect(Math.abs(got - expected)).toBeLessThan(1e-10)
  const left = leaveOneOut(mul(three, size), mul(y, root))
  expectNear(left.mean.dataSync(), [root / 3, 2 * root, root], 1e-13 * root)
})

test('what has no likelihood is refused by name', async () => {
  const repeated = tensor([
    [1, 1],
    [1, 1],
  ])
  const two = tensor([0, 1])
  expect(await refusal(() => logMarginalLikelihood(repeated, two))).toMatch(
    /^not-positive-definite: .*diagReg: 1e-6/,
  )
  expect(
    await refusal(() =>
      logMarginalLikelihood(
        tensor([
          [0, 0],
          [0, 0],
        ]),
        two,
      ),
    ),
  ).toMatch(/^not-positive-definite: .*zeros/)
  expect(
    await refusal(() =>
      logMarginalLikelihood(
        tensor([
          [1, 2],
          [0, 1],
        ]),
        two,
      ),
    ),
  ).toMatch(/^value: .*symmetric/)
  expect(
    await refusal(() =>
      logMarginalLikelihood(
        tensor([
          [1, Number.NaN],
          [0, 1],
        ]),
        two,
      ),
    ),
  ).toMatch(/^not-finite: .*\[0, 1\]/)
  expect(await refusal(() => logMarginalLikelihood(three, two))).toMatch(/^shape: .*3 samples/)
  expect(await refusal(() => logMarginalLikelihood(three, mul(y, 1e200)))).toMatch(
    /^not-finite: .*standardize/,
  )
  expect(await refusal(() => leaveOneOut(three, mul(y, 1e200)))).toMatch(/^not-finite: .*standardize/)
  expect(await refusal(() => leaveOneOut(tensor([[1, 2, 3]]), y))).toMatch(/^shape: .*square/)
})

import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Erf, serial } from '@ntk/stax'
import { add, cast, key, mul, normal, slice, type Tensor, take, tensor, tensorFromData } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { crossValidate, kernelClassifier, kernelRegressor, learningCurve, leaveOneOut } from '../src/index.js'
import { expectNear, refusal } from './support.js'

const dense = { wStd: 1.5, bStd: 0.3 }
const net = serial(Dense(1, dense), Erf(), Dense(1, dense))
const n = 23
const x = normal(key(0), [n, 3])
const y = normal(key(1), [n, 2])
const xTest = normal(key(2), [31, 3])
const yTest = normal(key(3), [31, 2])
const classOf = (v: number): number => (v > 0.4 ? 7 : v > -0.4 ? -1 : 2)
const labelsOf = (samples: Tensor): Tensor =>
  tensorFromData(Int32Array.from(slice(samples, null, 0).dataSync(), classOf), [samples.shape[0] as number])
const labels = labelsOf(x)
const rowsOf = (list: ArrayLike<number>): Tensor => tensorFromData(Int32Array.from(list), [list.length])
const others = (fold: readonly number[]): Tensor =>
  rowsOf(Array.from({ length: n }, (_, i) => i).filter((i) => !fold.includes(i)))
const mean = (v: ArrayLike<number>): number => Array.from(v).reduce((a, b) => a + b, 0) / v.length

/** Writes the rows of a fold [m, c] into those of all samples. */
function place(into: Float64Array, fold: readonly number[], part: Tensor): void {
  const c = into.length / n
  fold.forEach((i, r) => {
    for (let k = 0; k < c; k++) into[i * c + k] = part.dataSync()[r * c + k] as number
  })
}

describe.each([1, 4])('cross-validation with %i noises', (noises) => {
  const grid = [0.05, 0.3, 2, 9].slice(0, noises)

  test.each([
    ['nngp', false],
    ['ntk', true],
  ] as const)(
    'of a regression by %s is fold by fold that of the regressor (standardize %s)',
    async (get, standardize) => {
      // One output far from 0, of another size.
      const far = add(mul(y, tensor([1, 1e-2])), tensor([0, 300]))
      const made = await crossValidate(net, x, far, {
        get,
        diagReg: grid,
        standardize,
        folds: 4,
        key: key(5),
      })
      expect(made.folds.map((fold) => fold.length)).toEqual([6, 6, 6, 5])
      expect(made.folds.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      const spread = mean([0, 1].map((c) => varianceOf(far.dataSync().filter((_, i) => i % 2 === c))))
      for (const point of made.points) {
        const model = kernelRegressor(net, { get, standardize, diagReg: point.noise, diagRegAbsolute: true })
        const [means, deviations] = [new Float64Array(2 * n), new Float64Array(2 * n)]
        const losses: number[] = []
        for (const fold of made.folds) {
          const rows = others(fold)
          const fitted = await model.fit(take(x, rows, 0), take(far, rows, 0))
          const part = await fitted.predict(take(x, rowsOf(fold), 0))
          place(means, fold, part.mean)
          place(deviations, fold, part.standardDeviation)
          const truth = take(far, rowsOf(fold), 0).dataSync()
          losses.push(mean(truth.map((v, i) => (v - (part.mean.dataSync()[i] as number)) ** 2)))
        }
        expect(point.mean.shape).toEqual([n, 2])
        expectNear(point.mean.dataSync(), means, 1e-10)
        expectNear(point.standardDeviation.dataSync(), deviations, 1e-10)
        const loss = mean(far.dataSync().map((v, i) => (v - (means[i] as number)) ** 2))
        const error = Math.sqrt((varianceOf(losses) * 4) / 3 / 4)
        expectNear([point.loss.value, point.loss.error ?? -1], [loss, error], 1e-10)
        expectNear([point.score.value, point.score.error ?? -1], [1 - loss / spread, error / spread], 1e-10)
      }
      const least = Math.min(...made.points.map(({ loss }) => loss.value))
      expect(made.best.loss.value).toBe(least)
    },
  )

  test('of a classification is fold by fold that of the classifier', async () => {
    const made = await crossValidate(net, x, labels, { diagReg: grid, folds: 3 })
    for (const point of made.points) {
      const options = { diagReg: point.noise, diagRegAbsolute: true, classes: [-1, 2, 7], temperature: 1 }
      const [means, deviations, right] = [new Float64Array(3 * n), new Float64Array(n), new Float64Array(n)]
      for (const fold of made.folds) {
        const rows = others(fold)
        const fitted = await kernelClassifier(net, options).fit(take(x, rows, 0), take(labels, rows, 0))
        const get = ['mean', 'standardDeviation', 'labels'] as const
        const part = await fitted.predict(take(x, rowsOf(fold), 0), { get })
        place(means, fold, part.mean)
        place(deviations, fold, part.standardDeviation)
        fold.forEach((i, r) => {
          right[i] = part.labels.dataSync()[r] === labels.dataSync()[i] ? 1 : 0
        })
      }
      expectNear(point.mean.dataSync(), means, 1e-10)
      expectNear(point.standardDeviation.dataSync(), deviations, 1e-10)
      expect(point.score.value).toBeCloseTo(mean(right), 14)
    }
    // Every fold has about its share of every class.
    for (const c of [-1, 2, 7]) {
      const counts = made.folds.map((fold) => fold.filter((i) => labels.dataSync()[i] === c).length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }
  })
})

test('cross-validation makes one kernel, and with as many folds as samples it leaves each out', async () => {
  const k = await kernelFn(net)(x, null, { get: 'nngp' })
  let kernels = 0
  const counted = (): Tensor => {
    kernels++
    return k
  }
  const { best } = await crossValidate(counted, x, y, { diagReg: [0.3, 0.1], folds: n })
  expect(kernels).toBe(1)
  const want = leaveOneOut(k, y, { diagReg: best.diagReg })
  expectNear(best.mean.dataSync(), want.mean.dataSync(), 1e-10)
  const handed = await crossValidate('precomputed', k, y, { diagReg: best.diagReg, folds: n })
  expectNear(handed.best.mean.dataSync(), want.mean.dataSync(), 1e-10)
  const small = await crossValidate(net, cast(x, 'float32'), labels, { diagReg: 0.1 })
  expect([small.best.mean.dtype, small.best.standardDeviation.shape]).toEqual(['float32', [n]])
})

describe('a learning curve', () => {
  const sizes = [5, 12, n]
  const tests = { xTest, yTest, key: key(4), sizes, repeats: 3 }

  test.each([false, true])(
    'has at each size what a regressor makes of these rows (standardize %s)',
    async (standardize) => {
      const options = { get: 'ntk', diagReg: 0.1, standardize } as const
      const { points } = await learningCurve(net, x, y, { ...tests, ...options })
      expect(points.map((point) => [point.n, point.draws.length])).toEqual([
        [5, 3],
        [12, 3],
        [n, 1],
      ])
      const spread = mean([0, 1].map((c) => varianceOf(yTest.dataSync().filter((_, i) => i % 2 === c))))
      for (const point of points) {
        const losses: number[] = []
        for (const { rows, loss, score } of point.draws) {
          expect(new Set(rows.dataSync()).size).toBe(point.n)
          const model = await kernelRegressor(net, options).fit(take(x, rows, 0), take(y, rows, 0))
          const found = (await model.predict(xTest, { get: 'mean' })).dataSync()
          const want = mean(yTest.dataSync().map((v, i) => (v - (found[i] as number)) ** 2))
          expectNear([loss, score], [want, 1 - want / spread], 1e-10)
          losses.push(want)
        }
        expect(point.loss.value).toBeCloseTo(mean(losses), 10)
        const error = point.draws.length === 1 ? null : expect.closeTo(Math.sqrt(varianceOf(losses) / 2), 10)
        expect(point.loss.error).toEqual(error)
      }
      const kept = new Set(points[1]?.draws[0]?.rows.dataSync())
      for (const row of points[0]?.draws[0]?.rows.dataSync() ?? []) expect(kept.has(row)).toBe(true)
    },
  )

  test('has the accuracy of a classifier, from one kernel, or from kernels handed in', async () => {
    const f = kernelFn(net)
    let kernels = 0
    const counted = async (a: Tensor, b: Tensor | null): Promise<Tensor> => {
      kernels++
      return f(a, b, { get: 'nngp' })
    }
    const truth = labelsOf(xTest)
    const options = { ...tests, yTest: truth, diagReg: 0.1 }
    const { points } = await learningCurve(counted, x, labels, options)
    expect(kernels).toBe(2)
    for (const { rows, score } of points.flatMap(({ draws }) => draws)) {
      const estimator = kernelClassifier(net, { diagReg: 0.1, classes: [-1, 2, 7], temperature: 1 })
      const model = await estimator.fit(take(x, rows, 0), take(labels, rows, 0))
      const found = (await model.predict(xTest, { get: 'labels' })).dataSync()
      expect(score).toBeCloseTo(
        mean(found.map((c: number, i: number) => (c === truth.dataSync()[i] ? 1 : 0))),
        12,
      )
    }
    const [own, across] = [await f(x, null, { get: 'nngp' }), await f(xTest, x, { get: 'nngp' })]
    const handed = await learningCurve('precomputed', own, labels, { ...options, xTest: across })
    expect(handed.points.map(({ score }) => score)).toEqual(points.map(({ score }) => score))
  })
})

test('what cannot be done is refused by name, with the fix', async () => {
  const validate = (o: object, targets = y): Promise<string> =>
    refusal(() => crossValidate(net, x, targets, o))
  expect(await validate({ folds: 24 })).toMatch(/^option: [^]*24 folds of 23 samples[^]*folds: 23 or fewer/)
  expect(await validate({ folds: 1 })).toMatch(/^option: [^]*"folds", an integer above 1/)
  expect(await validate({ diagReg: [] })).toMatch(/^option: [^]*a diagReg at least[^]*Write diagReg: \[/)
  expect(await validate({ diagReg: [Number.NaN] })).toMatch(/^option: [^]*"diagReg"/)
  expect(await validate({ classes: [0, 1] })).toMatch(/^option: "classes" is no option of a regression/)
  expect(await validate({ standardize: true }, labels)).toMatch(/^option: "standardize" is no option/)
  expect(await validate({}, slice(y, [0, 4]))).toMatch(/^shape: y of crossValidate needs a shape \[23\]/)
  expect(await validate({}, slice(labels, [0, 4]))).toMatch(/^shape: y of crossValidate needs labels \[23\]/)
  expect(await validate({}, mul(y, Number.NaN))).toMatch(/^not-finite: y of crossValidate/)
  expect(await refusal(() => crossValidate(net, slice(x, [0, 1]), slice(y, [0, 1])))).toMatch(
    /Give two samples/,
  )
  const same = tensorFromData(new Float64Array(2 * n).fill(1), [n, 2])
  expect(await refusal(() => crossValidate(net, same, y))).toMatch(/^not-positive-definite: [^]*Use diagReg/)
  expect(await validate({ signal: AbortSignal.abort() })).toMatch(/^aborted/)

  const good = { sizes: [5], repeats: 2, xTest, yTest, key: key(0) }
  const curve = (o: object): Promise<string> => refusal(() => learningCurve(net, x, y, { ...good, ...o }))
  expect(await curve({})).toBe('no error')
  expect(await curve({ sizes: [5, 24] })).toMatch(/^option: [^]*from 1 to the 23 samples[^]*Leave 24 out/)
  expect(await curve({ sizes: [] })).toMatch(/^option: [^]*one at least[^]*Write sizes: \[23\]/)
  expect(await curve({ sizes: [0] })).toMatch(/^option: [^]*"sizes"/)
  expect(await curve({ xTest: slice(xTest, null, [0, 2]) })).toMatch(/^shape: xTest of learningCurve/)
  expect(await curve({ yTest: slice(yTest, [0, 3]) })).toMatch(
    /^shape: yTest of learningCurve needs a shape \[31\]/,
  )
  expect(await curve({ yTest: slice(yTest, null, 0) })).toMatch(
    /^shape: yTest of learningCurve needs a shape \[31, 2\]/,
  )
  expect(await curve({ yTest: mul(yTest, Number.NaN) })).toMatch(/^not-finite: yTest/)
  const strange = { ...good, yTest: tensor(new Int32Array(31).fill(5)) }
  expect(await refusal(() => learningCurve(net, x, labels, strange))).toMatch(
    /^value: yTest [^]*classes -1, 2, 7/,
  )
})

/** The mean squared distance from the mean. */
function varianceOf(v: ArrayLike<number>): number {
  const m = mean(v)
  return mean(Array.from(v, (a) => (a - m) ** 2))
}

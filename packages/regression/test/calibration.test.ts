import {
  encodeTable,
  type GeneratedName,
  generatedNames,
  generateTable,
  type Table,
  tableEncoding,
  takeRows,
} from '@ntk/datasets'
import { Dense, Relu, repeat, serial } from '@ntk/stax'
import { key, normal, type Tensor, tensorFromData, uniform } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { bestCalibration } from '../src/calibration/best.js'
import { lossAt } from '../src/calibration/likelihood.js'
import { drawsOf, softmaxOf } from '../src/calibration/softmax.js'
import { kernelClassifier, kernelRegressor, type Reliability, reliability } from '../src/index.js'
import { expectNear, refusal } from './support.js'

const std = { wStd: Math.SQRT2, bStd: 0.1 }
const net = serial(repeat(serial(Dense(1, std), Relu()), 3), Dense(1, std))
/** The noise alone is chosen. */
const choose = { by: 'marginal-likelihood', fixed: ['wStd', 'bStd'], samples: 300 } as const

/** Samples to fit, and so many to test that probabilities that are right have an error of 0.01 to 0.017. */
const [n, m] = [1000, 6000]

interface Parts {
  readonly train: Table
  readonly test: Table
  readonly target: string
  readonly task: 'classes' | 'numbers'
}

function partsOf(name: GeneratedName): Parts {
  const { table, target, task } = generateTable(name, { key: key(1), n: n + m })
  const rows = (from: number, to: number): Table =>
    takeRows(
      table,
      Array.from({ length: to - from }, (_, i) => from + i),
    )
  return { train: rows(0, n), test: rows(n, n + m), target, task }
}

/** How well a classifier of a table knows what it knows. */
async function judged(name: GeneratedName, options: object): Promise<Reliability> {
  const { train, test, target, task } = partsOf(name)
  const encoding = tableEncoding(train, { target, task, impute: 'median' })
  const [a, b] = [encodeTable(train, encoding), encodeTable(test, encoding)]
  const model = await kernelClassifier(net, options).fit(a.inputs, a.labels as Tensor)
  return reliability(await model.predict(b.inputs, { get: 'probabilities' }), b.labels as Tensor)
}

/** For machines that do much else. */
const patience = 300_000

const regressions: readonly GeneratedName[] = ['smooth', 'noisy']
const classifications = generatedNames.filter((name) => !regressions.includes(name))

describe('ten tables', () => {
  test.each(classifications)(
    '%s: probabilities come true to 0.03',
    async (name) => {
      const { expectedCalibrationError, floor, accuracy } = await judged(name, { choose })
      expect(floor).toBeLessThan(0.02)
      expect(accuracy).toBeGreaterThan(0.7)
      expect(expectedCalibrationError).toBeLessThan(0.03)
    },
    patience,
  )

  test.each(regressions)(
    '%s: nineteen of twenty targets or more lie in their interval, to 0.03',
    async (name) => {
      const { train, test, target, task } = partsOf(name)
      const encoding = tableEncoding(train, { target, task })
      const [a, b] = [encodeTable(train, encoding), encodeTable(test, encoding)]
      const model = await kernelRegressor(net, { choose, standardize: true }).fit(
        a.inputs,
        a.targets as Tensor,
      )
      const found = await model.predict(b.inputs, { of: 'observation' })
      const [mean, deviation] = [found.mean.dataSync(), found.standardDeviation.dataSync()]
      const truth = (b.targets as Tensor).dataSync()
      let inside = 0
      for (let i = 0; i < m; i++) {
        if (Math.abs((truth[i] as number) - (mean[i] as number)) < 1.96 * (deviation[i] as number)) inside++
      }
      expect(inside / m).toBeGreaterThan(0.92)
    },
    patience,
  )

  test('missing values that nobody imputes end in an error that says so', async () => {
    const { train, target, task } = partsOf('missing-values')
    expect(await refusal(() => tableEncoding(train, { target, task }))).toMatch(/^data: .*impute/s)
  })
})

test(
  'where large scores say little more than middling ones, probabilities still come true',
  async () => {
    // Two classes of a fast function under far too much noise: scores grow where chances do not.
    const { expectedCalibrationError } = await judged('two-classes', { diagReg: 1 })
    expect(expectedCalibrationError).toBeLessThan(0.03)
  },
  patience,
)

describe('the loss of a calibration', () => {
  const scores = {
    mean: normal(key(0), [40, 3]),
    variance: Float64Array.from(uniform(key(1), [40]).dataSync()),
  }
  const labels = Int32Array.from(uniform(key(2), [40]).dataSync(), (u: number) => Math.floor(3 * u))
  const offsets = Float64Array.of(0.3, -0.2, 0.5)

  test.each([
    ['the mean', null],
    ['draws', drawsOf(key(3), 20, 3)],
  ] as const)('of %s has the slopes of its differences', (_name, draws) => {
    for (const bend of [
      { floor: null, knee: null },
      { floor: 0.1, knee: null },
      { floor: null, knee: 0.4 },
    ]) {
      const value = (p: ArrayLike<number>): number =>
        lossAt(scores, labels, draws, bend, {
          inverse: p[0] as number,
          offsets: Float64Array.from({ length: 3 }, (_, c) => p[c + 1] as number),
        }).value
      const p = [0.7, ...offsets]
      const { gradient } = lossAt(scores, labels, draws, bend, { inverse: 0.7, offsets })
      const slopes = p.map((_, k) => {
        const moved = (by: number): number => value(p.map((v, j) => (j === k ? v + by : v)))
        return (moved(1e-5) - moved(-1e-5)) / 2e-5
      })
      expectNear(gradient, slopes, 1e-9)
      const calibration = { ...bend, temperature: 1 / 0.7, offsets: [...offsets] }
      const chances = softmaxOf(scores, calibration, draws).dataSync()
      const own = labels.reduce((sum, label, i) => sum - Math.log(chances[3 * i + label] as number) / 40, 0)
      const square = offsets.reduce((sum, b) => sum + b * b, 0)
      expect(value(p)).toBeCloseTo(own + square / 80, 12)
    }
  })

  test('is nowhere less than at the calibration that was found', () => {
    for (const draws of [null, drawsOf(key(3), 20, 3)]) {
      const { temperature, offsets: found, ...bend } = bestCalibration(scores, labels, draws)
      const at = (inverse: number, move: number): number =>
        lossAt(scores, labels, draws, bend, {
          inverse,
          offsets: Float64Array.from(found ?? [], (b) => b + move),
        }).value
      const inverse = 1 / temperature
      const least = at(inverse, 0)
      for (const by of [-0.1, 0.1]) {
        expect(at(inverse * (1 + by), 0)).toBeGreaterThanOrEqual(least - 1e-9)
        expect(at(inverse, by)).toBeGreaterThan(least)
      }
      const plain = lossAt(
        scores,
        labels,
        draws,
        { floor: null, knee: null },
        {
          inverse,
          offsets: Float64Array.from(found ?? []),
        },
      )
      const price = bend.floor === null && bend.knee === null ? 0 : Math.log(40) / 80
      expect(plain.value).toBeGreaterThanOrEqual(least + price - 1e-9)
    }
  })

  test('of classes that no score tells apart gives each its share', () => {
    const flat = {
      mean: tensorFromData(
        new Float64Array(300).map((_, i) => 1e-3 * Math.sin(i)),
        [100, 3],
      ),
      variance: new Float64Array(100),
    }
    const skewed = Int32Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? 0 : i % 2 === 0 ? 1 : 2))
    const chances = Array.from(softmaxOf(flat, bestCalibration(flat, skewed, null), null).dataSync())
    const average = [0, 1, 2].map((c) =>
      chances.reduce((sum: number, v: number, i: number) => sum + (i % 3 === c ? v / 100 : 0), 0),
    )
    expectNear(average, [0.1, 0.4, 0.5], 0.03)
  })
})

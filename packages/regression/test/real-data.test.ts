import { readFileSync } from 'node:fs'
import { Dense, Relu, repeat, serial } from '@ntk/stax'
import { describe, expect, test } from 'vitest'
import { kernelClassifier } from '../src/index.js'
import { expectNear, hasImages, images } from './support.js'

interface Case {
  readonly name: string
  readonly data: 'cifar' | 'mnist'
  readonly n: number
  readonly depth: number
  readonly sigmaW2: number
  readonly sigmaB2: number
  readonly get: 'nngp' | 'ntk'
  readonly diagReg: number
  readonly correct: number
  readonly meanSquaredLoss: number
  readonly predictions: readonly (readonly number[])[]
  readonly predictionNorm: number
}

const { cases } = JSON.parse(
  readFileSync(new URL('./reference/gp-real-data.json', import.meta.url), 'utf8'),
) as { cases: readonly Case[] }

/** The large cases take minutes; NTK_LARGE=1 runs them, too. */
const largest = process.env.NTK_LARGE === '1' ? Infinity : 2000

describe.skipIf(!hasImages)('real images (skipped where NTK_TEST_DATA or ../shared/data has none)', () => {
  const settled = cases.filter(({ n }) => n <= largest)
  test.each(settled)(
    '$name: right answers, loss and predictions are those of the reference',
    async ({ data, n, depth, sigmaW2, sigmaB2, get, diagReg, ...want }) => {
      const std = { wStd: Math.sqrt(sigmaW2), bStd: sigmaB2 === 0 ? null : Math.sqrt(sigmaB2) }
      const net = serial(repeat(serial(Dense(1, std), Relu()), depth), Dense(10, std))
      const train = images(data, 'train', n)
      const test = images(data, 'test', 2000)
      const model = await kernelClassifier(net, { get, diagReg }).fit(train.x, train.labels)
      const { labels, mean } = await model.predict(test.x, { get: ['labels', 'mean'] })
      const [right, found] = [test.labels.dataSync(), labels.dataSync()]
      const means = Float64Array.from(mean.dataSync())
      const squares = Array.from(
        means,
        (v, i) => (v - (right[Math.floor(i / 10)] === i % 10 ? 0.9 : -0.1)) ** 2,
      )
      const loss = squares.reduce((a, b) => a + b, 0) / squares.length
      const norm = Math.sqrt(means.reduce((sum, v) => sum + v * v, 0))
      expect(Array.from(right).filter((label, i) => label === found[i])).toHaveLength(want.correct)
      expect(Math.abs(loss - want.meanSquaredLoss)).toBeLessThan(1e-6)
      expect(Math.abs(norm / want.predictionNorm - 1)).toBeLessThan(1e-8)
      expectNear(means.subarray(0, 50), want.predictions.flat(), 1e-8)
    },
    600_000,
  )
})

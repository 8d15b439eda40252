import { Dense, Erf, serial } from '@ntk/stax'
import { key, normal, tensor, tensorFromData, uniform } from '@ntk/tensor'
import { expect, test } from 'vitest'
import { kernelClassifier, reliability } from '../src/index.js'
import { refusal } from './support.js'

test('the table of four samples is the one that was worked out by hand', () => {
  const p = tensor([
    [0.6, 0.4],
    [0.4, 0.6],
    [0.9, 0.1],
    [0.1, 0.9],
  ])
  const { bins, ...found } = reliability(p, tensor([0, 0, 0, 1]), { bins: 2 })
  expect(bins.map(({ count, confidence, accuracy }) => [count, confidence, accuracy])).toEqual([
    [2, 0.6, 0.5],
    [2, 0.9, 1],
  ])
  expect(found.expectedCalibrationError).toBeCloseTo((0.1 + 0.1) / 2, 14)
  expect(found.accuracy).toBe(0.75)
  expect(found.logLoss).toBeCloseTo(-(Math.log(0.6) + Math.log(0.4) + 2 * Math.log(0.9)) / 4, 14)
  expect(found.brier).toBeCloseTo((2 * 0.16 + 2 * 0.36 + 2 * 0.01 + 2 * 0.01) / 4, 14)
})

test('probabilities that are right have the error of their floor, and wrong ones that of their fault', () => {
  const n = 20_000
  const chance = uniform(key(0), [n]).dataSync()
  const draws = uniform(key(1), [n]).dataSync()
  const truth = tensorFromData(
    Int32Array.from(draws, (d, i) => (d < (chance[i] as number) ? 1 : 0)),
    [n],
  )
  const table = (f: (p: number) => number): ReturnType<typeof reliability> => {
    const rows = Float64Array.from({ length: 2 * n }, (_, i) => {
      const p = f(chance[i >> 1] as number)
      return i % 2 === 0 ? 1 - p : p
    })
    return reliability(tensorFromData(rows, [n, 2]), truth)
  }
  const right = table((p) => p)
  expect(right.expectedCalibrationError).toBeLessThan(2 * right.floor)
  expect(table((p) => 0.5 + (p - 0.5) * 0.5).expectedCalibrationError).toBeGreaterThan(0.1)
})

test('what is no probability, and no class, is refused', async () => {
  const p = tensor([[0.5, 0.5]])
  expect(await refusal(() => reliability(tensor([[0.5, 0.6]]), tensor([0])))).toMatch(/^value: .*sum/)
  expect(await refusal(() => reliability(tensor([[-0.5, 1.5]]), tensor([0])))).toMatch(/^value: .*-0\.5/)
  expect(await refusal(() => reliability(p, tensor([2])))).toMatch(/^value: .*indexOf/)
  expect(await refusal(() => reliability(p, tensor([0, 1])))).toMatch(/^shape: /)
})

test('held-out folds calibrate a classifier of smooth chances', async () => {
  const net = serial(Dense(1, { wStd: 1.5, bStd: 0.5 }), Erf(), Dense(1))
  const drawn = (n: number, seed: number): { x: ReturnType<typeof normal>; y: ReturnType<typeof normal> } => {
    const x = normal(key(seed), [n, 2])
    const [data, u] = [x.dataSync(), uniform(key(seed + 1), [n]).dataSync()]
    const chances = u.map((_: number, i: number) => {
      const f = 3 * Math.sin(2 * (data[2 * i] as number)) + (data[2 * i + 1] as number)
      return 1 / (1 + Math.exp(-f))
    })
    return {
      x,
      y: tensorFromData(
        Int32Array.from(u, (v: number, i: number) => (v < (chances[i] as number) ? 1 : 0)),
        [n],
      ),
    }
  }
  const [train, test] = [drawn(800, 10), drawn(3000, 20)]
  const model = await kernelClassifier(net, { diagReg: 0.1 }).fit(train.x, train.y)
  const judged = reliability(await model.predict(test.x, { get: 'probabilities' }), test.y)
  expect(judged.expectedCalibrationError).toBeLessThan(0.03)
  const cold = await kernelClassifier(net, { diagReg: 0.1, temperature: 0.05 }).fit(train.x, train.y)
  const wrong = reliability(await cold.predict(test.x, { get: 'probabilities' }), test.y)
  expect(wrong.expectedCalibrationError).toBeGreaterThan(0.1)
})

import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, named, Relu, repeat, serial, Tanh } from '@ntk/stax'
import { key, normal, tensor, zeros } from '@ntk/tensor'
import { describe, expect, test, vi } from 'vitest'
import {
  kernelClassifier,
  kernelRegressor,
  leaveOneOut,
  logMarginalLikelihood,
  search,
} from '../src/index.js'
import { refusal } from './support.js'

const std = { wStd: 1.5, bStd: 0.3 }
const block = serial(Dense(1, std), Relu())
const deep = (depth: number): ReturnType<typeof serial> => serial(repeat(block, depth), Dense(1, std))
const x = normal(key(0), [40, 3])
const y = normal(key(1), [40, 2])
const noises = [0.01, 0.1, 1]

describe('a search over depths', () => {
  const depths = [3, 1, 6, 2]
  const nets = depths.map(deep)

  test.each(['marginal-likelihood', 'leave-one-out'] as const)(
    'by %s finds what separate fits find, in one pass',
    async (by) => {
      const found = await search(nets, x, y, { by, get: 'both', diagReg: noises })
      expect(found.passes).toBe(1)
      expect(found.points).toHaveLength(4 * 2 * 3)
      for (const { index, net, get, diagReg, value } of found.points) {
        expect(net).toBe(nets[index])
        const k = await kernelFn(deep(depths[index] as number))(x, null, { get })
        const want =
          by === 'marginal-likelihood'
            ? logMarginalLikelihood(k, y, { diagReg })
            : leaveOneOut(k, y, { diagReg }).logLikelihood
        expect(Math.abs(value - want / 80)).toBeLessThan(1e-11)
      }
      expect(found.best.value).toBe(Math.max(...found.points.map(({ value }) => value)))
      if (by !== 'marginal-likelihood') return
      const { net, get, diagReg } = found.best
      const model = await kernelRegressor(net, { get, diagReg }).fit(x, y)
      expect(model.logMarginalLikelihood / 80).toBeCloseTo(found.best.value, 11)
    },
  )

  test('counts the pairs of the deepest alone', async () => {
    const pairs = async (list: readonly ReturnType<typeof deep>[]): Promise<number> => {
      const onProgress = vi.fn<(progress: { done: number }) => void>()
      await search(list, x, y, { diagReg: 0.1, onProgress })
      return Math.max(...onProgress.mock.calls.map(([{ done }]) => done))
    }
    expect(await pairs(nets)).toBe(await pairs([deep(6)]))
  })

  test('parts them where stds differ, layers have names and options are functions', async () => {
    const other = serial(repeat(block, 2), Dense(1, { wStd: 1, bStd: 0.3 }))
    const withName = serial(repeat(named('block', block), 3), Dense(10, std))
    const { passes, points } = await search([deep(4), other, withName, deep(4)], x, y, { diagReg: 0.1 })
    expect(passes).toBe(2)
    const values = points.map(({ value }) => value)
    expect(values[0]).toBe(values[3])
    const alone = await search([withName], x, y, { diagReg: 0.1 })
    expect(values[2]).toBeCloseTo(alone.best.value, 11)
  })

  test('of convolutions goes by what is flat at its end', async () => {
    const images = normal(key(2), [12, 4, 4, 2])
    const conv = serial(Conv(1, [3, 3], { ...std, padding: 'SAME' }), Relu())
    const list = [1, 2, 3].map((depth) => serial(repeat(conv, depth), Flatten(), Dense(1, std)))
    const targets = normal(key(3), [12])
    const { points, passes } = await search(list, images, targets, { diagReg: 0.1, get: 'ntk' })
    expect(passes).toBe(3)
    for (const { index, value } of points) {
      const k = await kernelFn(list[index] as (typeof list)[0])(images, null, { get: 'ntk' })
      expect(value).toBeCloseTo(logMarginalLikelihood(k, targets, { diagReg: 0.1 }) / 12, 11)
    }
  })
})

test('a search over activations, of some of many samples and of labels', async () => {
  const nets = [Relu(), Erf(), Tanh()].map((f) => serial(Dense(1, std), f, Dense(1, std)))
  const labels = tensor(
    Int32Array.from({ length: 40 }, (_, i) => ((x.dataSync()[3 * i] as number) > 0 ? 7 : 3)),
  )
  const { best, samples, passes, points } = await search(nets, x, labels, { diagReg: noises, samples: 20 })
  expect([samples, passes, points.length]).toEqual([20, 3, 9])
  const model = await kernelClassifier(best.net, { diagReg: best.diagReg }).fit(x, labels)
  expect(model.classes).toEqual([3, 7])
})

test('a kernel that is singular loses, and what cannot be searched is refused', async () => {
  // [[1, 1, 0], [1, 1, 0], [0, 0, 1]], whose second pivot is 0 without rounding.
  const twice = tensor([
    [2, 0, 0, 0],
    [2, 0, 0, 0],
    [0, 2, 0, 0],
  ])
  const [linear, targets] = [serial(Dense(1)), normal(key(0), [3])]
  const { best, points } = await search([linear], twice, targets, { diagReg: [0, 0.1] })
  expect([points[0]?.value, best.diagReg]).toEqual([-Infinity, 0.1])
  const vain = await refusal(() => search([linear], twice, targets))
  expect(vain).toMatch(/^not-positive-definite: .*more noise/s)
  expect(await refusal(() => search([], x, y))).toMatch(/^option: .*network/)
  expect(await refusal(() => search([deep(1)], x, y, { diagReg: [] }))).toMatch(/^option: .*diagReg/)
  expect(await refusal(() => search([zeros([2])] as never, x, y))).toMatch(/^spec: .*at 0/)
  expect(await refusal(() => search(deep(1) as never, x, y))).toMatch(/^value: .*\[net1, net2\]/)
})

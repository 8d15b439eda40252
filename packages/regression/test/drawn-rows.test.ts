import { Dense, Relu, serial } from '@ntk/stax'
import { key, normal, tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { drawnRows } from '../src/choose/drawn-rows.js'
import { kernelClassifier } from '../src/index.js'

describe('the samples by which hyperparameters are chosen', () => {
  it.each([
    [10_000, 200],
    [600, 60],
    [7, 3],
  ])('of %d samples %d are drawn: each once, in order, the same at every call', (n, samples) => {
    const rows = [...drawnRows(n, samples).dataSync()]
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b))
    expect(rows).toHaveLength(samples)
    expect(rows.every((row) => row >= 0 && row < n)).toBe(true)
    expect([...drawnRows(n, samples).dataSync()]).toEqual(rows)
  })

  it('all are taken where there are no more', () => {
    expect(drawnRows(3, 5).toNested()).toEqual([0, 1, 2])
  })

  it('classes that take turns are all among them', () => {
    const classes = new Set([...drawnRows(10_000, 200).dataSync()].map((row) => row % 10))
    expect(classes.size).toBe(10)
  })

  it('a classifier of classes that take turns does not choose by one class alone, which any constant predicts', async () => {
    const labels = tensor(
      Array.from({ length: 120 }, (_, i) => i % 4),
      { dtype: 'int32' },
    )
    const net = serial(Dense(1, { wStd: 1.5, bStd: 0.1 }), Relu(), Dense(1, { wStd: 1.5, bStd: 0.1 }))
    const x = normal(key(1), [120, 5]) // no word about the classes: their spread is all that can be predicted
    const { chosen } = await kernelClassifier(net, { choose: { by: 'leave-one-out', samples: 30 } }).fit(
      x,
      labels,
    )
    expect(chosen?.value).toBeLessThan(0)
  })
})

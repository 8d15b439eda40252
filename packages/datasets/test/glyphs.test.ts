import { key } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { type Dataset, glyphs } from '../src/index.js'
import { codeOf } from './support.js'

const pixels = (set: Dataset): Float64Array => set.images.dataSync() as Float64Array
const labels = (set: Dataset): number[] => Array.from(set.labels.dataSync())

/** How many numbers differ. */
const differ = (a: Float64Array, b: Float64Array): number =>
  a.filter((v, i) => v !== b[i]).length + Math.abs(a.length - b.length)

describe('glyphs', () => {
  const set = glyphs({ key: key(1), n: 1200 })
  const width = 28 * 28

  it('are images of 28 x 28 in [0, 1] with ten classes', () => {
    expect(set.images.shape).toEqual([1200, 28, 28, 1])
    expect(set.images.dtype).toBe('float64')
    expect(set.labels.dtype).toBe('int32')
    expect(set.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(pixels(set).every((v) => v >= 0 && v <= 1)).toBe(true)
  })

  it('are the same for the same key and others for another key', () => {
    const first = pixels(set).slice(0, 30 * width)
    expect(differ(pixels(glyphs({ key: key(1), n: 30 })), first)).toBe(0)
    expect(differ(pixels(glyphs({ key: key(2), n: 30 })), first)).toBeGreaterThan(1000)
  })

  it('do not depend on how many are made', () => {
    for (const n of [0, 1, 7, 10, 23]) {
      const few = glyphs({ key: key(1), n })
      expect(few.images.shape).toEqual([n, 28, 28, 1])
      expect(differ(pixels(few), pixels(set).slice(0, n * width))).toBe(0)
      expect(labels(few)).toEqual(labels(set).slice(0, n))
    }
  })

  it('hold each class once in ten consecutive images, in a random order', () => {
    const orders = new Set<string>()
    for (let i = 0; i < 1200; i += 10) {
      const ten = labels(set).slice(i, i + 10)
      expect([...ten].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      orders.add(ten.join())
    }
    expect(orders.size).toBeGreaterThan(100)
  })

  it('are drawn at any size, with the same share of ink', () => {
    const ink = (size: number): number => {
      const drawn = pixels(glyphs({ key: key(3), n: 50, size }))
      return drawn.reduce((a, b) => a + b, 0) / drawn.length
    }
    expect(glyphs({ n: 2, size: 64 }).images.shape).toEqual([2, 64, 64, 1])
    expect(Math.abs(ink(56) / ink(28) - 1)).toBeLessThan(0.1)
  })

  it('can be told apart, but not perfectly, by their nearest neighbours and class means', () => {
    const data = pixels(set)
    const label = labels(set)
    const train = 800
    const distance = (a: Float64Array, b: Float64Array): number => {
      let sum = 0
      for (let p = 0; p < width; p++) sum += ((a[p] as number) - (b[p] as number)) ** 2
      return sum
    }
    const image = (i: number): Float64Array => data.subarray(i * width, (i + 1) * width)
    const means = Array.from({ length: 10 }, () => new Float64Array(width))
    for (let i = 0; i < train; i++) {
      const mean = means[label[i] as number] as Float64Array
      image(i).forEach((v, p) => {
        mean[p] = (mean[p] as number) + v / (train / 10)
      })
    }
    const nearest = (x: Float64Array, candidates: Float64Array[]): number => {
      const distances = candidates.map((c) => distance(x, c))
      return distances.indexOf(Math.min(...distances))
    }
    const known = Array.from({ length: train }, (_, i) => image(i))
    let byMean = 0
    let byNeighbour = 0
    const tests = 1200 - train
    for (let i = train; i < 1200; i++) {
      if (nearest(image(i), means) === label[i]) byMean++
      if (label[nearest(image(i), known)] === label[i]) byNeighbour++
    }
    expect(byMean / tests).toBeGreaterThan(0.5)
    expect(byMean / tests).toBeLessThan(0.9)
    expect(byNeighbour / tests).toBeGreaterThan(0.75)
    expect(byNeighbour / tests).toBeLessThan(0.97)
  })

  it('refuse wrong numbers', () => {
    expect(codeOf(() => glyphs({ n: -1 }))).toBe('option')
    expect(codeOf(() => glyphs({ n: 1.5 }))).toBe('option')
    expect(codeOf(() => glyphs({ n: 1, size: 4 }))).toBe('option')
  })
})

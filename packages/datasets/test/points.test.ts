import { key, type Tensor, tensor, zeros } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { datasetBatches, gaussianPoints, glyphs, interpolate, spherePoints } from '../src/index.js'
import { expectError } from './support.js'

const rows = (x: Tensor): number[][] => x.toNested() as number[][]
const norm = (x: readonly number[]): number => Math.hypot(...x)
const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length

describe('points on a sphere', () => {
  it('have its radius, the same with the same key, and no preferred direction', () => {
    const points = spherePoints({ key: key(0), n: 4000, dimension: 3, radius: 2 })
    expect(points.shape).toEqual([4000, 3])
    const all = rows(points)
    for (const point of all) expect(norm(point)).toBeCloseTo(2, 12)
    expect(rows(spherePoints({ key: key(0), n: 4000, dimension: 3, radius: 2 }))).toEqual(all)
    for (const d of [0, 1, 2]) {
      const own = all.map((point) => (point[d] ?? 0) / 2)
      // In three dimensions a coordinate is uniform in [-1, 1] (Archimedes): its moments are 1/3 and 1/5.
      expect(Math.abs(mean(own))).toBeLessThan(4 * Math.sqrt(1 / 3 / 4000))
      expect(Math.abs(mean(own.map((v) => v ** 2)) - 1 / 3)).toBeLessThan(
        4 * Math.sqrt((1 / 5 - 1 / 9) / 4000),
      )
      expect(Math.abs(mean(own.map((v) => v ** 4)) - 1 / 5)).toBeLessThan(
        4 * Math.sqrt((1 / 9 - 1 / 25) / 4000),
      )
    }
    expect(
      rows(spherePoints({ key: key(1), n: 5, dimension: 1 }))
        .flat()
        .map(Math.abs),
    ).toEqual([1, 1, 1, 1, 1])
  })
})

describe('Gaussian points', () => {
  it('have the deviation that is asked for', () => {
    const drawn = rows(gaussianPoints({ key: key(2), n: 2000, dimension: 4, std: 0.5 })).flat()
    expect(Math.abs(mean(drawn))).toBeLessThan(4 * 0.5 * Math.sqrt(1 / 8000))
    expect(Math.abs(mean(drawn.map((v) => v * v)) - 0.25)).toBeLessThan(4 * 0.25 * Math.sqrt(2 / 8000))
  })
})

describe('points between two', () => {
  const [a, b] = [tensor([3, 0, 0]), tensor([0, 1, 0])]

  it('lie on the line, both ends on it', () => {
    expect(rows(interpolate(a, b, { points: 3 }))).toEqual([
      [3, 0, 0],
      [1.5, 0.5, 0],
      [0, 1, 0],
    ])
    expect(rows(interpolate(a, b, { points: [2] }))).toEqual([[-3, 2, 0]])
    expect(interpolate(zeros([2, 5]), zeros([2, 5]), { points: 4 }).shape).toEqual([4, 2, 5])
  })

  it('lie on the arc, at even angles, with norms on a line', () => {
    const arc = rows(interpolate(a, b, { points: 4, along: 'arc' }))
    arc.forEach((point, i) => {
      const [angle, length] = [(i * Math.PI) / 6, 3 - (2 * i) / 3]
      expect(point).toEqual([
        expect.closeTo(length * Math.cos(angle), 12),
        expect.closeTo(length * Math.sin(angle), 12),
        0,
      ])
    })
    // Directions that are equal to rounding, and nearly so.
    for (const angle of [0, 1e-12, 1e-7]) {
      const near = rows(
        interpolate(tensor([1, 0]), tensor([Math.cos(angle), Math.sin(angle)]), {
          points: [0.25],
          along: 'arc',
        }),
      )
      expect(near[0]?.[0]).toBeCloseTo(1, 12)
      expect((near[0]?.[1] ?? Number.NaN) - 0.25 * angle).toBeCloseTo(0, 18)
    }
  })

  it('are refused where there is no one arc, no place, or no two of a shape', () => {
    expectError(() => interpolate(a, tensor([-1, 0, 0]), { points: 2, along: 'arc' }), 'value', /opposite/)
    expectError(() => interpolate(a, zeros([3]), { points: 2, along: 'arc' }), 'value', /direction/)
    expectError(() => interpolate(a, b, { points: 1 }), 'option', /points/)
    expectError(() => interpolate(a, zeros([2]), { points: 2 }), 'shape', /one shape/)
  })
})

describe('batches of a set', () => {
  it('hold every image once, in their order or in a drawn one', () => {
    const set = glyphs({ n: 25, size: 8 })
    const all = [...datasetBatches(set, { batchSize: 10 })]
    expect(all.map(({ labels }) => labels.size)).toEqual([10, 10, 5])
    expect(all.flatMap(({ images }) => [...images.dataSync()])).toEqual([...set.images.dataSync()])
    const labels = (seed: number): number[] =>
      [...datasetBatches(set, { batchSize: 4, key: key(seed) })].flatMap((batch) => [
        ...batch.labels.dataSync(),
      ])
    expect(labels(1)).toEqual(labels(1))
    expect(labels(1)).not.toEqual(labels(2))
    expect(labels(1).toSorted()).toEqual([...set.labels.dataSync()].toSorted())
  })
})

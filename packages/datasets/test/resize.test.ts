import { readFileSync } from 'node:fs'
import { key, ones, type Tensor, tensor, uniform } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { centreCrop, resizeImages } from '../src/index.js'
import { expectError } from './support.js'

interface Case {
  readonly input: number[][]
  readonly height: number
  readonly width: number
  readonly output: number[][]
}

const { resize } = JSON.parse(readFileSync(new URL('reference/images.json', import.meta.url), 'utf8')) as {
  resize: Case[]
}

const image = (rows: readonly (readonly number[])[]): Tensor =>
  tensor([rows.map((row) => row.map((v) => [v]))])
const numbers = (x: Tensor): number[] => [...x.dataSync()]
const largest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? Number.NaN))))

/**
 * The same by its definition and in no hurry: every pixel is the average of the image, continued by nothing beyond its edges, under the triangle about
 * its centre in both directions at once.
 */
function slowly(rows: number[][], height: number, width: number): number[] {
  const [h, w] = [rows.length, rows[0]?.length ?? 0]
  const out: number[] = []
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      let [sum, total] = [0, 0]
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          // distances of centres in units of the larger pixel of both
          const dy = Math.abs((y + 0.5) / h - (i + 0.5) / height) * Math.min(h, height)
          const dx = Math.abs((x + 0.5) / w - (j + 0.5) / width) * Math.min(w, width)
          const weight = Math.max(0, 1 - dx) * Math.max(0, 1 - dy)
          sum += weight * (rows[y]?.[x] ?? 0)
          total += weight
        }
      out.push(sum / total)
    }
  return out
}

describe('resizeImages', () => {
  it.each(resize)(
    'to $height × $width is Pillow’s, and what its definition says',
    ({ input, height, width, output }) => {
      const found = resizeImages(image(input), [height, width])
      expect(found.shape).toEqual([1, height, width, 1])
      // Pillow keeps float32 between both directions.
      expect(largest(numbers(found), output.flat())).toBeLessThan(3e-7)
      expect(largest(numbers(found), slowly(input, height, width))).toBeLessThan(1e-14)
    },
  )

  it('keeps what is constant, the size that is there, and the shape of the longer side', () => {
    const flat = resizeImages(ones([2, 30, 20, 3]), 7)
    expect(flat.shape).toEqual([2, 10, 7, 3])
    expect(largest(numbers(flat), numbers(ones([2, 10, 7, 3])))).toBeLessThan(1e-15)
    const drawn = uniform(key(0), [2, 5, 6, 3])
    expect(numbers(resizeImages(drawn, 5))).toEqual(numbers(drawn))
    expect(resizeImages(ones([1, 375, 500, 1]), 256).shape).toEqual([1, 256, 341, 1])
  })

  it('resizes every channel and image by itself', () => {
    const both = uniform(key(1), [2, 4, 6, 2])
    const found = numbers(resizeImages(both, [3, 3]))
    const data = numbers(both)
    for (const [n, c] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const rows = Array.from({ length: 4 }, (_, y) =>
        Array.from({ length: 6 }, (_, x) => data[((n * 4 + y) * 6 + x) * 2 + c] ?? 0),
      )
      const own = Array.from({ length: 9 }, (_, i) => found[(n * 9 + i) * 2 + c] ?? 0)
      expect(largest(own, slowly(rows, 3, 3))).toBeLessThan(1e-14)
    }
  })

  it('refuses what is no size or no image', () => {
    expectError(() => resizeImages(ones([1, 4, 4, 1]), 0), 'value', /shorter side/)
    expectError(() => resizeImages(ones([1, 4, 4, 1]), [2, 0.5]), 'value', /width/)
    expectError(
      () => resizeImages(ones([1, 4, 4, 1]), [2] as unknown as number),
      'value',
      /\[height, width\]/,
    )
    expectError(() => resizeImages(ones([4, 4, 1]), 2), 'shape', /\[n, height, width/)
  })
})

describe('centreCrop', () => {
  it('cuts the middle out', () => {
    const rows = [0, 1, 2, 3, 4].map((y) => [0, 1, 2, 3].map((x) => 10 * y + x))
    expect(numbers(centreCrop(image(rows), 2))).toEqual([11, 12, 21, 22])
    expect(numbers(centreCrop(image(rows), 3))).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32])
    expectError(() => centreCrop(image(rows), 5), 'shape', /5 × 4/)
  })
})

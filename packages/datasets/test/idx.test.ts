import { gzipSync } from 'fflate'
import { describe, expect, it, vi } from 'vitest'
import { mnistFromIdx, parseIdx, takeExamples } from '../src/index.js'
import { codeOf, errorOf, idx, idxOfDoubles, smallSet } from './support.js'

/** A file that counts how many of its bytes were given to whoever unpacks it: deflate is read in order, piece by piece. */
class CountedBytes extends Uint8Array<ArrayBuffer> {
  handedOut = 0

  override subarray(begin = 0, end = this.length): Uint8Array<ArrayBuffer> {
    const piece = new Uint8Array(this.buffer).subarray(begin, end)
    this.handedOut += piece.length
    return piece
  }
}

/** Bytes of the arrays that `work` makes by `new Uint8Array(length)`. Counted where they are asked for: what the collector does meanwhile is no part of it. */
function bytesAskedFor(work: () => void): number {
  let bytes = 0
  vi.stubGlobal(
    'Uint8Array',
    new Proxy(Uint8Array, {
      construct(target, args: unknown[], newTarget) {
        if (typeof args[0] === 'number') bytes += args[0]
        return Reflect.construct(target, args, newTarget)
      },
    }),
  )
  try {
    work()
  } finally {
    vi.unstubAllGlobals()
  }
  return bytes
}

describe('IDX files', () => {
  it('give shape and numbers, plain and gzipped', () => {
    const bytes = idx([2, 3], [1, 2, 3, 4, 5, 255])
    for (const file of [bytes, gzipSync(bytes)]) {
      expect(parseIdx(file, 'x')).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) })
    }
  })

  it('are unpacked no further than their header says, and not at all where the file is too small for that', () => {
    const bomb = new Uint8Array(2 ** 26)
    bomb.set(idx([2, 3], [1, 2, 3, 4, 5, 255]))
    const packed = new CountedBytes(gzipSync(bomb, { level: 9 }).slice().buffer)
    expect(packed.length).toBeGreaterThan(2 ** 15)
    const asked = bytesAskedFor(() => {
      expect(errorOf(() => parseIdx(packed, 'bomb')).message).toContain('should end after 18 bytes')
    })
    // A byte of the file gives up to a thousand: the first ones are enough to know.
    expect(packed.handedOut).toBeGreaterThan(0)
    expect(packed.handedOut).toBeLessThanOrEqual(2 ** 14)
    expect(asked).toBeLessThan(2 ** 25)
    const boast = idx([2 ** 16, 2 ** 14], [])
    const askedInVain = bytesAskedFor(() => {
      expect(errorOf(() => parseIdx(gzipSync(boast), 'boast'))).toMatchObject({
        code: 'data',
        message: expect.stringMatching(/boast is not a whole gzip file.*should hold 1073741836/),
      })
    })
    expect(askedInVain).toBeLessThan(2 ** 20)
    const other = gzipSync(Uint8Array.of(1, 2, 3, 4, 5))
    expect(errorOf(() => parseIdx(other, 'other')).message).toContain('0x01020304')
  })

  it('may lie anywhere in a larger buffer', () => {
    const bytes = idx([3], [7, 8, 9])
    const larger = new Uint8Array(100)
    larger.set(bytes, 13)
    expect(parseIdx(larger.subarray(13, 13 + bytes.length), 'x').data).toEqual(Uint8Array.of(7, 8, 9))
  })

  it('hold big-endian numbers of every type of the format', () => {
    const file = (type: number, body: readonly number[], count: number): Uint8Array =>
      Uint8Array.of(0, 0, type, 1, 0, 0, 0, count, ...body)
    expect(parseIdx(file(0x09, [255, 1], 2), 'x').data).toEqual(Int8Array.of(-1, 1))
    expect(parseIdx(file(0x0b, [1, 2, 255, 254], 2), 'x').data).toEqual(Int16Array.of(258, -2))
    expect(parseIdx(file(0x0c, [0, 1, 0, 0], 1), 'x').data).toEqual(Int32Array.of(65536))
    expect(parseIdx(file(0x0d, [0x3f, 0xc0, 0, 0], 1), 'x').data).toEqual(Float32Array.of(1.5))
    expect(parseIdx(idxOfDoubles([2], [0.1, -3]), 'x').data).toEqual(Float64Array.of(0.1, -3))
  })

  it('that are cut off anywhere are errors with the name of the file', () => {
    const bytes = idx([2, 3], [1, 2, 3, 4, 5, 6])
    const packed = gzipSync(bytes)
    for (let length = 0; length < bytes.length; length++) {
      const error = errorOf(() => parseIdx(bytes.subarray(0, length), 'some/file'))
      expect(error.code).toBe('data')
      expect(error.message).toContain('some/file')
    }
    for (let length = 2; length < packed.length; length++) {
      expect(codeOf(() => parseIdx(packed.subarray(0, length), 'x'))).toBe('data')
    }
  })

  it('that are too long, of a wrong magic number or corrupt are errors that say so', () => {
    const bytes = idx([4], [1, 2, 3, 4])
    expect(errorOf(() => parseIdx(Uint8Array.of(...bytes, 0), 'x')).message).toContain('should end after')
    for (const magic of [
      [1, 0, 8, 1],
      [0, 0, 7, 1],
      [0, 0, 8, 0],
      [80, 75, 3, 4],
    ]) {
      const wrong = bytes.slice()
      wrong.set(magic)
      expect(errorOf(() => parseIdx(wrong, 'x')).message).toContain('magic number is wrong')
    }
    const large = gzipSync(smallSet(20).images)
    for (let at = 10; at < large.length; at += 97) {
      const damaged = large.slice()
      damaged[at] = (damaged[at] as number) ^ 0x55
      expect(codeOf(() => parseIdx(damaged, 'x'))).toBe('data')
    }
  })
})

describe('a set from IDX files', () => {
  it('has pixels between 0 and 1, labels and classes', () => {
    const { images, labels } = smallSet(12)
    const set = mnistFromIdx({ images: gzipSync(images), labels })
    expect(set.images.shape).toEqual([12, 28, 28, 1])
    expect(set.images.dtype).toBe('float64')
    expect(Array.from(set.images.dataSync().subarray(0, 3))).toEqual([0, 7 / 255, 14 / 255])
    expect(set.labels.toNested()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    expect(set.labels.dtype).toBe('int32')
    expect(set.classes).toHaveLength(10)
    expect(mnistFromIdx({ images, labels }, { limit: 5 }).images.shape).toEqual([5, 28, 28, 1])
    expect(mnistFromIdx({ images, labels }, { limit: 50 }).images.shape).toEqual([12, 28, 28, 1])
    const picked = mnistFromIdx({ images, labels }, { limit: 5, pick: () => [4, 0, 4] })
    const want = takeExamples(mnistFromIdx({ images, labels }), [4, 0, 4])
    expect(picked.images.toNested()).toEqual(want.images.toNested())
    expect(picked.labels.toNested()).toEqual(want.labels.toNested())
    expect(codeOf(() => mnistFromIdx({ images, labels }, { limit: 5, pick: () => [5] }))).toBe('index')
  })

  it('refuses labels that do not match the images', () => {
    const error = errorOf(() => mnistFromIdx({ images: smallSet(12).images, labels: smallSet(11).labels }))
    expect(error.code).toBe('data')
    expect(error.message).toContain('12 images need 12 labels. Got 11 labels')
  })

  it('refuses files in the wrong place, labels beyond the classes and NaN', () => {
    const { images, labels } = smallSet(2, 2)
    expect(errorOf(() => mnistFromIdx({ images: labels, labels: images })).message).toContain('0x00000803')
    expect(errorOf(() => mnistFromIdx({ images, labels: idx([2], [3, 10]) })).message).toContain(
      '10 for image 1',
    )
    const doubles = (...values: number[]) => idxOfDoubles([2, 1, 2], values)
    expect(mnistFromIdx({ images: doubles(0, 0.5, 1, 0.25), labels }).images.toNested()).toEqual([
      [[[0], [0.5]]],
      [[[1], [0.25]]],
    ])
    const nan = errorOf(() => mnistFromIdx({ images: doubles(0, 0.5, Number.NaN, 0.25), labels }))
    expect(nan.code).toBe('not-finite')
    expect(nan.message).toContain('NaN in image 1')
    expect(codeOf(() => mnistFromIdx({ images: doubles(0, 0.5, 2, 0.25), labels }))).toBe('data')
    expect(codeOf(() => mnistFromIdx({ images, labels }, { limit: -1 }))).toBe('option')
  })
})

import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { cifar10Classes, cifar10FromArchive, cifar10FromBinary } from '../src/index.js'
import { batch, tar } from './cifar10-support.js'
import { codeOf, errorOf } from './support.js'

describe('a batch of CIFAR-10', () => {
  it('gives images with channels last, labels and classes, plain and gzipped', () => {
    const bytes = batch(3)
    for (const file of [bytes, gzipSync(bytes)]) {
      const set = cifar10FromBinary(file)
      expect(set.images.shape).toEqual([3, 32, 32, 3])
      expect(set.labels.toNested()).toEqual([0, 1, 2])
      expect(set.classes).toBe(cifar10Classes)
      const pixels = set.images.dataSync()
      for (const [i, y, x, c] of [
        [0, 0, 0, 0],
        [1, 5, 7, 1],
        [2, 31, 31, 2],
      ] as const) {
        // Record i: its label, then three planes of 32 rows.
        const byte = bytes[i * 3073 + 1 + c * 1024 + y * 32 + x] as number
        expect(pixels[((i * 32 + y) * 32 + x) * 3 + c]).toBe(byte / 255)
      }
    }
    expect(cifar10FromBinary(bytes, { limit: 2 }).images.shape[0]).toBe(2)
  })

  it('that is cut off, corrupt, too long or of another set is an error with its name', () => {
    const bytes = batch(2)
    for (const length of [0, 1, 3072, 3074, 6145])
      expect(
        errorOf(() => cifar10FromBinary(bytes.subarray(0, length), { name: 'some/file' })),
      ).toMatchObject({
        code: 'data',
        message: expect.stringContaining('some/file'),
      })
    const wrong = bytes.slice()
    wrong[3073] = 10
    expect(errorOf(() => cifar10FromBinary(wrong)).message).toMatch(/\[0, 9\]\. Got 10 for image 1/)
    const packed = gzipSync(bytes)
    for (let length = 2; length < packed.length; length += 7)
      expect(codeOf(() => cifar10FromBinary(packed.subarray(0, length)))).toBe('data')
    for (let at = 10; at < packed.length; at += 11) {
      const damaged = packed.slice()
      damaged[at] = (damaged[at] as number) ^ 0x55
      expect(codeOf(() => cifar10FromBinary(damaged))).toBe('data')
    }
  })

  it('that boasts of more than there are images takes no memory for them', () => {
    const boast = gzipSync(batch(1))
    new DataView(boast.buffer).setUint32(boast.length - 4, 3073 * 1_000_000, true)
    expect(errorOf(() => cifar10FromBinary(boast)).message).toContain('1 to 60000 images')
    // What it unpacks to is more than it says at its end.
    const bomb = gzipSync(new Uint8Array(3073 * 3000), { level: 9 })
    new DataView(bomb.buffer).setUint32(bomb.length - 4, 3073, true)
    expect(errorOf(() => cifar10FromBinary(bomb)).message).toContain('should end after 3073 bytes')
  })
})

describe('the archive of CIFAR-10', () => {
  const whole = tar({
    'cifar-10-batches-bin/readme.html': new TextEncoder().encode('<html>'),
    'cifar-10-batches-bin/data_batch_2.bin': batch(2, 5),
    'cifar-10-batches-bin/test_batch.bin': batch(4),
    'cifar-10-batches-bin/data_batch_1.bin': batch(3),
  })

  it('gives both parts, batches in their order, plain and gzipped', () => {
    for (const file of [whole, gzipSync(whole)]) {
      const { train, test } = cifar10FromArchive(file)
      expect(train.labels.toNested()).toEqual([0, 1, 2, 5, 6])
      expect(test.labels.toNested()).toEqual([0, 1, 2, 3])
      expect(test.name).toBe('cifar10 test')
    }
    expect(cifar10FromArchive(whole, { limit: 1 }).train.images.shape[0]).toBe(1)
    const half = cifar10FromArchive(tar({ 'data_batch_3.bin': batch(2) }))
    expect([half.train.images.shape[0], half.test.images.shape[0]]).toEqual([2, 0])
  })

  it('that is cut off, damaged in a header or without a batch is an error with its name', () => {
    const packed = gzipSync(whole)
    for (let length = 0; length < whole.length - 1024; length += 997)
      expect(codeOf(() => cifar10FromArchive(whole.subarray(0, length)))).toBe('data')
    for (let length = 2; length < packed.length; length += 37)
      expect(codeOf(() => cifar10FromArchive(packed.subarray(0, length)))).toBe('data')
    const wrong = whole.slice()
    wrong[5] = (wrong[5] as number) ^ 1
    expect(errorOf(() => cifar10FromArchive(wrong)).message).toMatch(/a header has the checksum/)
    const empty = tar({ 'readme.txt': new Uint8Array(3) })
    expect(errorOf(() => cifar10FromArchive(empty, { name: 'x.tar' })).message).toContain(
      'x.tar holds no batch',
    )
  })

  it('whose header boasts of a large file takes no memory for it', () => {
    const boast = tar({ 'data_batch_1.bin': batch(1) }, { statedSize: 8 ** 11 - 1 })
    expect(errorOf(() => cifar10FromArchive(boast)).message).toContain('truncated')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeNpy, tensor } from '../../src/index.js'
import { contentOf, zipEntries } from '../../src/npy/zip.js'
import { zipParts } from '../../src/npy/zip-write.js'
import { decodeNpz, encodeNpz } from '../../src/npz.js'

const bytesOf = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
/** Whether a record of the directory's end is there: the sixth kind of zip64, the seventh says where it is. */
const has = (bytes: Uint8Array, kind: 6 | 7): boolean =>
  Buffer.from(bytes).includes(Buffer.from([0x50, 0x4b, 6, kind]))

describe('archives beyond the limits of zip', () => {
  // As if numbers above these did not fit.
  const limits = [
    { limit: 40, countLimit: 0xffff },
    { limit: 200, countLimit: 0xffff },
    { limit: 0xffffffff, countLimit: 2 },
    { limit: 0, countLimit: 0 },
  ]

  it.each(limits)('are read back, with sizes, places and counts in zip64 records: %o', (limit) => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 3 }), { maxLength: 4 }),
        fc.boolean(),
        (contents, compress) => {
          const files = contents.map((parts, i) => ({ name: `entry-${i}-ä.npy`, parts }))
          const entries = zipEntries(bytesOf(zipParts(files, { compress, ...limit })))
          expect(entries.map(({ name }) => name)).toEqual(files.map(({ name }) => name))
          expect(entries.map((entry) => [...contentOf(entry)])).toEqual(
            contents.map((parts) => [...bytesOf(parts)]),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('have the records that say so, and others have none', () => {
    const files = [{ name: 'x', parts: [new Uint8Array(100)] }]
    const wide = bytesOf(zipParts(files, { compress: false, limit: 50 }))
    expect([has(wide, 6), has(wide, 7)]).toEqual([true, true])
    const plain = bytesOf(zipParts(files, { compress: false }))
    expect(text(plain.subarray(0, 2))).toBe('PK')
    expect(wide.length - plain.length).toBe(20 + 20 + 56 + 20)
  })

  it('npz files are such archives, and the same arrays give the same bytes', () => {
    const arrays = { a: tensor([1, 2]), 'ä/b': tensor([true]) }
    expect(encodeNpz(arrays)).toEqual(encodeNpz(arrays))
    const back = decodeNpz(encodeNpz(arrays, { compress: true }))
    expect(Object.keys(back)).toEqual(['a', 'ä/b'])
    expect(encodeNpy(back.a ?? tensor(0))).toEqual(encodeNpy(arrays.a))
  })
})

/** Zip archives as numpy writes them (PKWARE's APPNOTE 4.3), of any size: what 32 bits cannot hold stands in zip64 records. */
import { Deflate } from 'fflate'
import { crc32 } from '../crc32.js'

/** A file of an archive to be written, its bytes in parts. */
export interface ZipFile {
  readonly name: string
  readonly parts: readonly Uint8Array[]
}

export interface ZipOptions {
  readonly compress: boolean
  /** Sizes and places from here on stand in zip64 records; tests make it small. */
  readonly limit?: number
  /** Likewise of the count of files. */
  readonly countLimit?: number
}

/** In the place of a number that stands in a zip64 record. */
const elsewhere = 0xffffffff

/** January 1, 1980: the same arrays give the same bytes. */
const date = 0x21

/** Bytes that are packed at once. */
const piece = 2 ** 20

type Field = readonly [bytes: 2 | 4 | 8, value: number]

function record(...fields: readonly Field[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, [bytes]) => sum + bytes, 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true)
    else if (bytes === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += bytes
  }
  return out
}

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)

function deflate(parts: readonly Uint8Array[]): Uint8Array[] {
  const packed: Uint8Array[] = []
  const stream = new Deflate({ level: 6 }, (chunk) => {
    packed.push(chunk)
  })
  for (const part of parts) {
    for (let at = 0; at < part.length; at += piece) stream.push(part.subarray(at, at + piece), false)
  }
  stream.push(new Uint8Array(0), true)
  return packed
}

/** The zip64 record of the numbers that are too large, and nothing where none is. */
function extraOf(numbers: readonly number[]): Uint8Array {
  if (numbers.length === 0) return new Uint8Array(0)
  return record([2, 1], [2, 8 * numbers.length], ...numbers.map((n): Field => [8, n]))
}

/** The bytes of an archive, in parts that follow each other: those of the files are among them and not copied. */
export function zipParts(
  files: readonly ZipFile[],
  { compress, limit = elsewhere, countLimit = 0xffff }: ZipOptions,
): Uint8Array[] {
  const out: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  const write = (...parts: readonly Uint8Array[]): void => {
    out.push(...parts)
    at += sizeOf(parts)
  }
  for (const { name, parts } of files) {
    const nameBytes = new TextEncoder().encode(name)
    const packed = compress ? deflate(parts) : parts
    const crc = parts.reduce((sum, part) => crc32(part, sum), 0)
    const sizes = [sizeOf(parts), sizeOf(packed)]
    // Both or none: a local header has them together.
    const wide = sizes.some((size) => size >= limit)
    const far = at >= limit
    const [size, packedSize] = (wide ? [elsewhere, elsewhere] : sizes) as [number, number]
    const extra = extraOf(wide ? sizes : [])
    const extraThere = extraOf([...(wide ? sizes : []), ...(far ? [at] : [])])
    const isUtf8 = nameBytes.some((byte) => byte > 127)
    const version = wide || far ? 45 : 20
    const common: readonly Field[] = [
      [2, version],
      [2, isUtf8 ? 0x800 : 0],
      [2, compress ? 8 : 0],
      [2, 0],
      [2, date],
      [4, crc],
      [4, packedSize],
      [4, size],
      [2, nameBytes.length],
    ]
    directory.push(
      record(
        [4, 0x02014b50],
        [2, version],
        ...common,
        [2, extraThere.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, far ? elsewhere : at],
      ),
      nameBytes,
      extraThere,
    )
    write(record([4, 0x04034b50], ...common, [2, extra.length]), nameBytes, extra)
    write(...packed)
  }
  const [start, length, count] = [at, sizeOf(directory), files.length]
  write(...directory)
  if (start >= limit || length >= limit || count >= countLimit) {
    const end64 = at
    const sizes: readonly Field[] = [
      [8, count],
      [8, count],
      [8, length],
      [8, start],
    ]
    write(record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], ...sizes))
    write(record([4, 0x07064b50], [4, 0], [8, end64], [4, 1]))
    write(
      record(
        [4, 0x06054b50],
        [2, 0],
        [2, 0],
        [2, 0xffff],
        [2, 0xffff],
        [4, elsewhere],
        [4, elsewhere],
        [2, 0],
      ),
    )
    return out
  }
  write(record([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, start], [2, 0]))
  return out
}

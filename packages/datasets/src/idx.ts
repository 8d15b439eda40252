import { crc32, NtkError } from '@ntk/tensor'
import { requireBytes, show } from '@ntk/tensor/options'
import { Gunzip } from 'fflate'

/** An array of an IDX file: big-endian numbers of one type, as LeCun's MNIST files have them. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array
}

type Reader = { readonly bytes: number; readonly read: (view: DataView, count: number) => IdxArray['data'] }

function reader<T extends { [i: number]: number }>(
  bytes: number,
  make: (count: number) => T & IdxArray['data'],
  get: (view: DataView, at: number) => number,
): Reader {
  return {
    bytes,
    read: (view, count) => {
      const out = make(count)
      for (let i = 0; i < count; i++) (out as { [i: number]: number })[i] = get(view, i * bytes)
      return out
    },
  }
}

// The third byte of the magic number names the type.
const types: Readonly<Record<number, Reader>> = {
  0x08: reader(
    1,
    (n) => new Uint8Array(n),
    (view, at) => view.getUint8(at),
  ),
  0x09: reader(
    1,
    (n) => new Int8Array(n),
    (view, at) => view.getInt8(at),
  ),
  0x0b: reader(
    2,
    (n) => new Int16Array(n),
    (view, at) => view.getInt16(at),
  ),
  0x0c: reader(
    4,
    (n) => new Int32Array(n),
    (view, at) => view.getInt32(at),
  ),
  0x0d: reader(
    4,
    (n) => new Float32Array(n),
    (view, at) => view.getFloat32(at),
  ),
  0x0e: reader(
    8,
    (n) => new Float64Array(n),
    (view, at) => view.getFloat64(at),
  ),
}

/** Bytes that are unpacked at once: each gives up to a thousand. */
const piece = 2 ** 14

/** Deflate turns a byte into no more than this many. */
const mostExpansion = 1032

/**
 * The bytes of a file, unpacked where they are gzipped: no more than `sizeOf` says once it has seen enough of the first ones (null before
 * that). Throws NtkError 'data' where the gzip stream is corrupt, or goes on beyond that size.
 */
export function unpack(
  bytes: Uint8Array,
  name: string,
  sizeOf: (head: Uint8Array) => number | null,
): Uint8Array {
  requireBytes(bytes, String(name))
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  if (bytes.length < 18) throw corrupt(name, `${bytes.length} bytes`)
  let out = new Uint8Array(0)
  let size: number | null = null
  let filled = 0
  const take = (chunk: Uint8Array): void => {
    if (size === null) {
      const head = new Uint8Array(filled + chunk.length)
      head.set(out)
      head.set(chunk, filled)
      filled = head.length
      out = head
      size = sizeOf(head)
      if (size === null) return
      if (size > mostExpansion * bytes.length)
        throw corrupt(name, `${bytes.length} bytes that should hold ${size}`)
      out = new Uint8Array(size)
      out.set(head.subarray(0, size))
    } else {
      out.set(chunk.subarray(0, Math.max(0, size - filled)), filled)
      filled += chunk.length
    }
    if (filled > size) throw tooLong(name, size)
  }
  const gunzip = new Gunzip(take)
  try {
    for (let at = 0; at < bytes.length; at += piece) {
      gunzip.push(bytes.subarray(at, at + piece), at + piece >= bytes.length)
    }
  } catch (cause) {
    if (NtkError.isInstance(cause)) throw cause
    throw corrupt(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const whole = out.subarray(0, filled)
  // The stream ends with the checksum and the length of what was packed; the unpacker compares neither.
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
  if (trailer.getUint32(4, true) !== whole.length >>> 0) {
    throw corrupt(name, `${whole.length} bytes where its end says ${trailer.getUint32(4, true)}`)
  }
  if (trailer.getUint32(0, true) !== crc32(whole)) throw corrupt(name, 'another checksum than its end says')
  return whole
}

function tooLong(name: string, needed: number): NtkError {
  return new NtkError('data', {
    what: `${name} should end after ${needed} bytes, by its header.`,
    got: 'more when unpacked',
    fix: 'Copy or download it again.',
  })
}

/** The type and number of axes of the IDX file that begins so. Throws 'data' on another magic number. */
function readMagic(head: Uint8Array, name: string): { type: Reader; rank: number } {
  const [a = -1, b = -1, kind = -1, rank = 0] = head
  const type = types[kind]
  if (head.length >= 4 && a === 0 && b === 0 && type !== undefined && rank > 0) return { type, rank }
  const hex = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
  throw new NtkError('data', {
    what: `${name} is no IDX file: its magic number is wrong.`,
    got: head.length < 4 ? `${head.length} bytes` : `0x${hex}`,
    fix: 'MNIST images begin with 0x00000803, labels with 0x00000801.',
  })
}

/** Bytes of the IDX file that begins so, by its header; null where the header is not whole yet. */
function idxSize(head: Uint8Array, name: string): number | null {
  if (head.length < 4) return null
  const { type, rank } = readMagic(head, name)
  if (head.length < 4 + 4 * rank) return null
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  return 4 + 4 * rank + shape.reduce((a, b) => a * b, 1) * type.bytes
}

function corrupt(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} is not a whole gzip file.`,
    got,
    fix: 'Copy or download it again.',
    cause,
  })
}

/**
 * The array of an IDX file, plain or gzipped. `name` stands in messages.
 * Throws NtkError 'data' on a wrong magic number and on files that are too short or too long.
 */
export function parseIdx(file: Uint8Array, name: string): IdxArray {
  if (typeof name !== 'string') {
    throw new NtkError('value', {
      what: 'The name of parseIdx, which stands in messages, must be a string.',
      got: show(name),
    })
  }
  const bytes = unpack(file, name, (head) => idxSize(head, name))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { type, rank } = readMagic(bytes, name)
  const header = 4 + 4 * rank
  const truncated = (needed: number): NtkError =>
    new NtkError('data', {
      what: `${name} is truncated: it needs ${needed} bytes.`,
      got: String(bytes.length),
      fix: 'Copy or download it again.',
    })
  if (bytes.length < header) throw truncated(header)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const count = shape.reduce((a, b) => a * b, 1)
  const needed = header + count * type.bytes
  if (bytes.length < needed) throw truncated(needed)
  if (bytes.length > needed) {
    throw new NtkError('data', {
      what: `${name} should end after ${needed} bytes, by its header of ${shape.join(' x ')}.`,
      got: String(bytes.length),
    })
  }
  const body = new DataView(bytes.buffer, bytes.byteOffset + header, count * type.bytes)
  return { shape, data: type.read(body, count) }
}

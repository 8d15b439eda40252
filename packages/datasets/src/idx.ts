import { crc32, NtkError } from '@ntk/tensor'
import { requireBytes } from '@ntk/tensor/options'
import { gunzipSync } from 'fflate'

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

/** The bytes of a file, unpacked where they are gzipped. Throws NtkError 'data' where the gzip stream is corrupt. */
export function unpack(bytes: Uint8Array, name: string): Uint8Array {
  requireBytes(bytes, String(name))
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  let out: Uint8Array
  try {
    out = gunzipSync(bytes)
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause)
    throw corrupt(name, got, cause)
  }
  if (bytes.length < 18) throw corrupt(name, `${bytes.length} bytes`)
  // The stream ends with the checksum and the length of what was packed; the unpacker compares neither.
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
  if (trailer.getUint32(4, true) !== out.length >>> 0) {
    throw corrupt(name, `${out.length} bytes where its end says ${trailer.getUint32(4, true)}`)
  }
  if (trailer.getUint32(0, true) !== crc32(out)) throw corrupt(name, 'another checksum than its end says')
  return out
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
  const bytes = unpack(file, name)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = bytes.length >= 4 ? view.getUint32(0) : -1
  const type = types[(magic >>> 8) & 0xff]
  const rank = magic & 0xff
  if (bytes.length < 4 || magic >>> 16 !== 0 || type === undefined || rank === 0) {
    throw new NtkError('data', {
      what: `${name} is no IDX file: its magic number is wrong.`,
      got: bytes.length < 4 ? `${bytes.length} bytes` : `0x${magic.toString(16).padStart(8, '0')}`,
      fix: 'MNIST images begin with 0x00000803, labels with 0x00000801.',
    })
  }
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

import { NtkError } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import { unpack } from './unpack.js'

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

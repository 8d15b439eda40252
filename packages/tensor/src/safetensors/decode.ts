import type { DType, TypedArray } from '../dtype.js'
import { NtkError } from '../errors.js'
import { convert, type DecodeNpyOptions, littleEndian, readDecodeOptions, swapBytes } from '../npy/npy.js'
import { requireBytes } from '../options/require.js'
import { show } from '../options/show.js'
import { sizeOf } from '../shape.js'
import { type Tensor, tensorFromData } from '../tensor.js'

/** What a safetensors file holds. */
export interface Safetensors {
  /** In the order of the file, in a record without a prototype. */
  readonly tensors: Record<string, Tensor>
  /** Strings that go with them, likewise. */
  readonly metadata: Record<string, string>
}

/** The types of the format: what npy calls them, and what they become. */
const kinds: Readonly<Record<string, readonly [kind: string, dtype: DType]>> = {
  F64: ['f8', 'float64'],
  F32: ['f4', 'float32'],
  F16: ['f2', 'float32'],
  I64: ['i8', 'int32'],
  I32: ['i4', 'int32'],
  I16: ['i2', 'int32'],
  I8: ['i1', 'int32'],
  U64: ['u8', 'int32'],
  U32: ['u4', 'int32'],
  U16: ['u2', 'int32'],
  U8: ['u1', 'int32'],
  BOOL: ['b1', 'bool'],
}

/** No file in use has a longer header; the format's own reader has the same bound. */
const longestHeader = 100_000_000

/**
 * The tensors of a safetensors file and the strings beside them. Floats and bool keep their type, but that float16 and bfloat16
 * become float32; integers of any width become int32 where every number fits.
 * Throws NtkError 'data' on a broken or truncated file, 'unsupported' on types without a counterpart, 'value' on integers that do not fit.
 */
export function decodeSafetensors(bytes: Uint8Array, options?: DecodeNpyOptions): Safetensors {
  requireBytes(bytes, 'bytes of decodeSafetensors')
  const { name, backend } = readDecodeOptions('decodeSafetensors', options, 'The file')
  const { header, data } = split(bytes, name)
  const { __metadata__: strings = {}, ...fields } = header
  const tensors: Record<string, Tensor> = Object.create(null)
  const metadata: Record<string, string> = Object.create(null)
  if (!isObject(strings)) throw broken(name, '__metadata__ that is no record')
  for (const [key, value] of Object.entries(strings)) {
    if (typeof value !== 'string') throw broken(name, `__metadata__ that holds ${show(value)}`)
    metadata[key] = value
  }
  const entries = Object.entries(fields).map(([key, field]) => readEntry(key, field, data.length, name))
  // Every byte belongs to one tensor: else something was lost, or two share what one of them may write.
  let end = 0
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end)
      throw broken(name, `${show(entry.key)} at byte ${entry.begin} in place of ${end}`)
    end = entry.end
  }
  if (end !== data.length) throw broken(name, `${data.length} bytes of numbers in place of ${end}`)
  for (const { key, type, shape, begin, end: stop } of entries) {
    const numbers = numbersOf(data.subarray(begin, stop), type, sizeOf(shape), `${name}: ${key}`)
    tensors[key] = tensorFromData(numbers, shape, backend)
  }
  return { tensors, metadata }
}

interface Entry {
  readonly key: string
  readonly type: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function split(bytes: Uint8Array, name: string): { header: Record<string, unknown>; data: Uint8Array } {
  const length = bytes.length < 8 ? null : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length === null || length > BigInt(bytes.length - 8)) throw broken(name, `${bytes.length} bytes in all`)
  if (length > BigInt(longestHeader)) throw broken(name, `a header of ${length} bytes`)
  const end = 8 + Number(length)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, end)))
  } catch (cause) {
    throw broken(name, 'a header that is no JSON', cause)
  }
  if (!isObject(header)) throw broken(name, 'a header that is no record')
  return { header, data: bytes.subarray(end) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0

function readEntry(key: string, field: unknown, length: number, name: string): Entry {
  const { dtype, shape, data_offsets: offsets } = isObject(field) ? field : {}
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : []
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !shape.every(isCount)) {
    throw broken(name, `${show(key)} without dtype and shape`)
  }
  if (!isCount(begin) || !isCount(end) || begin > end || end > length) {
    throw broken(name, `${show(key)} at ${show(offsets)} of ${length} bytes`)
  }
  const width = widthOf(dtype)
  if (width === undefined) {
    throw new NtkError('unsupported', {
      what: `${name} holds ${show(key)} of the type ${show(dtype)}, which has no counterpart here.`,
      fix: 'Save it as F64, F32, F16, BF16, BOOL or integers.',
    })
  }
  if (sizeOf(shape) * width !== end - begin) {
    throw broken(name, `${show(key)} of ${end - begin} bytes for ${dtype} [${shape.join(', ')}]`)
  }
  return { key, type: dtype, shape, begin, end }
}

function widthOf(type: string): number | undefined {
  if (type === 'BF16') return 2
  return Object.hasOwn(kinds, type) ? Number(kinds[type]?.[0].slice(1)) : undefined
}

/** Numbers in memory of their own: a tensor owns its data, and views need aligned starts. */
function numbersOf(bytes: Uint8Array, type: string, size: number, name: string): TypedArray {
  const raw = new Uint8Array(bytes)
  const width = widthOf(type) as number
  if (!littleEndian) swapBytes(raw, width)
  if (type === 'BF16') {
    // the upper half of a float32
    const out = new Float32Array(size)
    const bits = new Uint32Array(out.buffer)
    for (const [i, half] of new Uint16Array(raw.buffer, 0, size).entries()) bits[i] = half << 16
    return out
  }
  const [kind, dtype] = kinds[type] as readonly [string, DType]
  return convert(raw, kind, dtype, size, name)
}

function broken(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} is not a whole safetensors file.`,
    got,
    fix: 'Copy or write it again.',
    cause,
  })
}

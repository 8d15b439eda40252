import type { Backend } from '../backend.js'
import { allocate, bytesPerElement, checkDType, type DType, type TypedArray } from '../dtype.js'
import { NtkError } from '../errors.js'
import { requireTensor } from '../options/a-tensor.js'
import { optional, text } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import { requireBytes } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import { aBackend } from '../options/values.js'
import { checkShape, type Shape, sizeOf, stridesOf } from '../shape.js'
import { type Tensor, tensorFromData } from '../tensor.js'
import { readHeader, writeHeader } from './header.js'

export interface DecodeNpyOptions {
  /** Stands in messages. */
  readonly name?: string | undefined
  readonly backend?: Backend | undefined
}

const rules = {
  name: optional(text()),
  backend: optional(aBackend()),
} satisfies RulesFor<DecodeNpyOptions>

/** The options of a decoder named `owner`, with what to call the bytes where nothing is given. */
export function readDecodeOptions(
  owner: string,
  options: DecodeNpyOptions | undefined,
  name: string,
): { readonly name: string; readonly backend: Backend | undefined } {
  const read = readOptions(owner, rules, options)
  return { ...read, name: read.name ?? name }
}

const descrOf: Readonly<Record<DType, string>> = { float64: '<f8', float32: '<f4', int32: '<i4', bool: '|b1' }
const dtypeOf: Readonly<Record<string, DType>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float32',
  i4: 'int32',
  i2: 'int32',
  i1: 'int32',
  u2: 'int32',
  u1: 'int32',
  i8: 'int32',
  u4: 'int32',
  u8: 'int32',
  b1: 'bool',
}

/** How this machine's numbers lie. */
export const littleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * A tensor as the bytes of an npy file (numpy's format, version 1, little-endian, C order). Reads the tensor at once:
 * throws NtkError 'unsupported' on a device that cannot block, and where the file is longer than an array of bytes: `encodeNpyParts` and `writeNpy`
 * have no such end.
 */
export function encodeNpy(x: Tensor): Uint8Array {
  requireTensor(x, 'x of encodeNpy')
  return joined(npyParts(x.dataSync(), x.shape, x.dtype), 'The npy file')
}

/** The header of an npy file of an array that follows it, little-endian in C order; a multiple of 64 bytes long. */
export function encodeNpyHeader(shape: Shape, dtype: DType): Uint8Array {
  checkShape('encodeNpyHeader', shape)
  checkDType('encodeNpyHeader', dtype)
  return writeHeader(descrOf[dtype], shape)
}

/** What an npy file holds and where its numbers begin. */
export interface NpyLayout {
  readonly shape: Shape
  readonly dtype: DType
  /** Bytes before the numbers. */
  readonly offset: number
}

/**
 * Reads the header of an npy file from its first bytes (a few hundred will do), for those who read the numbers piece by piece.
 * Throws NtkError 'data' on a broken header, and 'unsupported' unless the numbers lie little-endian in C order as a dtype of ours.
 */
export function decodeNpyHeader(bytes: Uint8Array, name = 'The array'): NpyLayout {
  const { descr, fortranOrder, shape, offset } = readHeader(bytes, name)
  const dtype = (Object.keys(descrOf) as DType[]).find((d) => descrOf[d] === descr)
  if (dtype === undefined || fortranOrder) {
    throw new NtkError('unsupported', {
      what: `${name} cannot be read piece by piece.`,
      got: `${descr} in ${fortranOrder ? 'Fortran' : 'C'} order`,
      fix: 'Read it whole with readNpy, or save it little-endian in C order.',
    })
  }
  return { shape, dtype, offset }
}

/**
 * A tensor as the bytes of an npy file in parts that follow each other: the header, and views of its numbers, which are not copied. For
 * files of any size: one array of bytes ends at 4 GiB. Errors as `encodeNpy`.
 */
export function encodeNpyParts(x: Tensor): Uint8Array[] {
  requireTensor(x, 'x of encodeNpyParts')
  return npyParts(x.dataSync(), x.shape, x.dtype)
}

/** Bytes of a part of an array. */
const partBytes = 2 ** 30

/** Header and data of the file, without putting them together; `most` is smaller in tests. */
export function npyParts(
  data: TypedArray,
  shape: Shape,
  dtype: DType,
  most: number = partBytes,
): Uint8Array[] {
  return [writeHeader(descrOf[dtype], shape), ...dataParts(data, dtype, most)]
}

/** Numbers as little-endian bytes, in parts of at most so many: views of them where they lie so. */
export function dataParts(data: TypedArray, dtype: DType, most: number = partBytes): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < data.byteLength; at += most) {
    const part = new Uint8Array(data.buffer, data.byteOffset + at, Math.min(most, data.byteLength - at))
    parts.push(littleEndian ? part : swapped(part, bytesPerElement[dtype]))
  }
  return parts
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const copy = bytes.slice()
  swapBytes(copy, width)
  return copy
}

/** The parts as one array of bytes. Throws NtkError 'unsupported' where no array of bytes is as long. */
export function joined(parts: readonly Uint8Array[], what: string): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const out = bytesFor(length, what)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Room for a file. Throws NtkError 'unsupported' where no array of bytes is as long: beyond 4 GiB on Node 20. */
export function bytesFor(size: number, what: string): Uint8Array {
  try {
    return new Uint8Array(size)
  } catch (cause) {
    throw new NtkError('unsupported', {
      what: `${what} does not fit into one array of bytes of this runtime.`,
      got: `${size} bytes`,
      fix: 'Write and read files (writeNpy, readNpy), or split it into smaller arrays; free memory if it is below 4 GiB.',
      cause,
    })
  }
}

/**
 * The tensor of an npy file. Floats and bool keep their type, but that float16 becomes float32; integers of any width become int32 where every number
 * fits. Both byte orders and both orders of axes are read.
 * Throws NtkError 'data' on a broken file, 'unsupported' on types without a counterpart, 'value' on integers that do not fit.
 */
export function decodeNpy(bytes: Uint8Array, options?: DecodeNpyOptions): Tensor {
  requireBytes(bytes, 'bytes of decodeNpy')
  return decodeInto(bytes, readDecodeOptions('decodeNpy', options, 'The array'), false)
}

/** Bytes of the file that begins so, by its header. Errors as `decodeNpy`. */
export function npySize(head: Uint8Array, name: string): number {
  const { descr, shape, offset } = readHeader(head, name)
  if (typeOf(descr) === undefined) throw unsupported(name, descr)
  return offset + sizeOf(shape) * Number(descr.slice(2))
}

const typeOf = (descr: string): DType | undefined =>
  /^[<>|=]/.test(descr) && Object.hasOwn(dtypeOf, descr.slice(1)) ? dtypeOf[descr.slice(1)] : undefined

/** As `decodeNpy`; with `owned` the tensor may lie in `bytes` itself. */
export function decodeInto(
  bytes: Uint8Array,
  { name, backend }: ReturnType<typeof readDecodeOptions>,
  owned: boolean,
): Tensor {
  const { descr, fortranOrder, shape, offset } = readHeader(bytes, name)
  const kind = descr.slice(1)
  const dtype = typeOf(descr)
  if (dtype === undefined) throw unsupported(name, descr)
  const width = Number(kind.slice(1))
  const size = sizeOf(shape)
  const needed = offset + size * width
  if (bytes.length !== needed) {
    throw new NtkError('data', {
      what: `${name} is ${bytes.length < needed ? 'truncated' : 'too long'}: an array of ${descr} and shape (${shape.join(', ')}) has ${needed} bytes.`,
      got: String(bytes.length),
      fix: 'Copy or write it again.',
    })
  }
  // Tensors own their data, and views need aligned starts. (A Buffer's slice is no copy.)
  const aligned = owned && (bytes.byteOffset + offset) % 8 === 0
  const raw = aligned ? bytes.subarray(offset) : new Uint8Array(needed - offset)
  if (!aligned) raw.set(bytes.subarray(offset))
  const swapped = width > 1 && (descr[0] === '>') === littleEndian && descr[0] !== '='
  if (swapped) swapBytes(raw, width)
  const data = convert(raw, kind, dtype, size, name)
  return tensorFromData(fortranOrder ? fromFortran(data, shape, dtype) : data, shape, backend)
}

function unsupported(name: string, descr: string): NtkError {
  const kinds: Readonly<Record<string, string>> = {
    O: 'Python objects, which only Python can read',
    U: 'text',
    S: 'text',
    c: 'complex numbers',
    M: 'dates',
    m: 'durations',
    V: 'raw bytes',
    f: 'floating-point numbers of another width',
  }
  return new NtkError('unsupported', {
    what: `${name} has the type ${descr}: ${kinds[descr.slice(1, 2)] ?? kinds[descr.slice(0, 1)] ?? 'unknown'}.`,
    fix: 'Save it as float64, float32, float16, bool or integers.',
  })
}

/** Turns the bytes of each number around. */
export function swapBytes(raw: Uint8Array, width: number): void {
  if (width === 1) return
  for (let start = 0; start < raw.length; start += width) raw.subarray(start, start + width).reverse()
}

/** Numbers of a kind, such as 'f8' or 'i2', that lie in `raw` in the order of this machine, as a dtype of ours; floats and int32 where they lie. */
export function convert(raw: Uint8Array, kind: string, dtype: DType, size: number, name: string): TypedArray {
  const { buffer, byteOffset: at } = raw
  switch (kind) {
    case 'f8':
      return new Float64Array(buffer, at, size)
    case 'f4':
      return new Float32Array(buffer, at, size)
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer, at, size), halfToNumber)
    case 'i4':
      return new Int32Array(buffer, at, size)
    case 'b1':
      for (let i = 0; i < size; i++) raw[i] = raw[i] === 0 ? 0 : 1
      return raw
    default: {
      const out = allocate(dtype, size)
      const from = integers(raw, kind, size)
      for (let i = 0; i < size; i++) {
        const v = from[i] as number | bigint
        if (v < -(2 ** 31) || v >= 2 ** 31) {
          throw new NtkError('value', {
            what: `${name} has integers of more than 32 bits.`,
            got: `${v} at ${i}`,
            fix: 'Save it as float64.',
          })
        }
        out[i] = Number(v)
      }
      return out
    }
  }
}

/** The number of 16 bits: sign, five of exponent, ten of fraction (IEEE 754 binary16). */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function integers(
  { buffer, byteOffset: at }: Uint8Array,
  kind: string,
  size: number,
): ArrayLike<number | bigint> {
  switch (kind) {
    case 'i1':
      return new Int8Array(buffer, at, size)
    case 'u1':
      return new Uint8Array(buffer, at, size)
    case 'i2':
      return new Int16Array(buffer, at, size)
    case 'u2':
      return new Uint16Array(buffer, at, size)
    case 'u4':
      return new Uint32Array(buffer, at, size)
    case 'u8':
      return new BigUint64Array(buffer, at, size)
    default:
      return new BigInt64Array(buffer, at, size)
  }
}

/** Numbers that lie with the first axis fastest, put into row-major order. */
function fromFortran(data: TypedArray, shape: Shape, dtype: DType): TypedArray {
  const out = allocate(dtype, data.length)
  const strides = stridesOf(shape)
  const index = new Array<number>(shape.length).fill(0)
  let to = 0
  for (let from = 0; from < data.length; from++) {
    out[to] = data[from] as number
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis]!++
      to += strides[axis] as number
      if ((index[axis] as number) < (shape[axis] as number)) break
      to -= (strides[axis] as number) * (shape[axis] as number)
      index[axis] = 0
    }
  }
  return out
}

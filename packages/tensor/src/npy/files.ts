import type { Backend } from '../backend.js'
import { allocate, bytesPerElement, type TypedArray } from '../dtype.js'
import { NtkError } from '../errors.js'
import { optional } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import type { RulesFor } from '../options/rule.js'
import { aBackend } from '../options/values.js'
import { sizeOf } from '../shape.js'
import { type Tensor, tensorFromData } from '../tensor.js'
import { chunk, fill, type ReadablePlaces, reading, whole, writeWhole } from '../whole-files.js'
import { decodeInto, decodeNpyHeader, littleEndian, type NpyLayout, npyParts } from './npy.js'
import { decodeNpz, type EncodeNpzOptions, npzParts } from './npz.js'

/** Enough for the header of any npy file in use. */
const headBytes = 2 ** 16

/** The layout of numbers that may be read as they lie; null where they must be turned first, or the file has another length. */
async function layoutOf(handle: ReadablePlaces, size: number, path: string): Promise<NpyLayout | null> {
  const head = new Uint8Array(Math.min(size, headBytes))
  const read = await fill(handle, head, 0)
  try {
    const layout = decodeNpyHeader(head.subarray(0, read), path)
    const bytes = sizeOf(layout.shape) * bytesPerElement[layout.dtype]
    return layout.dtype !== 'bool' && layout.offset + bytes === size ? layout : null
  } catch {
    // `decodeNpy` reads it, or says what is wrong.
    return null
  }
}

/** Numbers read into their array piece by piece: it may be longer than any array of bytes. `most` is smaller in tests. */
export async function readNumbers(
  handle: ReadablePlaces,
  { shape, dtype, offset }: NpyLayout,
  path: string,
  most: number = chunk,
): Promise<TypedArray> {
  const data = allocate(dtype, sizeOf(shape))
  for (let at = 0; at < data.byteLength; at += most) {
    const part = new Uint8Array(data.buffer, at, Math.min(most, data.byteLength - at))
    if ((await fill(handle, part, offset + at)) < part.length) {
      throw new NtkError('data', {
        what: `${path} became shorter while it was read.`,
        fix: 'Read it again once it is written.',
      })
    }
  }
  return data
}

export interface ReadNpyOptions {
  readonly backend?: Backend | undefined
}

const rules = { backend: optional(aBackend()) } satisfies RulesFor<ReadNpyOptions>

/** The options of a reader named `owner`. */
export function readBackend(owner: string, options: ReadNpyOptions | undefined): Backend | undefined {
  return readOptions(owner, rules, options).backend
}

/** Reads an npy file, of any size where its numbers lie little-endian in C order. Throws NtkError 'file' where it cannot be read, and as `decodeNpy`. */
export async function readNpy(path: string, options?: ReadNpyOptions): Promise<Tensor> {
  const backend = readBackend('readNpy', options)
  return reading(path, async (handle, size) => {
    const layout = littleEndian ? await layoutOf(handle, size, path) : null
    if (layout === null) return decodeInto(await whole(handle, size, path), { backend, name: path }, true)
    return tensorFromData(await readNumbers(handle, layout, path), layout.shape, backend)
  })
}

/** Writes an npy file, whole or not at all. Throws NtkError 'file' or 'disk'. */
export async function writeNpy(path: string, x: Tensor): Promise<void> {
  await writeWhole(path, npyParts(await x.data(), x.shape, x.dtype))
}

/** Reads the arrays of an npz file. Throws NtkError 'file' where it cannot be read, and as `decodeNpz`. */
export async function readNpz(path: string, options?: ReadNpyOptions): Promise<Record<string, Tensor>> {
  const backend = readBackend('readNpz', options)
  return decodeNpz(await reading(path, (handle, size) => whole(handle, size, path)), { backend, name: path })
}

/** Writes named arrays as an npz file, whole or not at all. Throws NtkError 'file' or 'disk'. */
export async function writeNpz(
  path: string,
  arrays: Readonly<Record<string, Tensor>>,
  options?: EncodeNpzOptions,
): Promise<void> {
  const entries = Object.entries(arrays).map(
    async ([name, x]) => [name, npyParts(await x.data(), x.shape, x.dtype)] as const,
  )
  await writeWhole(path, npzParts('writeNpz', await Promise.all(entries), options))
}

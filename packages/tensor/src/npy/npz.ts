import { unzipSync, type Zippable, zipSync } from 'fflate'
import { NtkError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import { type DecodeNpyOptions, decodeNpy, encodeNpy } from './npy.js'

export interface EncodeNpzOptions {
  /** Deflate the arrays, as `numpy.savez_compressed`; false unless given, for numbers deflate badly. */
  readonly compress?: boolean
}

/** Named tensors as the bytes of an npz file: a zip archive of one npy file each. */
export function encodeNpz(
  arrays: Readonly<Record<string, Tensor>>,
  options: EncodeNpzOptions = {},
): Uint8Array {
  return npzBytes(
    Object.entries(arrays).map(([name, x]) => [name, encodeNpy(x)]),
    options,
  )
}

/** The archive of npy files by the names of their arrays. */
export function npzBytes(
  entries: readonly (readonly [string, Uint8Array])[],
  options: EncodeNpzOptions,
): Uint8Array {
  const files: Zippable = {}
  // A fixed date: the same arrays give the same bytes.
  const mtime = new Date(1980, 0, 1)
  for (const [name, bytes] of entries) {
    if (name === '' || name.startsWith('/') || name.split('/').includes('..')) {
      throw new NtkError('value', {
        what: 'Arrays of an npz file need names that are safe as paths.',
        got: `'${name}'`,
      })
    }
    files[`${name}.npy`] = [bytes, { level: options.compress === true ? 6 : 0, mtime }]
  }
  return zipSync(files)
}

/**
 * The arrays of an npz file by name, as `numpy.savez` and `savez_compressed` write them.
 * Throws NtkError 'data' on a broken archive, and as `decodeNpy` on its arrays.
 */
export function decodeNpz(bytes: Uint8Array, options: DecodeNpyOptions = {}): Record<string, Tensor> {
  const { name = 'The archive' } = options
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(bytes)
  } catch (cause) {
    throw broken(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const directory = readDirectory(bytes)
  const arrays: Record<string, Tensor> = {}
  for (const [file, content] of Object.entries(files)) {
    // The unpacker compares no checksums.
    const expected = directory.get(file)
    if (expected !== undefined && expected !== crc32(content))
      throw broken(name, `a wrong checksum of ${file}`)
    if (!file.endsWith('.npy')) continue
    arrays[file.slice(0, -4)] = decodeNpy(content, { ...options, name: `${name}: ${file}` })
  }
  return arrays
}

function broken(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} is not a whole npz file.`,
    got,
    fix: 'Copy or write it again.',
    cause,
  })
}

/** CRC-32 of each file, by the central directory at the archive's end. */
function readDirectory(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sums = new Map<string, number>()
  let end = bytes.length - 22
  while (end > 0 && view.getUint32(end, true) !== 0x06054b50) end--
  let at = view.getUint32(end + 16, true)
  // An archive beyond 4 GiB keeps its directory elsewhere; its checksums go unread.
  while (at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50) {
    const nameLength = view.getUint16(at + 28, true)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
    sums.set(name, view.getUint32(at + 16, true))
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return sums
}

let table: Uint32Array | null = null

function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    return c
  })
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++)
    crc = (table[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

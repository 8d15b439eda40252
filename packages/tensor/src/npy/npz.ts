import { unzipSync, type Zippable, zipSync } from 'fflate'
import { crc32 } from '../crc32.js'
import { NtkError } from '../errors.js'
import { boolean } from '../options/kinds.js'
import { isRecord, readOptions } from '../options/read.js'
import { requireBytes } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import { show } from '../options/show.js'
import type { Tensor } from '../tensor.js'
import { type DecodeNpyOptions, decodeNpy, encodeNpy, readDecodeOptions } from './npy.js'

export interface EncodeNpzOptions {
  /** Deflate the arrays, as `numpy.savez_compressed`; false unless given, for numbers deflate badly. */
  readonly compress?: boolean | undefined
}

const rules = { compress: boolean(false) } satisfies RulesFor<EncodeNpzOptions>

/** Named tensors as the bytes of an npz file: a zip archive of one npy file each. */
export function encodeNpz(arrays: Readonly<Record<string, Tensor>>, options?: EncodeNpzOptions): Uint8Array {
  if (!isRecord(arrays)) {
    throw new NtkError('value', { what: 'encodeNpz needs a record of tensors.', got: show(arrays) })
  }
  return npzBytes(
    'encodeNpz',
    Object.entries(arrays).map(([name, x]) => [name, encodeNpy(x)]),
    options,
  )
}

/** The archive of npy files by the names of their arrays, for the function `owner`. */
export function npzBytes(
  owner: string,
  entries: readonly (readonly [string, Uint8Array])[],
  options: EncodeNpzOptions | undefined,
): Uint8Array {
  const { compress } = readOptions(owner, rules, options)
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
    files[`${name}.npy`] = [bytes, { level: compress ? 6 : 0, mtime }]
  }
  return zipSync(files)
}

/**
 * The arrays of an npz file by name, as `numpy.savez` and `savez_compressed` write them.
 * Throws NtkError 'data' on a broken archive, and as `decodeNpy` on its arrays.
 */
export function decodeNpz(bytes: Uint8Array, options?: DecodeNpyOptions): Record<string, Tensor> {
  requireBytes(bytes, 'bytes of decodeNpz')
  const { name, backend } = readDecodeOptions('decodeNpz', options, 'The archive')
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
    arrays[file.slice(0, -4)] = decodeNpy(content, { backend, name: `${name}: ${file}` })
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

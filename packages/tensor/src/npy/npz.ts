import { NtkError } from '../errors.js'
import { requireTensor } from '../options/a-tensor.js'
import { boolean } from '../options/kinds.js'
import { isRecord, readOptions } from '../options/read.js'
import { requireBytes } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import { show } from '../options/show.js'
import type { Tensor } from '../tensor.js'
import { type DecodeNpyOptions, decodeNpy, joined, npyParts, npySize, readDecodeOptions } from './npy.js'
import { contentOf, headOf, zipEntries } from './zip.js'
import { zipParts } from './zip-write.js'

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
  const entries = Object.entries(arrays).map(([name, x]) => {
    requireTensor(x, `${name} of encodeNpz`)
    return [name, npyParts(x.dataSync(), x.shape, x.dtype)] as const
  })
  return joined(npzParts('encodeNpz', entries, options), 'The npz file')
}

/** The archive of npy files by the names of their arrays, for the function `owner`, in parts that follow each other. */
export function npzParts(
  owner: string,
  entries: readonly (readonly [name: string, parts: readonly Uint8Array[]])[],
  options: EncodeNpzOptions | undefined,
): Uint8Array[] {
  const { compress } = readOptions(owner, rules, options)
  for (const [name] of entries) {
    if (name === '' || name.startsWith('/') || name.split('/').includes('..')) {
      throw new NtkError('value', {
        what: 'Arrays of an npz file need names that are safe as paths.',
        got: `'${name}'`,
      })
    }
  }
  return zipParts(
    entries.map(([name, parts]) => ({ name: `${name}.npy`, parts })),
    { compress },
  )
}

/**
 * The arrays of an npz file by name, as `numpy.savez` and `savez_compressed` write them, in a record without a prototype. What is
 * unpacked is bounded by what its headers say, and that by the size of the file.
 * Throws NtkError 'data' on a broken archive and on files in it that are no arrays, and as `decodeNpy` on its arrays.
 */
export function decodeNpz(bytes: Uint8Array, options?: DecodeNpyOptions): Record<string, Tensor> {
  requireBytes(bytes, 'bytes of decodeNpz')
  const { name, backend } = readDecodeOptions('decodeNpz', options, 'The archive')
  const arrays: Record<string, Tensor> = Object.create(null)
  for (const entry of faults(name, () => zipEntries(bytes))) {
    const label = `${name}: ${entry.name}`
    if (!entry.name.endsWith('.npy')) {
      throw new NtkError('data', {
        what: `${name} holds a file that is no array by its name.`,
        got: show(entry.name),
        fix: 'The arrays of an npz file end in .npy: copy or write it again.',
      })
    }
    // By its header before it is unpacked.
    const needed = npySize(
      faults(name, () => headOf(entry, 2 ** 17)),
      label,
    )
    if (needed !== entry.size)
      throw broken(name, `${entry.name} of ${entry.size} bytes, by its header of ${needed}`)
    arrays[entry.name.slice(0, -4)] = decodeNpy(
      faults(name, () => contentOf(entry)),
      { backend, name: label },
    )
  }
  return arrays
}

/** What is wrong with an archive, as an error that names it. */
function faults<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (NtkError.isInstance(cause)) throw cause
    throw broken(name, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function broken(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} is not a whole npz file.`,
    got,
    fix: 'Copy or write it again.',
    cause,
  })
}

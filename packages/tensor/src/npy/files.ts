import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { Backend } from '../backend.js'
import { NtkError } from '../errors.js'
import { fileError } from '../file-error.js'
import { optional } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import type { RulesFor } from '../options/rule.js'
import { aBackend } from '../options/values.js'
import type { Tensor } from '../tensor.js'
import { decodeInto, npyParts } from './npy.js'
import { decodeNpz, type EncodeNpzOptions, npzParts } from './npz.js'

/** Bytes a call: the system takes less than 2 GiB at once, and Node's own readFile no larger file at all. */
const chunk = 2 ** 28

/** A whole file in a buffer of its own. */
async function read(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path)
    try {
      const out = bytesFor(path, (await handle.stat()).size)
      let filled = 0
      while (filled < out.length) {
        const { bytesRead } = await handle.read(out, filled, Math.min(chunk, out.length - filled))
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return out.subarray(0, filled)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

/** Room for a file. Throws NtkError 'unsupported' where no array of bytes is as long: beyond 4 GiB on Node 20. */
function bytesFor(path: string, size: number): Uint8Array {
  try {
    return new Uint8Array(size)
  } catch (cause) {
    throw new NtkError('unsupported', {
      what: `${path} does not fit into one array of bytes of this runtime.`,
      got: `${size} bytes`,
      fix: 'Save it in smaller files, or free memory if it is below 4 GiB.',
      cause,
    })
  }
}

/** Under a temporary name first: whatever happens, `path` is the old file or the whole new one. */
async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const handle = await open(temporary, 'wx')
    try {
      for (const part of parts) {
        let written = 0
        while (written < part.length) {
          written += (await handle.write(part, written, Math.min(chunk, part.length - written))).bytesWritten
        }
      }
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw fileError(error, path, 'written')
  }
}

export interface ReadNpyOptions {
  readonly backend?: Backend | undefined
}

const rules = { backend: optional(aBackend()) } satisfies RulesFor<ReadNpyOptions>

/** Reads an npy file. Throws NtkError 'file' where it cannot be read, and as `decodeNpy`. */
export async function readNpy(path: string, options?: ReadNpyOptions): Promise<Tensor> {
  const { backend } = readOptions('readNpy', rules, options)
  return decodeInto(await read(path), { backend, name: path }, true)
}

/** Writes an npy file, whole or not at all. Throws NtkError 'file' or 'disk'. */
export async function writeNpy(path: string, x: Tensor): Promise<void> {
  await writeWhole(path, npyParts(await x.data(), x.shape, x.dtype))
}

/** Reads the arrays of an npz file. Throws NtkError 'file' where it cannot be read, and as `decodeNpz`. */
export async function readNpz(path: string, options?: ReadNpyOptions): Promise<Record<string, Tensor>> {
  const { backend } = readOptions('readNpz', rules, options)
  return decodeNpz(await read(path), { backend, name: path })
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

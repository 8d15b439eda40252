import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { bytesPerElement, encodeNpyHeader, sizeOf, throwIfAborted } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import type { Floats } from '../arrays.js'
import type { TiledResult } from '../sink.js'
import { bytesOf, requireLittleEndian, writeAll } from './bytes.js'

/** About how many bytes are held at once. */
const blockBytes = 2 ** 26

/**
 * Writes one array of a result as an npy file, some rows at a time: the result need not fit in memory. The file is whole or not
 * there; one that was there is replaced. Throws NtkError 'file' or 'disk', 'aborted', and as `readRows`.
 */
export async function writeResultNpy<N extends string>(
  path: string,
  result: TiledResult<N>,
  name: N,
  signal?: AbortSignal,
): Promise<void> {
  requireLittleEndian()
  const shape = result.shape(name)
  const dtype = result.dtype(name)
  const n = shape[0] as number
  const rows = Math.max(1, Math.floor(blockBytes / (sizeOf(shape.slice(1)) * bytesPerElement[dtype])))
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await writeAll(file, encodeNpyHeader(shape, dtype))
      for (let start = 0; start < n; start += rows) {
        throwIfAborted(signal, `Writing ${path}`)
        const part = await result.readRows(name, start, Math.min(n, start + rows))
        await writeAll(file, bytesOf((await part.data()) as Floats))
      }
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw fileError(error, path, 'written')
  }
}

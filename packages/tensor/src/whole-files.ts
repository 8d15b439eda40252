/** Files of any size, read and written whole. */
import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { fileError } from './file-error.js'
import { bytesFor } from './npy/npy.js'

/** Bytes a call: the system takes less than 2 GiB at once, and Node's own readFile no larger file at all. */
export const chunk: number = 2 ** 28

/** What of a file is read by its place; Node's own type would ask every user for the types of Node. */
export interface ReadablePlaces {
  read(
    out: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
}

/** Reads up to `length` bytes from `position` on into `out`, from its start on; says how many there were. */
export async function fill(handle: ReadablePlaces, out: Uint8Array, position: number): Promise<number> {
  let filled = 0
  while (filled < out.length) {
    const length = Math.min(chunk, out.length - filled)
    const { bytesRead } = await handle.read(out, filled, length, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** Opens a file to read it, and closes it whatever comes. */
export async function reading<T>(
  path: string,
  use: (handle: ReadablePlaces, size: number) => Promise<T>,
): Promise<T> {
  try {
    const handle = await open(path)
    try {
      return await use(handle, (await handle.stat()).size)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

/** A whole file in a buffer of its own. */
export async function whole(handle: ReadablePlaces, size: number, path: string): Promise<Uint8Array> {
  const out = bytesFor(size, path)
  return out.subarray(0, await fill(handle, out, 0))
}

/** Under a temporary name first: whatever happens, `path` is the old file or the whole new one. */
export async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
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
      // the name must not be there before the numbers are
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw fileError(error, path, 'written')
  }
}

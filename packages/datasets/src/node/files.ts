import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from '@ntk/tensor/node'

/** How a user chooses another place for data sets. */
export const elsewhere = 'choose another folder with NTK_DATA_DIR'

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

/** Files by path, all of them or none: under temporary names first, renamed once every byte is on the disk. */
export async function writeTogether(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const temporary = new Map([...files.keys()].map((path) => [path, `${path}.${randomUUID()}.tmp`]))
  let current = ''
  try {
    for (const [path, bytes] of files) {
      current = path
      await mkdir(dirname(path), { recursive: true })
      await writeFile(temporary.get(path) as string, bytes)
    }
    for (const [path, from] of temporary) {
      current = path
      await rename(from, path)
    }
  } catch (error) {
    for (const path of temporary.values()) await rm(path, { force: true }).catch(() => undefined)
    throw fileError(error, current, 'written', elsewhere)
  }
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

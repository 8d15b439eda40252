import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { NtkError, type NtkErrorCode } from '@ntk/tensor'

const reasons: Readonly<Record<string, { code: NtkErrorCode; what: string; fix: string }>> = {
  ENOENT: { code: 'file', what: 'There is no such file or folder', fix: 'Check the path.' },
  ENOTDIR: { code: 'file', what: 'A part of the path is a file', fix: 'Check the path.' },
  EISDIR: { code: 'file', what: 'This is a folder', fix: 'Give a file.' },
  EACCES: { code: 'file', what: 'No permission for', fix: 'Check the permissions.' },
  EPERM: { code: 'file', what: 'No permission for', fix: 'Check the permissions.' },
  EROFS: {
    code: 'disk',
    what: 'The file system cannot be written to',
    fix: 'Choose another folder with NTK_DATA_DIR.',
  },
  ENOSPC: {
    code: 'disk',
    what: 'The disk is full',
    fix: 'Free space, or choose another folder with NTK_DATA_DIR.',
  },
  EDQUOT: {
    code: 'disk',
    what: 'The disk quota is used up',
    fix: 'Free space, or choose another folder with NTK_DATA_DIR.',
  },
}

/** A system error as an NtkError that names the path; other errors as they are. */
export function asFileError(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown } | null)?.code
  const reason = typeof code === 'string' ? reasons[code] : undefined
  if (reason === undefined) return error
  return new NtkError(reason.code, { what: `${reason.what}: ${path}.`, fix: reason.fix, cause: error })
}

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw asFileError(error, path)
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
    throw asFileError(error, current)
  }
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'

/** The file operations that writing needs; tests put a full disk here. */
export interface FileOps {
  open(path: string): number
  write(file: number, bytes: Uint8Array): number
  sync(file: number): void
  close(file: number): void
  rename(from: string, to: string): void
  remove(path: string): void
}

export const nodeFileOps: FileOps = {
  open: (path) => openSync(path, 'w'),
  write: (file, bytes) => writeSync(file, bytes),
  sync: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true, recursive: true }),
}

/** The system's short name of a fault, such as ENOSPC. */
export function errorName(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : 'unknown'
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than the system allows here',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'a folder has that name',
  ELOOP: 'links that lead to each other',
}

const fixes: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room or choose another place with --out.',
  EDQUOT: 'Make room or choose another place with --out.',
}

/** A fault of the file system as an error for the user. Code `disk`. */
export function diskError(path: string, error: unknown): NtkError {
  const name = errorName(error)
  return new NtkError('disk', {
    what: `${path} cannot be written; nothing is left under that name that was not there before.`,
    got: `${reason(path, name, error)} (${name})`,
    fix: fixes[name] ?? 'Choose another place with --out.',
    cause: error,
  })
}

function reason(path: string, name: string, error: unknown): string {
  // The system says ENOENT too where a folder cannot be made in one that is there, as in /proc.
  if (name === 'ENOENT' && existsSync(dirname(path))) return 'nothing can be made in that folder'
  return reasons[name] ?? (error instanceof Error ? error.message : String(error))
}

/** A name beside the target, so that renaming stays within one file system. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`)
}

/** Whether a name is one that `temporaryName` gives. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.\d+\.part$/.test(name)
}

/** The process that writes to a name that `temporaryName` gave for a file of this name; undefined for other names. */
export function temporaryProcess(name: string, file: string): number | undefined {
  const number = /\.(\d+)\.part$/.exec(name)?.[1]
  return number !== undefined && name === `.${file}.${number}.part` ? Number(number) : undefined
}

/** Systems write 2 GiB at most in one go. */
const mostAtOnce = 2 ** 30

/** More links than any sensible path has, one leading to the next. */
const mostLinks = 40

/**
 * Where a file will be written: links are followed, also one whose file does not exist yet, so that the link stays and
 * what it names is replaced.
 *
 * @throws NtkError `disk` for what is there and no regular file: a folder, a device, a pipe
 */
export function writableTarget(path: string): string {
  try {
    return followLinks(path)
  } catch (error) {
    throw NtkError.isInstance(error) ? error : diskError(path, error)
  }
}

function followLinks(path: string): string {
  let target = resolve(path)
  for (let links = 0; ; links++) {
    const found = lstatSync(target, { throwIfNoEntry: false })
    if (found === undefined || found.isFile()) return target
    if (!found.isSymbolicLink()) throw noFile(path, found)
    if (links === mostLinks) throw diskError(path, { code: 'ELOOP' })
    // A link below /proc leads to what has no path, such as a pipe: what it leads to is looked at through the link.
    const end = statSync(target, { throwIfNoEntry: false })
    if (end !== undefined && !end.isFile()) throw noFile(path, end)
    target = resolve(dirname(target), readlinkSync(target))
  }
}

function noFile(path: string, found: Stats): NtkError {
  return new NtkError('disk', {
    what: `${path} is no regular file, so it cannot be written whole or not at all.`,
    got: found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a named pipe' : 'a device or socket',
    fix: 'Name a file with --out, and copy it where it is needed.',
  })
}

/**
 * Writes a whole file, of one part or several, or nothing: to a temporary name beside it, flushed to the disk, then renamed. A link is followed.
 *
 * @throws NtkError `disk` when it cannot; the temporary file is gone and an older file of that name is untouched
 */
export function writeAtomic(
  path: string,
  content: Uint8Array | string | readonly Uint8Array[],
  ops: FileOps = nodeFileOps,
): void {
  const parts = typeof content === 'string' ? [new TextEncoder().encode(content)] : [content].flat()
  const target = writableTarget(path)
  const temporary = temporaryName(target)
  let file: number | undefined
  try {
    file = ops.open(temporary)
    for (const bytes of parts) {
      for (let done = 0; done < bytes.length; ) {
        done += ops.write(file, bytes.subarray(done, done + mostAtOnce))
      }
    }
    ops.sync(file)
    ops.close(file)
    file = undefined
    ops.rename(temporary, target)
  } catch (error) {
    const open = file
    if (open !== undefined) quietly(() => ops.close(open))
    quietly(() => ops.remove(temporary))
    throw diskError(path, error)
  }
}

// Cleaning up after a fault may fail for the same reason; the first fault is the one to report.
export function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // The fault that led here is reported by the caller.
  }
}

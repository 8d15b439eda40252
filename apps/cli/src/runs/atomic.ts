import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
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
    got: `${reasons[name] ?? (error instanceof Error ? error.message : String(error))} (${name})`,
    fix: fixes[name] ?? 'Choose another place with --out.',
    cause: error,
  })
}

/** A name beside the target, so that renaming stays within one file system. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`)
}

/**
 * Writes a whole file or nothing: to a temporary name beside it, flushed to the disk, then renamed.
 *
 * @throws NtkError `disk` when it cannot; the temporary file is gone and an older file of that name is untouched
 */
export function writeAtomic(path: string, content: Uint8Array | string, ops: FileOps = nodeFileOps): void {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const temporary = temporaryName(path)
  let file: number | undefined
  try {
    file = ops.open(temporary)
    for (let done = 0; done < bytes.length; ) done += ops.write(file, bytes.subarray(done))
    ops.sync(file)
    ops.close(file)
    file = undefined
    ops.rename(temporary, path)
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

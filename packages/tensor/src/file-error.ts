import { NtkError } from './errors.js'

/** What to do about a system error, by its code. */
const ways: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path: it, or a folder on the way, does not exist.',
  ENOTDIR: 'Check the path: what it takes for a folder is a file.',
  EISDIR: 'Give the path of a file; this is a folder.',
  EACCES: 'Check its permissions.',
  EPERM: 'Check its permissions.',
  EROFS: 'The disk is read-only; choose another disk.',
  ENOSPC: 'Free space, or choose another disk.',
  EDQUOT: 'The quota is used up; free space, or choose another disk.',
  EMFILE: 'Too many files are open; raise the limit (ulimit -n).',
}

/** Whether something thrown is an error of the file system: not of a network, nor of a program. */
export function isFileError(error: unknown): boolean {
  const code: unknown = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && Object.hasOwn(ways, code)
}

/**
 * A system error as an NtkError that names the path and the way out: 'disk' where there is no room or none may be used, 'file'
 * otherwise. `doing` completes "could not be ...", and `elsewhere` says how another place is chosen. An NtkError is given back as it is.
 */
export function fileError(
  error: unknown,
  path: string,
  doing: string,
  elsewhere = 'choose another disk',
): NtkError {
  if (NtkError.isInstance(error)) return error
  const code = (error as { code?: string } | null)?.code
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS'
  const way = code === undefined ? undefined : ways[code]
  return new NtkError(full ? 'disk' : 'file', {
    what: `${path} could not be ${doing}.`,
    got: code ?? String(error),
    fix: (way ?? 'Check the path and its permissions.').replace('choose another disk', elsewhere),
    cause: error,
  })
}

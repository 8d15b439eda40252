import { NtkError } from './errors.js'

/** What to do about a system error, by its code. */
const ways: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path: it, or a folder on the way, does not exist.',
  ENOTDIR: 'Check the path: what it takes for a folder is a file.',
  EISDIR: 'Give the path of a file; this is a folder.',
  EACCES: 'Check its permissions.',
  EPERM: 'Check its permissions.',
  EROFS: 'The disk is read-only; choose another.',
  ENOSPC: 'Free space, or choose another disk.',
  EDQUOT: 'The quota is used up; free space, or choose another disk.',
  EMFILE: 'Too many files are open; raise the limit (ulimit -n).',
}

/**
 * A system error as an NtkError that names the path and the way out: 'disk' where there is no room or none may be used, 'file'
 * otherwise. `doing` completes "could not be ...". An NtkError is given back as it is.
 */
export function fileError(error: unknown, path: string, doing: string): NtkError {
  if (NtkError.isInstance(error)) return error
  const code = (error as { code?: string } | null)?.code
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS'
  return new NtkError(full ? 'disk' : 'file', {
    what: `${path} could not be ${doing}.`,
    got: code ?? String(error),
    fix: (code === undefined ? undefined : ways[code]) ?? 'Check the path and its permissions.',
    cause: error,
  })
}

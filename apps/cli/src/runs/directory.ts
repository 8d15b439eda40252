import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { parse, stringify } from 'yaml'
import { diskError, type FileOps, nodeFileOps, writeAtomic } from './atomic.js'

/** JSON with sorted keys: equal configs give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`)
    .join(',')}}`
}

/** `20261122-093015-1a2b3c`: when (UTC) and a hash of the config. */
export function runId(config: unknown, now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T')
  const hash = createHash('sha256').update(canonicalJson(config)).digest('hex').slice(0, 6)
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${hash}`
}

/** One folder with all that a run leaves. */
export interface RunDirectory {
  readonly id: string
  /** Absolute. */
  readonly path: string
  /** As the user would type it, relative to where they are. */
  readonly shown: string
  readonly ops: FileOps
  /** Absolute path of a file of the run. */
  file(...parts: string[]): string
  write(name: string, content: Uint8Array | string): void
  folder(...parts: string[]): string
}

function runDirectory(cwd: string, path: string, id: string, ops: FileOps): RunDirectory {
  const file = (...parts: string[]): string => join(path, ...parts)
  const folder = (...parts: string[]): string => {
    makeFolder(file(...parts))
    return file(...parts)
  }
  const shown = relative(cwd, path)
  return {
    id,
    path,
    shown: shown.startsWith('..') || shown === '' ? path : shown,
    ops,
    file,
    folder,
    write: (name, content) => writeAtomic(file(name), content, ops),
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    throw diskError(path, error)
  }
}

const header = '# The resolved config of this run; `ntk dynamics --config` with this file repeats it.\n'

/** Makes `out/<id>/` with `config.yaml`; a second run in the same second gets a number behind its id. */
export function createRun(
  cwd: string,
  out: string,
  config: unknown,
  now: Date,
  ops: FileOps = nodeFileOps,
): RunDirectory {
  const base = runId(config, now)
  makeFolder(resolve(cwd, out))
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? base : `${base}-${attempt}`
    const path = resolve(cwd, out, id)
    if (existsSync(path)) continue
    makeFolder(path)
    const run = runDirectory(cwd, path, id, ops)
    run.write('config.yaml', header + stringify(config))
    return run
  }
}

/**
 * An earlier run and its config.
 *
 * @throws NtkError `file` where the folder is not one of a run
 */
export function openRun(
  cwd: string,
  path: string,
  ops: FileOps = nodeFileOps,
): { run: RunDirectory; config: unknown } {
  const absolute = resolve(cwd, path)
  const run = runDirectory(cwd, absolute, absolute.split(/[\\/]/).filter(Boolean).at(-1) ?? '', ops)
  try {
    return { run, config: parse(readFileSync(run.file('config.yaml'), 'utf8')) }
  } catch (error) {
    throw new NtkError('file', {
      what: `${path} is not the folder of a run.`,
      got: existsSync(absolute) ? 'a folder without a readable config.yaml' : 'a path that does not exist',
      fix: 'Give the folder that an earlier run printed, such as runs/20260101-120000-1a2b3c.',
      cause: error,
    })
  }
}

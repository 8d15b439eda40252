import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { parse, stringify } from 'yaml'
import {
  diskError,
  errorName,
  type FileOps,
  isTemporaryName,
  nodeFileOps,
  quietly,
  writeAtomic,
} from './atomic.js'

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
  /** @throws NtkError `disk` where the folder is no more */
  requireFolder(): void
  write(name: string, content: Uint8Array | string): void
  folder(...parts: string[]): string
  /**
   * Takes back what this process has made: the files it wrote and the folders it made, as far as nothing else is in
   * them. What was there before, or was put there by others, stays.
   */
  discard(): void
}

function runDirectory(
  cwd: string,
  path: string,
  id: string,
  ops: FileOps,
  madeFolders: readonly string[] = [],
): RunDirectory {
  const file = (...parts: string[]): string => join(path, ...parts)
  const written = new Set<string>()
  const folders = [...madeFolders]
  const inside = relative(cwd, path)
  const shown = inside.startsWith('..') || inside === '' ? path : inside
  const requireFolder = (): void => {
    if (!existsSync(path)) throw goneError(shown)
  }
  const folder = (...parts: string[]): string => {
    requireFolder()
    folders.push(...makeFolder(file(...parts)))
    return file(...parts)
  }
  return {
    id,
    path,
    shown,
    ops,
    file,
    folder,
    requireFolder,
    write(name, content) {
      requireFolder()
      const isNew = !existsSync(file(name))
      writeAtomic(file(name), content, ops)
      if (isNew) written.add(file(name))
    },
    discard() {
      for (const name of written) quietly(() => rmSync(name, { force: true }))
      // The innermost first; a folder that holds something else is not removed.
      for (const made of folders.reverse()) quietly(() => rmdirSync(made))
    },
  }
}

function goneError(shown: string): NtkError {
  return new NtkError('disk', {
    what: `The folder of the run, ${shown}, was removed while the run worked on it.`,
    fix: 'Start the run again.',
  })
}

/** Makes a folder where there is none, with those around it; gives the paths that were made, outermost first. */
export function makeFolder(path: string): string[] {
  let first: string | undefined
  try {
    first = mkdirSync(path, { recursive: true })
  } catch (error) {
    throw diskError(path, error)
  }
  if (first === undefined) return []
  const made = [path]
  for (let at = path; at !== first; made.unshift(at)) at = dirname(at)
  return made
}

/** Makes `out/<id>/` with `config.yaml`; a second run in the same second gets a number behind its id. */
export function createRun(
  cwd: string,
  out: string,
  run: { readonly experiment: string; readonly config: unknown },
  now: Date,
  ops: FileOps = nodeFileOps,
): RunDirectory {
  const base = runId(run.config, now)
  const made = makeFolder(resolve(cwd, out))
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? base : `${base}-${attempt}`
    const path = resolve(cwd, out, id)
    try {
      // Not `recursive`: of two processes that want one name, one gets it.
      mkdirSync(path)
    } catch (error) {
      if (errorName(error) === 'EEXIST') continue
      throw diskError(path, error)
    }
    const directory = runDirectory(cwd, path, id, ops, [...made, path])
    writeConfig(directory, run)
    return directory
  }
}

/** Writes the config of a run, with the command that repeats it. */
export function writeConfig(
  directory: RunDirectory,
  run: { readonly experiment: string; readonly config: unknown },
): void {
  directory.write('config.yaml', header(run.experiment) + stringify(run.config))
}

const firstLine = /^# The resolved config of a run of `ntk (.+?)`;/
const header = (experiment: string): string =>
  `# The resolved config of a run of \`ntk ${experiment}\`; with --config and this file it is repeated.\n`

/** An earlier run. */
export interface OpenedRun {
  readonly run: RunDirectory
  readonly config: unknown
  /** The command that made it, as its config says; undefined where it does not. */
  readonly experiment: string | undefined
}

function whatIs(path: string): string {
  // A link that leads nowhere, or to itself, does not exist either.
  if (!existsSync(path)) return 'a path that does not exist'
  return statSync(path).isDirectory() ? 'a folder without a readable config.yaml' : 'a file, and no folder'
}

/**
 * An earlier run and its config.
 *
 * @throws NtkError `file` where the folder is not one of a run
 */
export function openRun(cwd: string, path: string, ops: FileOps = nodeFileOps): OpenedRun {
  const absolute = resolve(cwd, path)
  const run = runDirectory(cwd, absolute, absolute.split(/[\\/]/).filter(Boolean).at(-1) ?? '', ops)
  try {
    const text = readFileSync(run.file('config.yaml'), 'utf8')
    return { run, config: parse(text), experiment: firstLine.exec(text)?.[1] }
  } catch (error) {
    throw new NtkError('file', {
      what: `${path} is not the folder of a run.`,
      got: whatIs(absolute),
      fix: 'Give the folder that an earlier run printed, such as runs/20260101-120000-1a2b3c.',
      cause: error,
    })
  }
}

/** Removes what a process that was killed had begun to write. Only for who holds the lock of the run. */
export function sweepTemporary(run: RunDirectory): void {
  for (const folder of ['.', 'stages', 'figures']) {
    const path = run.file(folder)
    const names = existsSync(path) ? readdirSync(path) : []
    for (const name of names.filter(isTemporaryName))
      quietly(() => rmSync(join(path, name), { recursive: true, force: true }))
  }
}

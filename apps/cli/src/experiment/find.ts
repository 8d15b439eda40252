import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { NtkError } from '@ntk/tensor'
import { suggestion } from '@ntk/tensor/options'
import { isPlainObject } from '../settings/objects.js'
import type { Experiment, RunSettings } from './experiment.js'
import { type Runnable, runnable } from './runnable.js'
import type { StageEntry } from './stage.js'

const endings = ['.js', '.mjs', '.ts', '.mts']

/**
 * An experiment by its name, or by the path of a file whose default export is one: `./mine.mjs`.
 *
 * @throws NtkError `option` for an unknown name, with the nearest known one; `file` for a file that is none
 */
export async function findExperiment(
  known: Readonly<Record<string, () => Promise<Runnable>>>,
  name: string,
  cwd: string,
): Promise<Runnable> {
  if (endings.includes(extname(name))) return fromFile(name, cwd)
  const load = Object.hasOwn(known, name) ? known[name] : undefined
  if (load !== undefined) return load()
  throw new NtkError('option', {
    what: `There is no experiment "${name}".`,
    fix: `${suggestion(name, Object.keys(known))} One of your own is run by its path, such as ./mine.mjs.`,
  })
}

async function fromFile(name: string, cwd: string): Promise<Runnable> {
  const path = resolve(cwd, name)
  if (!existsSync(path)) {
    throw new NtkError('file', {
      what: `${name} cannot be read.`,
      got: 'a path that does not exist',
      fix: 'Check the path.',
    })
  }
  let loaded: unknown
  try {
    loaded = await import(/* @vite-ignore */ pathToFileURL(path).href)
  } catch (error) {
    throw new NtkError('file', {
      what: `${name} cannot be loaded.`,
      got: error instanceof Error ? error.message : String(error),
      fix: extname(name).endsWith('ts')
        ? 'Run it with Node 22.18 or newer, which reads TypeScript, or compile it first.'
        : 'Run it with node to see where it fails.',
      cause: error,
    })
  }
  const found: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'default') : null
  if (isExperiment(found)) return runnable(found)
  throw new NtkError('file', {
    what: `The default export of ${name} is no experiment.`,
    got: missing(found),
    fix: 'Write `export default defineExperiment({ ... })` with defineExperiment of @ntk/cli.',
  })
}

const parts = {
  name: 'string',
  summary: 'string',
  settings: 'object',
  setup: 'function',
  stages: 'function',
  numbers: 'function',
  figures: 'object',
  findings: 'object',
  story: 'function',
} as const

type Some = Experiment<RunSettings, unknown, Readonly<Record<string, StageEntry>>, object>

function isExperiment(value: unknown): value is Some {
  return isPlainObject(value) && lacks(value).length === 0
}

const lacks = (value: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(parts).flatMap(([part, type]) => (typeof value[part] === type ? [] : [part]))

const missing = (value: unknown): string =>
  isPlainObject(value) ? `a record without ${lacks(value).join(', ')}` : String(typeof value)

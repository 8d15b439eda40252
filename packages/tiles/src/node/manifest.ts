import { createHash } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { NtkError, type TypedArray } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { checkArrays, type ResultArray } from '../arrays.js'
import type { Job, JobArray, JobValue } from '../job.js'
import { planTiles, type TilePlan, type TileSize } from '../plan.js'
import { codeOf } from './bytes.js'

const format = 'ntk tiles'
const version = 1

/** What a directory of tiles holds, as JSON. */
interface Manifest {
  readonly format: typeof format
  readonly version: typeof version
  /** SHA-256, in hexadecimal, of the rest. */
  readonly fingerprint: string
  /** What the numbers depend on; arrays by their hash. */
  readonly job: Readonly<Record<string, Json>>
  readonly plan: {
    readonly n1: number
    readonly n2: number
    readonly symmetric: boolean
    readonly tile: TileSize
  }
  readonly arrays: readonly ResultArray[]
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What a directory of tiles holds. */
export interface Contents<N extends string = string> {
  /** SHA-256 of all that the numbers depend on: 32 bytes, in hexadecimal. */
  readonly fingerprint: string
  readonly plan: TilePlan
  readonly arrays: readonly ResultArray<N>[]
}

/** The manifest of a job. */
export function describeJob(job: Job, plan: TilePlan, arrays: readonly ResultArray[]): Manifest {
  const { n1, n2, symmetric, size } = plan
  const described = {
    job: describe(job) as Manifest['job'],
    plan: { n1, n2, symmetric, tile: size },
    arrays: arrays.map(({ name, over, trailing, exchanged, dtype }) => ({
      name,
      over,
      trailing,
      exchanged,
      dtype,
    })),
  }
  return { format, version, fingerprint: fingerprintOf(described), ...described }
}

function describe(value: JobValue | undefined): Json {
  if (typeof value !== 'object' || value === null) return value ?? null
  if (isJobArray(value)) return { sha256: hashOf(value.data), shape: value.shape, dtype: value.dtype }
  if (Array.isArray(value)) return value.map(describe)
  const entries = Object.entries(value).filter(([, v]) => v !== undefined)
  return Object.fromEntries(entries.map(([key, v]) => [key, describe(v as JobValue)]))
}

function isJobArray(value: object): value is JobArray {
  return 'data' in value && ArrayBuffer.isView(value.data)
}

function hashOf({ buffer, byteOffset, byteLength }: TypedArray): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')
}

/** Of JSON with its keys in order, so that it does not depend on theirs. */
function fingerprintOf(described: Omit<Manifest, 'format' | 'version' | 'fingerprint'>): string {
  return createHash('sha256')
    .update(canonical({ version, ...described }))
    .digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(',')}}`
}

/** Reads a manifest; null where there is none. Throws NtkError 'data' on one that is damaged, 'unsupported' on one of another version. */
export async function readManifest(path: string): Promise<Manifest | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw fileError(error, path, 'read')
  }
  const manifest = parse(text)
  if (manifest === null) throw damaged(path, `${text.length} characters that are no manifest`)
  if (manifest.format !== format) throw damaged(path, `the format ${JSON.stringify(manifest.format)}`)
  if (manifest.version !== version) {
    throw new NtkError('unsupported', {
      what: `${path} was written by another version of @ntk/tiles.`,
      got: `version ${String(manifest.version)} of the format, where ${version} is known`,
      fix: 'Compute in a new directory, or use that version.',
    })
  }
  const { job, plan, arrays, fingerprint } = manifest as Manifest
  const same = attempt(() => fingerprintOf({ job, plan, arrays }))
  if (same !== fingerprint) throw damaged(path, 'a fingerprint that does not fit what it says')
  return manifest as Manifest
}

function damaged(path: string, got: string): NtkError {
  return new NtkError('data', {
    what: `${path} is damaged.`,
    got,
    fix: 'Move it away and run the job again: each tile says by itself what it is of, and sound ones are kept.',
  })
}

function parse(text: string): Partial<Manifest> | null {
  const value = attempt((): unknown => JSON.parse(text))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}

function attempt<T>(f: () => T): T | null {
  try {
    return f()
  } catch {
    return null
  }
}

/** The plan and the arrays of a sound manifest. */
export function contentsOf({ fingerprint, plan, arrays }: Manifest): Contents {
  checkArrays(arrays)
  return { fingerprint, plan: planTiles(plan), arrays }
}

/**
 * Writes the manifest, or finds the same there. Throws NtkError 'conflict' where the directory holds another job, naming what
 * differs.
 */
export async function claim(path: string, mine: Manifest, label: string): Promise<void> {
  const found = (await readManifest(path)) ?? (await write(path, mine, label))
  if (found === null || found.fingerprint === mine.fingerprint) return
  throw new NtkError('conflict', {
    what: `${path} says that its directory holds another job.`,
    got: `${differences(mine, found).join(', ')} different from this job's`,
    fix: 'Give this job another directory, or run the job that began in this one.',
  })
}

/** Null where it was written; else the one that another shard wrote in the meantime. */
async function write(path: string, mine: Manifest, label: string): Promise<Manifest | null> {
  const temporary = `${path}.${label}.tmp`
  try {
    await writeFile(temporary, `${JSON.stringify(mine, null, 2)}\n`)
    try {
      await link(temporary, path)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return await readManifest(path)
      // A disk without hard links.
      await rename(temporary, path)
    }
    return null
  } catch (error) {
    throw fileError(error, path, 'written')
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** The parts of two manifests that differ, by name. */
function differences(a: Manifest, b: Manifest): string[] {
  const parts = ({ job, plan, arrays }: Manifest): Map<string, string> =>
    new Map([
      ...Object.entries(job).map(([key, value]) => [key, canonical(value)] as const),
      ...Object.entries(plan).map(([key, value]) => [key, canonical(value)] as const),
      ['arrays', canonical(arrays)] as const,
    ])
  const [left, right] = [parts(a), parts(b)]
  return [...new Set([...left.keys(), ...right.keys()])].filter((key) => left.get(key) !== right.get(key))
}

import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { fileError, isFileError } from '@ntk/tensor/node'
import {
  aFunction,
  aSignal,
  listOf,
  optional,
  positive,
  type RulesFor,
  readOptions,
  text,
} from '@ntk/tensor/options'
import { elsewhere, sha256OfFile } from './files.js'
import { Stalled, within } from './stall.js'

export interface DownloadProgress {
  /** Name of the file. */
  readonly file: string
  /** Bytes on the disk so far, those of an earlier, broken off download included. */
  readonly done: number
  /** Bytes in all; null where the server does not say. */
  readonly total: number | null
  /** How often the server was silent for too long and was asked again. */
  readonly stalls: number
}

export interface DownloadOptions {
  /** The same file at several places, tried in order. */
  readonly urls: readonly string[]
  /** Where the file goes. */
  readonly path: string
  /** Lower-case hexadecimal digest the file must have. */
  readonly sha256: string
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds without a byte after which the server is asked again, three times at most; 20,000 unless given. */
  readonly stallLimit?: number | undefined
}

const rules = {
  urls: listOf(text()),
  path: text(),
  sha256: text(),
  onProgress: optional(aFunction<(progress: DownloadProgress) => void>()),
  signal: optional(aSignal()),
  stallLimit: positive(20_000),
} satisfies RulesFor<DownloadOptions>

/**
 * Downloads a file unless it is there. Bytes go to `path.part`, which a later call goes on with (HTTP range), and get
 * their final name once the digest agrees.
 * Throws NtkError 'network' where no place gives the file, 'disk' where it does not fit, 'aborted'.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { urls, path, sha256, ...rest } = readOptions('download', rules, options)
  const { signal } = rest
  const part = `${path}.part`
  try {
    if ((await sizeOfFile(path)) !== null) return
    await mkdir(dirname(path), { recursive: true })
  } catch (error) {
    throw fileError(error, path, 'written', elsewhere)
  }
  const failures: string[] = []
  for (const url of urls) {
    // Twice, for a part of another version of the file spoils the digest: then once more from the start.
    let stalls = 0
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const resumed = await fetchInto(url, part, { ...rest, path, stalls })
        if ((await sha256OfFile(part)) === sha256) {
          await rename(part, path)
          return
        }
        await rm(part)
        failures.push(`${url}: its content is not what it should be (SHA-256)`)
        if (!resumed) break
      } catch (error) {
        if (signal?.aborted === true) throw aborted(path)
        if (isFileError(error)) throw fileError(error, part, 'written', elsewhere)
        if (NtkError.isInstance(error)) throw error
        if (error instanceof Stalled && stalls < mostStalls) {
          stalls += 1
          attempt -= 1
          continue
        }
        const times = stalls > 0 ? `, ${stalls + 1} times` : ''
        failures.push(`${url}: ${messageOf(error)}${times}`)
        break
      }
    }
  }
  throw new NtkError('network', {
    what: `${basename(path)} could not be downloaded.`,
    got: failures.join('; '),
    fix: `Try again (what came through is kept), or copy the file to ${dirname(path)}.`,
  })
}

function aborted(path: string): NtkError {
  return new NtkError('aborted', {
    what: `The download of ${basename(path)} was broken off.`,
    fix: 'The next one goes on from there.',
  })
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}

async function sizeOfFile(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  }
}

/** How often a silent server is asked again. */
const mostStalls = 3

interface Call extends Pick<DownloadOptions, 'onProgress' | 'signal' | 'path'> {
  readonly stallLimit: number
  readonly stalls: number
}

/** Appends to `part` what is missing of `url`; whether it began with bytes of an earlier call. */
async function fetchInto(url: string, part: string, call: Call): Promise<boolean> {
  const own = new AbortController()
  try {
    return await receive(url, part, call, own)
  } finally {
    // Whatever ended it, the connection is not left open.
    own.abort()
  }
}

async function receive(url: string, part: string, call: Call, own: AbortController): Promise<boolean> {
  const { onProgress, signal, path, stallLimit, stalls } = call
  const soon = <T>(wait: Promise<T>): Promise<T> => within(wait, stallLimit, signal)
  const have = (await sizeOfFile(part)) ?? 0
  const response = await soon(
    fetch(url, {
      // The bytes as they lie on the server: unpacking would spoil lengths and digest.
      headers: { 'Accept-Encoding': 'identity', ...(have > 0 ? { Range: `bytes=${have}-` } : {}) },
      signal: own.signal,
    }),
  )
  // Nothing lies beyond what is there: either it is whole, which the digest will tell, or too long.
  if (response.status === 416) return true
  if (!response.ok || response.body === null) {
    throw new Error(`the server answered ${response.status}`)
  }
  const resumed = response.status === 206 && startOfRange(response) === have
  let received = resumed ? have : 0
  const length = response.headers.get('content-length')
  const total = length === null ? null : received + Number(length)
  const file = basename(path)
  const handle = await open(part, resumed ? 'a' : 'w')
  try {
    onProgress?.({ file, done: received, total, stalls })
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await soon(reader.read())
      if (done) break
      await handle.write(value)
      received += value.length
      onProgress?.({ file, done: received, total, stalls })
    }
  } finally {
    await handle.close()
  }
  if (total !== null && received < total)
    throw new Error(`the connection broke off after ${received} of ${total} bytes`)
  return resumed
}

function startOfRange(response: Response): number | null {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  return start === undefined ? null : Number(start)
}

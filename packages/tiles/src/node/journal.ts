import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { codeOf, writeAll } from './bytes.js'
import { journalName } from './paths.js'

/** One line of a journal. */
export interface JournalLine {
  /** 'computed': the tile was computed and written; 'found': it was there, sound, and not in the journal; 'damaged': it was not sound. */
  readonly event: 'computed' | 'found' | 'damaged'
  readonly tile: number
  /** Of the tile's file, in hexadecimal; of damaged ones what is wrong stands in `why`. */
  readonly sha256?: string
  readonly why?: string
}

/** A journal open for writing: one line an event, each written at once. */
export interface Journal {
  add(line: JournalLine): Promise<void>
  close(): Promise<void>
}

/** Opens a shard's own journal. A last line that was cut off by the end of its process is taken away. */
export async function openJournal(path: string): Promise<Journal> {
  let file: FileHandle
  try {
    const length = await lengthOfWholeLines(path)
    file = await open(path, 'a')
    if (length !== null) await file.truncate(length)
  } catch (error) {
    throw fileError(error, path, 'written')
  }
  return {
    async add(line) {
      try {
        await writeAll(file, new TextEncoder().encode(`${JSON.stringify(line)}\n`))
      } catch (error) {
        throw fileError(error, path, 'written')
      }
    },
    close: () => file.close(),
  }
}

/** Bytes up to the last end of a line, where anything stands after it; null where nothing does or there is no file. */
async function lengthOfWholeLines(path: string): Promise<number | null> {
  try {
    const bytes = await readFile(path)
    const whole = bytes.lastIndexOf(0x0a) + 1
    return whole === bytes.length ? null : whole
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The lines of a journal, but for a last one that is not whole. Throws NtkError 'data' on anything else that is no line. */
export async function readJournal(path: string): Promise<JournalLine[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw fileError(error, path, 'read')
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const parsed = parse(line)
      if (parsed !== null) return parsed
      throw new NtkError('data', {
        what: `${path} is damaged.`,
        got: `${JSON.stringify(line.slice(0, 60))} in line ${i + 1}`,
        fix: 'Move it away and run the job again: each tile is proved by its own hash, and sound ones are kept.',
      })
    })
}

function parse(line: string): JournalLine | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return null
    const { event, tile, sha256 } = value as Readonly<Record<string, unknown>>
    const known = event === 'computed' || event === 'found' || event === 'damaged'
    const sound = event === 'damaged' || typeof sha256 === 'string'
    return known && sound && Number.isInteger(tile) ? (value as JournalLine) : null
  } catch {
    return null
  }
}

/** The hashes that all journals of a directory have for each tile. */
export async function journaledHashes(root: string): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const hashes = new Map<number, Set<string>>()
  const names = await readdir(root).catch((error: unknown) => {
    throw fileError(error, root, 'read')
  })
  for (const name of names.filter((n) => journalName.test(n)).sort()) {
    for (const { tile, sha256 } of await readJournal(join(root, name))) {
      if (sha256 === undefined) continue
      const known = hashes.get(tile) ?? new Set()
      hashes.set(tile, known.add(sha256))
    }
  }
  return hashes
}

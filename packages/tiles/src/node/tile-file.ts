import { createHash } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { bytesPerElement } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { type Floats, lengthInTile, type ResultArray, type TileParts } from '../arrays.js'
import { fillDiagonal } from '../place.js'
import type { Tile } from '../plan.js'
import { bytesOf, codeOf, floatsOf, hex, writeAll } from './bytes.js'
import type { Contents } from './manifest.js'

/*
 * A tile as a file:
 *
 *   8 bytes    'ntktile1'
 *   32 bytes   the fingerprint of the job
 *   8 bytes    the number of the tile, little-endian
 *   ...        for each array of the manifest, in order, what the tile has of it, little-endian, filled up to a multiple of 8 bytes
 *   32 bytes   SHA-256 of everything before
 *
 * so that a tile is proved by itself, whatever became of the journal.
 */
const magic = 'ntktile1'
const headerLength = 48
const hashLength = 32

/** A tile as it was found: sound, with its hash and its numbers; not there; or damaged, and in what way. */
export type FoundTile =
  | { readonly state: 'sound'; readonly sha256: string; readonly parts: ReadonlyMap<string, Floats> }
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly why: string }
  /** Sound, and of another job. */
  | { readonly state: 'foreign' }

function header(fingerprint: string, tile: Tile): Uint8Array {
  const out = new Uint8Array(headerLength)
  out.set(new TextEncoder().encode(magic))
  for (let i = 0; i < 32; i++) out[8 + i] = Number.parseInt(fingerprint.slice(2 * i, 2 * i + 2), 16)
  new DataView(out.buffer).setBigUint64(40, BigInt(tile.id), true)
  return out
}

/** Bytes that a tile has of an array. */
function bytesInTile(array: ResultArray, tile: Tile): number {
  return Math.ceil((lengthInTile(array, tile) * bytesPerElement[array.dtype]) / 8) * 8
}

/** How long the file of a tile is. */
export function tileFileLength(arrays: readonly ResultArray[], tile: Tile): number {
  return arrays.reduce((sum, array) => sum + bytesInTile(array, tile), headerLength + hashLength)
}

/** Writes a tile under `temporary` and renames it to `path`; gives its SHA-256. */
export async function writeTile(
  path: string,
  temporary: string,
  { fingerprint, plan, arrays }: Contents,
  tile: Tile,
  parts: TileParts,
): Promise<string> {
  const chunks = [header(fingerprint, tile)]
  for (const array of arrays) {
    const data = parts.get(array.name)
    if (data === undefined) continue
    const bytes = bytesOf(fillDiagonal(plan, array, tile, data))
    chunks.push(bytes, new Uint8Array(bytesInTile(array, tile) - bytes.length))
  }
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  const digest = Uint8Array.from(hash.digest())
  try {
    const file = await open(temporary, 'w')
    try {
      for (const chunk of [...chunks, digest]) await writeAll(file, chunk)
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw fileError(error, path, 'written')
  }
  return hex(digest)
}

/** Reads a tile and holds it against its hash. */
export async function readTile(
  path: string,
  { fingerprint, arrays }: Contents,
  tile: Tile,
): Promise<FoundTile> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { state: 'absent' }
    throw fileError(error, path, 'read')
  }
  const end = bytes.length - hashLength
  if (end < headerLength) return { state: 'damaged', why: `${bytes.length} bytes are no tile` }
  const digest = createHash('sha256').update(bytes.subarray(0, end)).digest()
  const proved = digest.equals(bytes.subarray(end))
  const wanted = header(fingerprint, tile)
  const sameJob = wanted.every((byte, i) => i >= headerLength - 8 || byte === bytes[i])
  if (proved && !sameJob) return { state: 'foreign' }
  const length = tileFileLength(arrays, tile)
  if (bytes.length !== length) return { state: 'damaged', why: `${bytes.length} of ${length} bytes` }
  if (!proved) return { state: 'damaged', why: 'its hash does not fit' }
  if (!wanted.every((byte, i) => byte === bytes[i])) return { state: 'damaged', why: 'it is another tile' }
  const parts = new Map<string, Floats>()
  let at = headerLength
  for (const array of arrays) {
    const used = lengthInTile(array, tile) * bytesPerElement[array.dtype]
    if (used > 0) parts.set(array.name, floatsOf(bytes.subarray(at, at + used), array.dtype))
    at += bytesInTile(array, tile)
  }
  return { state: 'sound', sha256: hex(digest), parts }
}

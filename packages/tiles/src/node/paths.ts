import { join } from 'node:path'
import type { Tile } from '../plan.js'
import type { Shard } from '../shard.js'

/** The files of a directory of tiles. */
export interface Paths {
  readonly root: string
  readonly manifest: string
  readonly tiles: string
}

export function pathsOf(root: string): Paths {
  return { root, manifest: join(root, 'manifest.json'), tiles: join(root, 'tiles') }
}

/** A shard in file names. */
export function labelOf({ index, count }: Shard): string {
  return `${index}-of-${count}`
}

export function tileName({ id }: Tile): string {
  return `${String(id).padStart(6, '0')}.tile`
}

export function tilePath({ tiles }: Paths, tile: Tile): string {
  return join(tiles, tileName(tile))
}

export const lockName: RegExp = /^lock-(\d+)-of-(\d+)\.json$/
export const journalName: RegExp = /^journal-(\d+)-of-(\d+)\.jsonl$/
/** Everything that a directory of tiles may have before it has its manifest, but for the tiles. */
export const ownName: RegExp =
  /^(?:manifest\.json|lock-\d+-of-\d+\.json|journal-\d+-of-\d+\.jsonl)(?:\..*\.tmp)?$/

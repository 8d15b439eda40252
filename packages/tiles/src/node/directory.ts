import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { NtkError, throwIfAborted, turnEvery } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { boolean, type RulesFor, readOptions, requireText } from '@ntk/tensor/options'
import type { Tile } from '../plan.js'
import { type Shard, tilesOfShard } from '../shard.js'
import type { OpenSink, TileSink, TileWork } from '../sink.js'
import { codeOf, requireLittleEndian } from './bytes.js'
import { directoryResult } from './directory-result.js'
import { type Journal, journaledHashes, openJournal, readJournal } from './journal.js'
import { type Lock, locked, lockHolder, takeLock } from './lock.js'
import { type Contents, claim, describeJob } from './manifest.js'
import { journalName, labelOf, lockName, ownName, type Paths, pathsOf, tileName, tilePath } from './paths.js'
import { readTile, writeTile } from './tile-file.js'

export interface DirectoryOptions {
  /** Whether to go on with what an earlier run of the same job left, true unless given; false: that is an error. */
  readonly resume?: boolean | undefined
}

const rules = { resume: boolean(true) } satisfies RulesFor<DirectoryOptions>

/**
 * A directory of tiles, one file each, beside a manifest that says what they are of and a journal of what was done. It survives a
 * kill at any moment: tiles that are whole are kept, proved by their SHA-256 and not computed again; a truncated or altered one is
 * found and computed again. Processes share it by `shard: 'i/n'`. It is made where it is not there (its parent must be).
 *
 * Nothing waits for the disk itself: what a power failure loses is found by its hash, like any other damage.
 *
 * Errors: 'conflict' where the directory holds another job or other files, 'locked' where another process works on the same shard or on
 * another division into shards, 'data' where the manifest or a journal is damaged, 'file' and 'disk' where it cannot be read or written.
 */
export function directory(path: string, options?: DirectoryOptions): TileSink {
  requireText(path, 'The path of directory')
  const { resume } = readOptions('directory', rules, options)
  return {
    async open<N extends string>(work: TileWork<N>): Promise<OpenSink<N>> {
      requireLittleEndian()
      const paths = pathsOf(resolve(path))
      const manifest = describeJob(await work.job(), work.plan, work.arrays)
      const { plan, arrays, shard } = work
      const contents: Contents<N> = { fingerprint: manifest.fingerprint, plan, arrays }
      await makeRoot(paths)
      const lock = await takeShardLock(paths, shard)
      try {
        await claim(paths.manifest, manifest, labelOf(shard))
        const journalPath = join(paths.root, `journal-${labelOf(shard)}.jsonl`)
        if (!resume) await refuseBegun(paths, journalPath)
        await mkdir(paths.tiles, { recursive: true }).catch((error: unknown) => {
          throw fileError(error, paths.tiles, 'made')
        })
        await sweep(paths, shard)
        const hashes = await journaledHashes(paths.root)
        const journal = await openJournal(journalPath)
        try {
          const finished = await verify(paths, contents, work, hashes, journal)
          return sinkOf(paths, contents, shard, { finished, journal, lock })
        } catch (error) {
          await journal.close()
          throw error
        }
      } catch (error) {
        await lock.release()
        throw error
      }
    },
  }
}

interface Opened {
  readonly finished: ReadonlySet<number>
  readonly journal: Journal
  readonly lock: Lock
}

function sinkOf<N extends string>(
  paths: Paths,
  contents: Contents<N>,
  shard: Shard,
  { finished, journal, lock }: Opened,
): OpenSink<N> {
  return {
    finished,
    whole: null,
    async put(tile, parts) {
      const temporary = join(paths.tiles, temporaryName(tile, shard))
      const sha256 = await writeTile(tilePath(paths, tile), temporary, contents, tile, parts)
      await journal.add({ event: 'computed', tile: tile.id, sha256 })
    },
    finish: () => directoryResult(paths, contents),
    async close() {
      await journal.close().catch(() => undefined)
      await lock.release()
    },
  }
}

/** Makes the directory, or sees that it is empty or holds nothing but a job. */
async function makeRoot({ root, tiles }: Paths): Promise<void> {
  try {
    await mkdir(root)
    return
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw fileError(error, root, 'made')
  }
  const names = await readdir(root).catch((error: unknown) => {
    throw fileError(error, root, 'read')
  })
  if (names.some((name) => name === 'manifest.json' || journalName.test(name))) return
  const other = names.filter((name) => !ownName.test(name) && join(root, name) !== tiles)
  if (other.length === 0) return
  throw new NtkError('conflict', {
    what: `${root} holds files that are no tiles, and nothing of yours is touched.`,
    got: other.slice(0, 3).join(', ') + (other.length > 3 ? ` and ${other.length - 3} more` : ''),
    fix: 'Give a directory that is empty or not there yet.',
  })
}

/** The lock of one shard. A division into other shards must not be at work. */
async function takeShardLock({ root }: Paths, shard: Shard): Promise<Lock> {
  const part = shard.count === 1 ? root : `Shard ${shard.index}/${shard.count} of ${root}`
  const lock = await takeLock(join(root, `lock-${labelOf(shard)}.json`), part)
  try {
    for (const name of await readdir(root)) {
      const [, , count] = lockName.exec(name) ?? []
      if (count === undefined || Number(count) === shard.count) continue
      const other = join(root, name)
      const holder = await lockHolder(other)
      if (holder !== null) throw locked(other, root, holder)
    }
    return lock
  } catch (error) {
    await lock.release()
    throw fileError(error, root, 'read')
  }
}

async function refuseBegun({ root }: Paths, journalPath: string): Promise<void> {
  const { length } = await readJournal(journalPath)
  if (length === 0) return
  throw new NtkError('conflict', {
    what: `${root} holds tiles of this job already.`,
    got: `${length} entries in its journal`,
    fix: 'Resume it, or give another directory.',
  })
}

function temporaryName(tile: Tile, shard: Shard): string {
  return `${tileName(tile)}.${labelOf(shard)}.tmp`
}

/** Removes tiles that this shard's last process did not finish writing. */
async function sweep({ tiles }: Paths, shard: Shard): Promise<void> {
  const end = `.tile.${labelOf(shard)}.tmp`
  try {
    for (const name of await readdir(tiles)) {
      if (name.endsWith(end) && /^\d+$/.test(name.slice(0, -end.length)))
        await rm(join(tiles, name), { force: true })
    }
  } catch (error) {
    throw fileError(error, tiles, 'read')
  }
}

/** The tiles of the shard that are there and proved by their hash; others are entered into the journal. */
async function verify(
  paths: Paths,
  contents: Contents,
  { plan, shard, signal }: TileWork,
  hashes: ReadonlyMap<number, ReadonlySet<string>>,
  journal: Journal,
): Promise<ReadonlySet<number>> {
  const finished = new Set<number>()
  const breathe = turnEvery()
  for (const tile of tilesOfShard(plan, shard)) {
    await breathe()
    throwIfAborted(signal, `Looking through the tiles in ${paths.root}`)
    const known = hashes.get(tile.id)
    const found = await readTile(tilePath(paths, tile), contents, tile)
    if (found.state === 'foreign') throw foreign(tilePath(paths, tile))
    if (found.state === 'absent') {
      if (known !== undefined) await journal.add({ event: 'damaged', tile: tile.id, why: 'it is gone' })
    } else if (found.state === 'damaged') {
      await journal.add({ event: 'damaged', tile: tile.id, why: found.why })
    } else if (known !== undefined && !known.has(found.sha256)) {
      await journal.add({
        event: 'damaged',
        tile: tile.id,
        why: 'its hash is not the one that was written down',
      })
    } else {
      finished.add(tile.id)
      if (known === undefined) await journal.add({ event: 'found', tile: tile.id, sha256: found.sha256 })
    }
  }
  return finished
}

export function foreign(path: string): NtkError {
  return new NtkError('conflict', {
    what: `${path} is a tile of another job.`,
    fix: 'Give this job another directory, or move the tiles of the other away.',
  })
}

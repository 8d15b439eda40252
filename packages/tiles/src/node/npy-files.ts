import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { bytesPerElement, encodeNpyHeader, NtkError, sizeOf } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { isRecord, requireText } from '@ntk/tensor/options'
import { type Floats, type ResultArray, shapeOf, type TileParts } from '../arrays.js'
import { fillDiagonal, mirrored } from '../place.js'
import { isDiagonal, lengthOf, type Tile, type TilePlan } from '../plan.js'
import type { OpenSink, TileSink, TileWork } from '../sink.js'
import { bytesOf, codeOf, requireLittleEndian, writeAll } from './bytes.js'
import { type Lock, takeLock } from './lock.js'
import { npyResult } from './npy-result.js'

/** One array being written. */
interface OpenFile<N extends string> {
  readonly array: ResultArray<N>
  readonly path: string
  readonly part: string
  readonly lock: Lock
  readonly file: FileHandle
  /** Bytes before the numbers. */
  readonly offset: number
}

/**
 * One npy file a result, written in place tile by tile, so that the result may be larger than memory: `paths` is the file of the
 * one result, or names the file of each. Files have `.part` at their end until they are whole. A run that ends early
 * starts anew; `directory` goes on where it stopped.
 *
 * Errors: 'conflict' where a file is there already, 'locked' while another process writes it, 'file' and 'disk' where it cannot be written.
 */
export function npyFiles(paths: string | Readonly<Record<string, string>>): TileSink {
  for (const path of isRecord(paths) ? Object.values(paths) : [paths])
    requireText(path, 'Each path of npyFiles')
  return {
    async open<N extends string>(work: TileWork<N>): Promise<OpenSink<N>> {
      requireLittleEndian()
      if (work.shard.count > 1) {
        throw new NtkError('option', {
          what: 'Shards share a directory.',
          got: `shard ${work.shard.index}/${work.shard.count} of an npy file`,
          fix: 'Give the sink directory(path).',
        })
      }
      const opened: OpenFile<N>[] = []
      try {
        for (const array of work.arrays)
          opened.push(await begin(array, pathOf(paths, array.name, work.arrays), work.plan))
      } catch (error) {
        for (const file of opened) await abandon(file)
        throw error
      }
      return sinkOf(work.plan, opened)
    },
  }
}

function sinkOf<N extends string>(plan: TilePlan, files: readonly OpenFile<N>[]): OpenSink<N> {
  let finished = false
  return {
    finished: new Set(),
    whole: null,
    async put(tile, parts) {
      for (const file of files) await putPart(plan, file, tile, parts)
    },
    async finish() {
      for (const { file, part, path } of files) {
        try {
          await file.close()
          await refuseExisting(
            path,
            'It came while this result was computed; move it away and compute again.',
          )
          await rename(part, path)
        } catch (error) {
          throw fileError(error, path, 'written')
        }
      }
      finished = true
      return npyResult(
        files.map(({ array, path, offset }) => ({
          name: array.name,
          dtype: array.dtype,
          path,
          offset,
          shape: shapeOf(array, plan),
        })),
      )
    },
    async close() {
      for (const file of files) {
        if (finished) await file.lock.release()
        else await abandon(file)
      }
    },
  }
}

function pathOf(
  paths: string | Readonly<Record<string, string>>,
  name: string,
  arrays: readonly ResultArray[],
): string {
  const path = typeof paths === 'string' ? (arrays.length === 1 ? paths : undefined) : paths[name]
  if (path !== undefined) return resolve(path)
  throw new NtkError('option', {
    what: `npyFiles needs a file for each of ${arrays.map((a) => a.name).join(', ')}.`,
    got: typeof paths === 'string' ? `one, '${paths}'` : `none for ${name}`,
    fix: `Name them: npyFiles({ ${arrays.map((a) => `${a.name}: '${a.name}.npy'`).join(', ')} }).`,
  })
}

async function begin<N extends string>(
  array: ResultArray<N>,
  path: string,
  plan: TilePlan,
): Promise<OpenFile<N>> {
  await refuseExisting(path, 'Remove it, or choose another name.')
  const lock = await takeLock(`${path}.lock`, path)
  const part = `${path}.part`
  try {
    if (!lock.takenOver) {
      await refuseExisting(
        part,
        'It may be the start of a result that another program left; remove it if it is not needed.',
      )
    }
    const shape = shapeOf(array, plan)
    const header = encodeNpyHeader(shape, array.dtype)
    const file = await open(part, 'w+')
    await writeAll(file, header)
    await file.truncate(header.length + sizeOf(shape) * bytesPerElement[array.dtype])
    return { array, path, part, lock, file, offset: header.length }
  } catch (error) {
    await lock.release()
    throw fileError(error, path, 'written')
  }
}

async function refuseExisting(path: string, fix: string): Promise<void> {
  try {
    await stat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw fileError(error, path, 'written')
  }
  throw new NtkError('conflict', { what: `${path} is there already, and nothing is written over.`, fix })
}

/** Removes the file that did not become whole. */
async function abandon<N extends string>({ file, part, lock }: OpenFile<N>): Promise<void> {
  await file.close().catch(() => undefined)
  await rm(part, { force: true }).catch(() => undefined)
  await lock.release()
}

async function putPart<N extends string>(
  plan: TilePlan,
  { array, path, file, offset }: OpenFile<N>,
  tile: Tile,
  parts: TileParts,
): Promise<void> {
  const data = parts.get(array.name)
  if (data === undefined) return
  const width = sizeOf(array.trailing)
  const bytes = bytesPerElement[array.dtype]
  /** Rows [rows, cols, ...] of numbers to their place. */
  const put = async (
    numbers: Floats,
    row: number,
    rows: number,
    col: number,
    cols: number,
  ): Promise<void> => {
    const whole = cols === plan.n2
    const run = (whole ? rows : 1) * cols * width
    for (let at = 0, i = row; at < numbers.length; at += run, i++) {
      const position = offset + (i * plan.n2 + col) * width * bytes
      await writeAll(file, bytesOf(numbers.subarray(at, at + run)), position)
    }
  }
  try {
    if (array.over !== 'pairs') {
      const { start } = array.over === 'rows' ? tile.rows : tile.cols
      await writeAll(file, bytesOf(data), offset + start * width * bytes)
      return
    }
    const [m, n] = [lengthOf(tile.rows), lengthOf(tile.cols)]
    await put(fillDiagonal(plan, array, tile, data), tile.rows.start, m, tile.cols.start, n)
    if (plan.symmetric && !isDiagonal(plan, tile)) {
      await put(mirrored(array, tile, data), tile.cols.start, n, tile.rows.start, m)
    }
  } catch (error) {
    throw fileError(error, path, 'written')
  }
}

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Backend, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import { type Floats, lengthInTile, type ResultArray, shapeOf } from '../arrays.js'
import { allocateRows } from '../memory.js'
import { overlap, placePairs, placeSamples } from '../place.js'
import { type Block, isDiagonal, lengthOf, type Tile, type TilePlan } from '../plan.js'
import { notOverPairs } from '../row-blocks.js'
import { checkRows, findArray } from '../rows.js'
import type { TiledResult } from '../sink.js'
import { codeOf } from './bytes.js'
import { type Contents, contentsOf, readManifest } from './manifest.js'
import { type Paths, pathsOf, tilePath } from './paths.js'
import { readTile, tileFileLength } from './tile-file.js'

/**
 * What a directory of tiles holds, for reading, also while it is being filled. Each tile is held against its hash whenever it is
 * read. Throws NtkError 'file' where there is no such result, and 'data' where its manifest is damaged.
 */
export async function openDirectory(path: string): Promise<TiledResult> {
  const paths = pathsOf(resolve(path))
  const manifest = await readManifest(paths.manifest)
  if (manifest === null) {
    throw new NtkError('file', {
      what: `${paths.root} is no directory of tiles.`,
      got: 'no manifest.json',
      fix: 'Check the path.',
    })
  }
  return directoryResult(paths, contentsOf(manifest))
}

export async function directoryResult<N extends string>(
  paths: Paths,
  contents: Contents<N>,
): Promise<TiledResult<N>> {
  const { plan, arrays } = contents
  const missing = await missingTiles(paths, contents)
  const read = async (name: N, start: number, stop: number, backend?: Backend): Promise<Tensor> => {
    const array = findArray(arrays, name)
    const shape = shapeOf(array, plan)
    checkRows(name, shape, start, stop)
    const rows = { start, stop }
    const part = [stop - start, ...shape.slice(1)]
    const into = allocateRows(array, part)
    for (const tile of plan.tiles) {
      if (!touches(plan, array, tile, rows)) continue
      const data = await partOf(paths, contents, array, tile)
      if (array.over === 'pairs') placePairs(plan, array, tile, data, { rows, into })
      else placeSamples(array, tile, data, { rows, into })
    }
    return tensorFromData(into, part, backend)
  }
  return {
    names: arrays.map((array) => array.name),
    complete: missing === 0,
    shape: (name) => shapeOf(findArray(arrays, name), plan),
    dtype: (name) => findArray(arrays, name).dtype,
    readRows: (name, start, stop) => read(name, start, stop),
    async *blocks(name) {
      const array = findArray(arrays, name)
      if (array.over !== 'pairs') throw notOverPairs(name)
      for (const tile of plan.tiles) {
        const { rows, cols } = tile
        const data = await partOf(paths, contents, array, tile)
        const values = tensorFromData(data, [lengthOf(rows), lengthOf(cols), ...array.trailing])
        yield { rows, cols, values, mirrored: plan.symmetric && !isDiagonal(plan, tile) }
      }
    },
    toTensor: (name, backend) => read(name, 0, shapeOf(findArray(arrays, name), plan)[0] as number, backend),
  }
}

/** How many tiles are not there in full length. */
async function missingTiles(paths: Paths, { plan, arrays }: Contents): Promise<number> {
  let missing = 0
  for (const tile of plan.tiles) {
    const path = tilePath(paths, tile)
    try {
      if ((await stat(path)).size !== tileFileLength(arrays, tile)) missing++
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw fileError(error, path, 'read')
      missing++
    }
  }
  return missing
}

/** Whether a tile says anything of these rows of an array. */
function touches(plan: TilePlan, array: ResultArray, tile: Tile, rows: Block): boolean {
  const meets = (block: Block): boolean => {
    const { start, stop } = overlap(block, rows)
    return start < stop
  }
  if (array.over === 'pairs') return meets(tile.rows) || (plan.symmetric && meets(tile.cols))
  return lengthInTile(array, tile) > 0 && meets(array.over === 'rows' ? tile.rows : tile.cols)
}

/** What a tile has of an array. Throws NtkError 'data' where it is not there or not sound. */
async function partOf(paths: Paths, contents: Contents, { name }: ResultArray, tile: Tile): Promise<Floats> {
  const path = tilePath(paths, tile)
  const found = await readTile(path, contents, tile)
  if (found.state === 'sound') return found.parts.get(name) as Floats
  throw new NtkError('data', {
    what: `The result in ${paths.root} is not whole: ${path}.`,
    got:
      found.state === 'absent'
        ? 'no such tile'
        : found.state === 'foreign'
          ? 'a tile of another job'
          : `a damaged tile (${found.why})`,
    fix: 'Run the job again on the same directory: it computes what is missing, and keeps the rest.',
  })
}

import { type DualStep, type FloatDType, type Shape, scope, type Tensor } from '@ntk/tensor'
import {
  type ComputeTile,
  doesNotFit,
  isShortOfMemory,
  type ResultArray,
  type Tile,
  type WholeResult,
} from '@ntk/tiles'
import { requireSameSamples } from './at.js'
import { checkRun, checkTile } from './finite.js'
import type { KernelName } from './options.js'
import { type Inputs, stackSource, type TileResult, type TileSources } from './source.js'

/** The name of an array: what it is, and behind which layer where that has been asked for, as 'ntk.block'. */
export type ArrayName = KernelName | `${KernelName}.${string}`

export const arrayName = (name: KernelName, at: string | null): ArrayName =>
  at === null ? name : `${name}.${at}`

/** What is computed, and how a tile of it is. */
export interface Tiles {
  readonly arrays: readonly ResultArray<ArrayName>[]
  readonly compute: ComputeTile<ArrayName>
}

/** Tiles of a result that may have other samples than the inputs. */
export interface SizedTiles extends Tiles {
  readonly n1: number
  readonly n2: number
}

/** All pairs of samples at once: of networks that mix samples. */
export function wholeTile({ x1, x2 }: Inputs): Tile {
  const rows = { start: 0, stop: x1.n }
  return { id: 0, rows, cols: { start: 0, stop: x2.n }, givesRows: true, givesCols: true }
}

/** One pair of samples. */
const onePair: Tile = {
  id: -1,
  rows: { start: 0, stop: 1 },
  cols: { start: 0, stop: 1 },
  givesRows: true,
  givesCols: true,
}

/** What is wanted of steps that go through the general walk. */
export interface Wanted {
  readonly names: readonly KernelName[]
  /** The layers behind which it is wanted; null: the end. */
  readonly at: readonly string[] | null
  readonly dtype: FloatDType
}

/**
 * Any steps. Which axes the results have shows in `first`, which is kept for its turn, or in one pair where the first tile may be there already
 * or does not fit in the memory of a device.
 */
export async function generalTiles(
  source: TileSources,
  inputs: Inputs,
  { names, at, dtype }: Wanted,
  wanted: Tile = onePair,
  splits: boolean = true,
): Promise<SizedTiles> {
  let first = wanted
  const computed = (tile: Tile): Promise<readonly TileResult[]> => scope(({ wait }) => source(tile, wait))
  const refused = async (error: unknown): Promise<never> => {
    throw isShortOfMemory(error) ? await doesNotFit('The kernel', first, error, splits) : error
  }
  let kept: readonly TileResult[] | null = await computed(first).catch((error: unknown) => {
    if (!splits || first === onePair || !isShortOfMemory(error)) return refused(error)
    first = onePair
    return computed(first).catch(refused)
  })
  const places = at ?? [null]
  const shapes = kept.map(({ nngp }) => (nngp as Tensor).shape)
  requireSameSamples(places, shapes)
  const [n1, n2] = shapes[0] as [number, number]
  return {
    n1,
    n2,
    arrays: kept.flatMap((result, i) => {
      const place = places[i] as string | null
      return arraysOf(names, dtype, axesOf(result)).map((array) => ({
        ...array,
        name: arrayName(array.name, place),
      }))
    }),
    compute: async (tile, { wait }) => {
      const results = tile.id === first.id && kept !== null ? kept : await wait(source(tile, wait))
      kept = null
      const numbers: { [name: string]: Tensor | null } = {}
      for (const [i, result] of results.entries()) {
        await checkTile(dtype, result.nngp, result.ntk, result.cov1, result.cov2)
        const own = numbersOf(result, inputs)
        for (const name of names) numbers[arrayName(name, places[i] as string | null)] = own[name]
      }
      return numbers
    },
  }
}

function axesOf({ nngp, cov1, pairedSpace }: TileResult): Axes {
  const space = (nngp as Tensor).shape.slice(2)
  const exchanged = pairedSpace
    ? Array.from({ length: space.length / 2 }, (_, i) => [2 * i, 2 * i + 1] as const)
    : []
  return { space, exchanged, ownSpace: cov1.shape.slice(1) }
}

/** A run of steps on vectors, whose tiles go straight into the result where that lies in memory. */
export function fusedTiles(
  steps: readonly DualStep[],
  inputs: Inputs,
  names: readonly KernelName[],
  dtype: FloatDType,
): Tiles {
  checkRun(steps, [inputs.x1, inputs.x2], names.includes('ntk'), dtype)
  let into: WholeResult | null = null
  const pairs = names.filter((name) => name === 'nngp' || name === 'ntk')
  const source = stackSource(steps, inputs, {
    names: pairs,
    dtype,
    tensors: () => {
      const whole = into
      return whole === null ? [] : pairs.map((name) => whole.tensor(name, inputs.backend))
    },
  })
  return {
    arrays: arraysOf(names, dtype, { space: [], exchanged: [], ownSpace: [] }),
    compute: async (tile, { whole, wait }) => {
      into = whole
      return numbersOf(await wait(source(tile, wait)), inputs)
    },
  }
}

/** Axes of the result after those of the samples. */
interface Axes {
  readonly space: Shape
  readonly exchanged: ResultArray['exchanged']
  readonly ownSpace: Shape
}

function arraysOf(
  names: readonly KernelName[],
  dtype: FloatDType,
  { space, exchanged, ownSpace }: Axes,
): ResultArray<KernelName>[] {
  return names.map((name) => {
    if (name === 'cov1') return { name, over: 'rows', trailing: ownSpace, exchanged: [], dtype }
    if (name === 'cov2') return { name, over: 'cols', trailing: ownSpace, exchanged: [], dtype }
    return { name, over: 'pairs', trailing: space, exchanged, dtype }
  })
}

/** Of one set with itself both diagonal terms are the first. */
function numbersOf(
  { nngp, ntk, cov1, cov2 }: TileResult,
  { x1, x2 }: Inputs,
): Readonly<Record<KernelName, Tensor | null>> {
  return { nngp, ntk, cov1, cov2: x1 === x2 ? cov1 : cov2 }
}

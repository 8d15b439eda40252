import { type FloatDType, NtkError, type Shape, sizeOf } from '@ntk/tensor'
import { requireList, requireParts } from '@ntk/tensor/options'
import { lengthOf, type Tile, type TilePlan } from './plan.js'

export type Floats = Float64Array | Float32Array

/** One array of the result. */
export interface ResultArray<N extends string = string> {
  readonly name: N
  /**
   * What its leading axes are: 'pairs' [n1, n2, ...], one entry a pair of samples; 'rows' [n1, ...] and 'cols' [n2, ...], one
   * entry a sample of the first or the second side.
   */
  readonly over: 'pairs' | 'rows' | 'cols'
  /** Axes after the samples. */
  readonly trailing: Shape
  /**
   * Trailing axes that change places when the two samples do, by number: [[0, 1], [2, 3]] of [h, h', w, w']. Of a symmetric
   * result the pair (j, i) is the pair (i, j) with these axes exchanged.
   */
  readonly exchanged: readonly (readonly [number, number])[]
  readonly dtype: FloatDType
}

/** The numbers of one tile by array: those over pairs as [rows, cols, ...], the others as [samples, ...]. */
export type TileParts = ReadonlyMap<string, Floats>

/** The shape of the whole array. */
export function shapeOf({ over, trailing }: ResultArray, { n1, n2 }: TilePlan): Shape {
  if (over === 'pairs') return [n1, n2, ...trailing]
  return [over === 'rows' ? n1 : n2, ...trailing]
}

/** How many numbers a tile has of an array: 0 where another tile gives them. */
export function lengthInTile({ over, trailing }: ResultArray, tile: Tile): number {
  const width = sizeOf(trailing)
  if (over === 'pairs') return lengthOf(tile.rows) * lengthOf(tile.cols) * width
  if (over === 'rows') return tile.givesRows ? lengthOf(tile.rows) * width : 0
  return tile.givesCols ? lengthOf(tile.cols) * width : 0
}

/** Throws NtkError 'option' unless there are names, all different, and axes that are exchanged have one length. */
export function checkArrays(arrays: readonly ResultArray[]): void {
  requireList(arrays, 'The arrays of a walk')
  for (const array of arrays)
    requireParts(array, 'Each of the arrays of a walk', ['name', 'over'], 'a description of arrays')
  const names = arrays.map((a) => a.name)
  const wrong = names.find((name, i) => name === '' || names.indexOf(name) !== i)
  if (arrays.length === 0 || wrong !== undefined) {
    throw new NtkError('option', {
      what: 'The results of tiles need names, each once.',
      got: names.join(', ') || 'no names',
    })
  }
  for (const { name, trailing, exchanged } of arrays) {
    const odd = exchanged.find(([a, b]) => trailing[a] === undefined || trailing[a] !== trailing[b])
    if (odd !== undefined) {
      throw new NtkError('option', {
        what: `Axes of ${name} that are exchanged must exist and have one length.`,
        got: `axes ${odd.join(' and ')} of [${trailing.join(', ')}]`,
      })
    }
  }
}

/** Throws NtkError 'shape' unless a tile's numbers are as many as they must be. */
export function checkLength(array: ResultArray, tile: Tile, data: ArrayLike<number>): void {
  const needed = lengthInTile(array, tile)
  if (data.length === needed) return
  throw new NtkError('shape', {
    what: `Tile ${tile.id} has ${needed} numbers of ${array.name}.`,
    got: String(data.length),
  })
}

/** The same numbers as `dtype`, rounded once where it is narrower. */
export function toDtype(data: ArrayLike<number>, dtype: FloatDType): Floats {
  if (dtype === 'float64') return data instanceof Float64Array ? data : Float64Array.from(data)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}

import {
  allocateDirty,
  type Backend,
  type FloatDType,
  NtkError,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensorFromData,
} from '@ntk/tensor'
import type { Block, Tile } from './geometry.js'
import type { KernelName } from './options.js'
import type { Matrices, TileResult } from './source.js'

type Floats = Float64Array | Float32Array

/**
 * Where finished tiles go: one array a wanted name, made when the first tile tells how much space a pair takes; or, without
 * space, matrices that a backend may write into by itself.
 */
export class ResultStore {
  readonly #arrays = new Map<KernelName, Floats>()
  #space: readonly number[] | null = null
  #ownSpace: readonly number[] = []
  /** Place of each element of a pair's block in the block of the mirrored pair; null where they are alike. */
  #swap: Int32Array | null = null

  constructor(
    readonly names: readonly KernelName[],
    readonly n1: number,
    readonly n2: number,
    readonly symmetric: boolean,
    readonly dtype: FloatDType,
  ) {}

  async put(tile: Tile, result: TileResult): Promise<void> {
    if (this.#space === null) {
      const { nngp, cov1, pairedSpace } = result
      this.#allocate((nngp as Tensor).shape.slice(2), cov1.shape.slice(1), pairedSpace)
    }
    for (const [name, into] of this.#arrays) {
      // Of one set with itself both diagonal terms are the first.
      const from = name === 'cov2' && this.symmetric ? result.cov1 : result[name]
      if (from === null) continue
      const data = (await from.data()) as Floats
      if (name === 'nngp' || name === 'ntk') this.#putPairs(tile, into, data)
      else if (name === 'cov1' || this.symmetric) {
        if (tile.cols.start === 0) putRows(into, tile.rows, data)
      } else if (tile.rows.start === 0) putRows(into, tile.cols, data)
    }
  }

  tensor(name: KernelName, backend: Backend): Tensor {
    const array = this.#arrays.get(name) as TypedArray
    if (name === 'cov1') return tensorFromData(array, [this.n1, ...this.#ownSpace], backend)
    if (name === 'cov2') return tensorFromData(array, [this.n2, ...this.#ownSpace], backend)
    return tensorFromData(array, [this.n1, this.n2, ...(this.#space ?? [])], backend)
  }

  /** The matrices of pairs that have no space, for tiles to go straight into. */
  matrices(backend: Backend): Matrices {
    this.#allocate([], [], false)
    const names = (['nngp', 'ntk'] as const).filter((name) => this.#arrays.has(name))
    return { names, tensors: () => names.map((name) => this.tensor(name, backend)) }
  }

  #allocate(space: readonly number[], ownSpace: readonly number[], paired: boolean): void {
    this.#space = space
    this.#ownSpace = ownSpace
    this.#swap = paired && space.length > 0 ? swapPairs(space) : null
    const width = sizeOf(space)
    const lengths = {
      nngp: this.n1 * this.n2 * width,
      ntk: this.n1 * this.n2 * width,
      cov1: this.n1 * sizeOf(this.#ownSpace),
      cov2: this.n2 * sizeOf(this.#ownSpace),
    }
    for (const name of this.names) this.#arrays.set(name, reserve(lengths[name], this.dtype))
  }

  #putPairs({ rows, cols }: Tile, into: Floats, data: Floats): void {
    const width = sizeOf(this.#space ?? [])
    const m = rows.stop - rows.start
    const run = (cols.stop - cols.start) * width
    const stride = this.n2 * width
    for (let i = 0; i < m; i++) {
      into.set(data.subarray(i * run, (i + 1) * run), (rows.start + i) * stride + cols.start * width)
    }
    if (!this.symmetric) return
    if (width === 1) mirror(into, this.n2, data, rows, cols)
    else this.#mirrorSpace(into, rows, cols, width)
  }

  #mirrorSpace(into: Floats, rows: Block, cols: Block, width: number): void {
    const swap = this.#swap
    for (let i = rows.start; i < rows.stop; i++) {
      for (let j = cols.start; j < Math.min(i, cols.stop); j++) {
        const from = (i * this.n2 + j) * width
        const to = (j * this.n2 + i) * width
        if (swap === null) into.copyWithin(to, from, from + width)
        else for (let s = 0; s < width; s++) into[to + (swap[s] as number)] = into[from + s] as number
      }
    }
  }
}

function putRows(into: Floats, block: Block, data: Floats): void {
  const width = data.length / (block.stop - block.start)
  into.set(data, block.start * width)
}

/** Copies a tile's part below the diagonal to its place above. */
function mirror(into: Floats, n: number, tile: Floats, rows: Block, cols: Block): void {
  const width = cols.stop - cols.start
  const below = Math.min(cols.stop, rows.start)
  // Eight columns are a line of the cache, which four rows at a time use up before it goes.
  for (let j0 = cols.start; j0 < below; j0 += 8) {
    const j1 = Math.min(j0 + 8, below)
    let i = rows.start
    for (; i + 4 <= rows.stop; i += 4) {
      for (let j = j0; j < j1; j++) {
        const from = (i - rows.start) * width + j - cols.start
        const to = j * n + i
        into[to] = tile[from] as number
        into[to + 1] = tile[from + width] as number
        into[to + 2] = tile[from + 2 * width] as number
        into[to + 3] = tile[from + 3 * width] as number
      }
    }
    mirrorPairs(into, n, tile, { start: i, stop: rows.stop }, j0, j1, rows, cols)
  }
  mirrorPairs(into, n, tile, rows, Math.max(cols.start, rows.start), cols.stop, rows, cols)
}

/** The same pair by pair, of `part` of the tile's rows and columns [j0, j1). */
function mirrorPairs(
  into: Floats,
  n: number,
  tile: Floats,
  part: Block,
  j0: number,
  j1: number,
  rows: Block,
  cols: Block,
): void {
  const width = cols.stop - cols.start
  for (let j = j0; j < j1; j++) {
    for (let i = Math.max(part.start, j + 1); i < part.stop; i++) {
      into[j * n + i] = tile[(i - rows.start) * width + j - cols.start] as number
    }
  }
}

/** Row-major places after the axes of each pair are exchanged: (h, h', w, w') to (h', h, w', w). */
function swapPairs(space: readonly number[]): Int32Array {
  const places = new Int32Array(sizeOf(space))
  const index = new Array<number>(space.length).fill(0)
  for (let s = 0; s < places.length; s++) {
    let rest = s
    for (let axis = space.length - 1; axis >= 0; axis--) {
      const d = space[axis] as number
      index[axis] = rest % d
      rest = Math.floor(rest / d)
    }
    let place = 0
    for (let axis = 0; axis < space.length; axis++) {
      place = place * (space[axis] as number) + (index[axis ^ 1] as number)
    }
    places[s] = place
  }
  return places
}

function reserve(length: number, dtype: FloatDType): Floats {
  try {
    return allocateDirty(dtype, length) as Floats
  } catch (cause) {
    throw new NtkError('value', {
      what: 'The kernel does not fit in memory.',
      got: `${((length * (dtype === 'float64' ? 8 : 4)) / 2 ** 30).toFixed(1)} GiB`,
      fix: 'Take fewer samples, float32 inputs, or a network that ends in Flatten or pooling.',
      cause,
    })
  }
}

import { pairsOf, type Wanted } from './samples.js'

/**
 * Where the blocks [positions, positions'] of pairs lie: all pairs of a sample of x1 stand side by side in one matrix
 * [positions, its pairs · positions'], and those matrices one after the other.
 */
export interface Panels {
  /** Of every sample of x1 the element where its matrix starts, and how many blocks that has. */
  readonly rows: readonly { readonly at: number; readonly blocks: number }[]
  readonly positions: number
  readonly elements: number
}

export function panelsOf(wanted: Wanted, n1: number, n2: number, positions: number): Panels {
  let elements = 0
  const rows = Array.from({ length: n1 }, (_, i) => {
    const blocks = wanted === 'own' ? 1 : wanted === 'lower' ? i + 1 : n2
    const at = elements
    elements += blocks * positions ** 2
    return { at, blocks }
  })
  return { rows, positions, elements }
}

/** K and Θ of all pairs of positions. */
export interface Blocks {
  readonly kind: 'blocks'
  readonly panels: Panels
  readonly nngp: Float64Array
  readonly ntk: Float64Array | null
}

/** K and Θ of equal positions, [positions, n1, capacity] with places for n2 samples and more. */
export interface Diagonals {
  readonly kind: 'diagonals'
  readonly nngp: Float64Array
  readonly ntk: Float64Array | null
}

/** One pair: which samples it is of, the element where its block starts, and how many there are from row to row. */
export interface BlockPlace {
  readonly i: number
  readonly j: number
  readonly at: number
  readonly ld: number
}

export function blocksIn({ rows, positions }: Panels, wanted: Wanted, n2: number): readonly BlockPlace[] {
  return pairsOf(wanted, rows.length, n2).map(([i, j]) => {
    const { at, blocks } = rows[i] as Panels['rows'][number]
    return { i, j, at: at + (wanted === 'own' ? 0 : j) * positions, ld: blocks * positions }
  })
}

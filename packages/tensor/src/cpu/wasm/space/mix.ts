import type { Shape } from '../../../shape.js'
import { type BlockPlace, type Blocks, blocksIn, type Diagonals, type Panels, panelsOf } from './blocks.js'
import type { MixingStep } from './instructions.js'
import {
  attentionMaps,
  attentionWeights,
  type PositionMaps,
  type Product,
  poolMaps,
} from './position-maps.js'
import { type Samples, type Wanted } from './samples.js'
import type { StartVariances } from './segment.js'
import { capacityFor } from './variances.js'

/** What is asked for, the same at every step. */
export interface MixedJob {
  readonly a: Samples
  /** The same object as `a` where the sets are one. */
  readonly b: Samples
  readonly wanted: Wanted
  readonly ntk: boolean
  /** Of the pairs that are wanted, those of equal samples. */
  readonly same: readonly (readonly [number, number])[]
  readonly multiply: Product
}

/** K and Θ of all pairs of positions, and K of each sample with itself: of both sides the same object where they are one. */
export interface State {
  readonly space: Shape
  readonly pairs: Blocks
  readonly own1: Blocks
  readonly own2: Blocks
}

/** What a step that mixes positions does to blocks of pairs and to those of each sample with itself. */
export interface Maps {
  readonly pairs: PositionMaps
  readonly own1: PositionMaps
  readonly own2: PositionMaps
  /** What the blocks are made first. */
  readonly values: (x: Blocks) => Blocks
}

export function mapsOf({ multiply }: MixedJob, step: MixingStep, state: State): Maps {
  const { own1, own2, pairs, space } = state
  if (step.kind === 'pool') {
    const maps = poolMaps(step, space)
    return { pairs: maps, own1: maps, own2: maps, values: (x) => x }
  }
  const g1 = attentionWeights(own1, step)
  const g2 = own2 === own1 ? g1 : attentionWeights(own2, step)
  const maps = (x: Float64Array, y: Float64Array): PositionMaps =>
    attentionMaps(x, y, pairs.panels.positions, multiply)
  const { embedding } = step
  return {
    pairs: maps(g1, g2),
    own1: maps(g1, g1),
    own2: maps(g2, g2),
    values: embedding?.inValues === true ? (x) => embedded(x, embedding) : (x) => x,
  }
}

/** share K + R and share Θ + R in every block. */
function embedded(
  { panels, nngp, ntk, kind }: Blocks,
  { share, correlations }: { readonly share: number; readonly correlations: Float64Array },
): Blocks {
  const { positions } = panels
  const added = (x: Float64Array): Float64Array => {
    const out = new Float64Array(x.length)
    for (const { at, blocks } of panels.rows) {
      for (let k = 0; k < blocks * positions ** 2; k++) {
        const row = Math.floor(k / (blocks * positions))
        out[at + k] =
          share * (x[at + k] as number) + (correlations[row * positions + (k % positions)] as number)
      }
    }
    return out
  }
  return { kind, panels, nngp: added(nngp), ntk: ntk === null ? null : added(ntk) }
}

/**
 * M₁ X of one matrix after the other. Blocks of equal samples by themselves, as those of a sample with itself are where nothing else is
 * asked for: products of other shapes may round otherwise, and what is one number must have the same bits.
 */
function eachLeft(
  x: Float64Array,
  { rows, positions }: Panels,
  maps: PositionMaps,
  same: MixedJob['same'],
  f: (left: Float64Array, i: number, columns: number) => void,
): void {
  const widest = Math.max(0, ...rows.map(({ blocks }) => blocks * positions))
  const left = new Float64Array(maps.positions * widest)
  const alone = rows.map((): number[] => [])
  for (const [i, j] of same) alone[i]?.push(j)
  rows.forEach(({ at, blocks }, i) => {
    const ld = blocks * positions
    const part = (from: number, to: number): void => {
      const offset = from * positions
      const target = { data: left, offset, ld }
      if (to > from) maps.left(i, { data: x, offset: at + offset, ld }, (to - from) * positions, target)
    }
    let from = 0
    for (const j of alone[i] ?? []) {
      part(from, j)
      part(j, j + 1)
      from = j + 1
    }
    part(from, blocks)
    f(left, i, ld)
  })
}

const placesByRow = (panels: Panels, wanted: Wanted, n2: number): readonly (readonly BlockPlace[])[] => {
  const rows: BlockPlace[][] = panels.rows.map(() => [])
  for (const place of blocksIn(panels, wanted, n2)) rows[place.i]?.push(place)
  return rows
}

/** Blocks behind maps, of pairs of which `n2` samples are on the right. */
function mixBlocks(
  blocks: Blocks,
  maps: PositionMaps,
  { wanted, same }: Pick<MixedJob, 'wanted' | 'same'>,
  n2: number,
): Blocks {
  const { panels } = blocks
  const after = panelsOf(wanted, panels.rows.length, n2, maps.positions)
  const rows = placesByRow(after, wanted, n2)
  const mixed = (x: Float64Array): Float64Array => {
    const out = new Float64Array(after.elements)
    eachLeft(x, panels, maps, wanted === 'own' ? [] : same, (left, i, columns) => {
      for (const [block, { j, at, ld }] of (rows[i] ?? []).entries()) {
        const from = { data: left, offset: block * panels.positions, ld: columns }
        maps.right(from, j, { data: out, offset: at, ld })
      }
    })
    return out
  }
  return {
    kind: 'blocks',
    panels: after,
    nngp: mixed(blocks.nngp),
    ntk: blocks.ntk === null ? null : mixed(blocks.ntk),
  }
}

/** All of a state behind maps. */
export function mix(job: MixedJob, maps: Maps, state: State, space: Shape): State {
  const { a, b, wanted } = job
  const pairs = mixBlocks(maps.values(state.pairs), maps.pairs, job, b.n)
  if (wanted === 'own') return { space, pairs, own1: pairs, own2: pairs }
  const own = (x: Blocks, map: PositionMaps, n: number): Blocks =>
    mixBlocks(maps.values(x), map, { wanted: 'own', same: [] }, n)
  const own1 = wanted === 'lower' ? ownOf(pairs) : own(state.own1, maps.own1, a.n)
  const own2 = state.own2 === state.own1 ? own1 : own(state.own2, maps.own2, b.n)
  return { space, pairs, own1, own2 }
}

/** Of one triangle of pairs K of each sample with itself. */
export function ownOf({ panels, nngp }: Blocks): Blocks {
  const { rows, positions } = panels
  const own = panelsOf('own', rows.length, rows.length, positions)
  const k = new Float64Array(own.elements)
  rows.forEach(({ at, blocks }, i) => {
    const from = { data: nngp, at: at + i * positions, ld: blocks * positions }
    copyBlock(from, { data: k, at: i * positions ** 2, ld: positions }, positions)
  })
  return { kind: 'blocks', panels: own, nngp: k, ntk: null }
}

interface BlockOf {
  readonly data: Float64Array
  readonly at: number
  readonly ld: number
}

function copyBlock(from: BlockOf, to: BlockOf, positions: number): void {
  for (let p = 0; p < positions; p++) {
    const start = from.at + p * from.ld
    to.data.set(from.data.subarray(start, start + positions), to.at + p * to.ld)
  }
}

/** Equal positions of blocks, behind maps where there are some: [positions, apart], those of a pair at the place that `placeOf` says. */
function equalOf(
  x: Float64Array,
  panels: Panels,
  { wanted, same }: Pick<MixedJob, 'wanted' | 'same'>,
  maps: PositionMaps | null,
  apart: number,
  placeOf: (i: number, j: number) => number,
): Float64Array {
  const before = panels.positions
  const out = new Float64Array((maps?.positions ?? before) * apart)
  const blocksOf = (i: number): readonly number[] =>
    wanted === 'own' ? [i] : Array.from({ length: panels.rows[i]?.blocks ?? 0 }, (_, j) => j)
  if (maps !== null) {
    eachLeft(x, panels, maps, wanted === 'own' ? [] : same, (left, i, ld) => {
      for (const [block, j] of blocksOf(i).entries()) {
        maps.equal({ data: left, offset: block * before, ld }, j, out, placeOf(i, j), apart)
      }
    })
    return out
  }
  panels.rows.forEach(({ at, blocks }, i) => {
    for (const [block, j] of blocksOf(i).entries()) {
      const from = at + block * before
      for (let p = 0; p < before; p++) {
        out[p * apart + placeOf(i, j)] = x[from + p * (blocks * before + 1)] as number
      }
    }
  })
  return out
}

/** Equal positions [positions, capacity] of the blocks of each sample with itself. */
function ownDiagonals({ nngp, panels }: Blocks, maps: PositionMaps | null): Float64Array {
  const capacity = capacityFor(panels.rows.length)
  return equalOf(nngp, panels, { wanted: 'own', same: [] }, maps, capacity, (i) => i)
}

/** The variances of all positions of both sides. */
export function variancesOfState({ own1, own2 }: State): StartVariances {
  const of1 = ownDiagonals(own1, null)
  return { of1, of2: own1 === own2 ? of1 : ownDiagonals(own2, null) }
}

/** Equal positions of a state, behind maps where there are some, of which nothing else is made then. */
export function equalAfter(
  job: MixedJob,
  maps: Maps | null,
  { pairs, own1, own2 }: State,
): { readonly from: Diagonals; readonly variances: StartVariances } {
  const values = maps?.values ?? ((x: Blocks): Blocks => x)
  const own = (x: Blocks, map: PositionMaps | undefined): Float64Array => ownDiagonals(values(x), map ?? null)
  const of1 = own(own1, maps?.own1)
  const of2 = own2 === own1 ? of1 : own(own2, maps?.own2)
  const variances = { of1, of2 }
  if (job.wanted === 'own') return { from: { kind: 'diagonals', nngp: of1, ntk: null }, variances }
  const capacity = capacityFor(job.b.n)
  const { panels, nngp, ntk } = values(pairs)
  const equal = (x: Float64Array): Float64Array =>
    equalOf(x, panels, job, maps?.pairs ?? null, job.a.n * capacity, (i, j) => i * capacity + j)
  const from: Diagonals = { kind: 'diagonals', nngp: equal(nngp), ntk: ntk === null ? null : equal(ntk) }
  return { from, variances }
}

import {
  type Backend,
  type DualStep,
  type SeriesTable,
  type Shape,
  type SpaceStep,
  sizeOf,
} from '@ntk/tensor'
import type { TileSize } from '@ntk/tiles'
import { wholeRun } from '../evaluate/runs.js'
import { mixesPositions } from '../evaluate/space-mixing.js'
import { type SpaceRun, spaceRunOf } from '../evaluate/space-run.js'
import { chains, layoutBefore, mixesSamples } from '../steps/chain.js'
import { withoutNames } from '../steps/names.js'
import { elementsOf, type SpatialLayout } from '../steps/rule.js'
import type { KernelStep } from '../steps/step.js'
import type { Layout } from './input.js'

/** By which way a network's kernel is made. */
export interface Path {
  /** The whole network as one run on vectors. */
  readonly fused: readonly DualStep[] | null
  /** Its first steps as one run in space. */
  readonly inSpace: SpaceRun | null
  /** Whether the samples are made vectors first. */
  readonly flat: boolean
  /** How the positions of the data are looked at. */
  readonly layout: Layout
  /** Whether all samples are one tile, because they depend on each other. */
  readonly whole: boolean
}

/**
 * The way of steps in the standard order of axes, for inputs of a shape [batch, spatial..., channels], with names of layers only where
 * their kernels are wanted, and with the layout `after` them. Data that are `plain` have neither padding nor graphs.
 */
export function pathOf(
  steps: readonly KernelStep[],
  after: SpatialLayout,
  shape: Shape,
  backend: Backend,
  plain: boolean = true,
): Path {
  const vectors = shape.length === 2
  const bare = withoutNames(steps)
  // Vectors, or anything that is flattened first.
  const run = vectors || steps[0]?.kind === 'flatten' ? wholeRun(bare) : null
  const flat = run !== null && !vectors
  // What is wanted on the way goes tile by tile, in as many pieces.
  const fused = bare.length === steps.length ? run : null
  const hasSpace = backend.composites.spaceKernel !== undefined && backend.dtypes.includes('float64')
  const inSpace = fused === null && plain && hasSpace ? spaceRunOf(steps, shape) : null
  const own: Layout = flat || vectors ? 'vector' : layoutBefore(steps, after)
  return {
    fused,
    inSpace,
    flat,
    layout: inSpace === null ? own : 'full',
    whole: fused === null && mixesSamples(steps),
  }
}

/** Numbers a sample that steps by series hold, of inputs and activations with squares of about 1. */
export function numbersOfSeries(steps: readonly DualStep[]): number {
  return steps.reduce((total, step, s) => {
    if (step.kind !== 'series') return total
    const before = steps[s - 1]
    return total + termsAt(step.table, before?.kind === 'affine' ? before.wVar + before.bVar : 1)
  }, 0)
}

function termsAt({ pieces }: SeriesTable, variance: number): number {
  return (pieces.find(({ to }) => variance <= to) ?? pieces.at(-1))?.terms ?? 0
}

/** Numbers beside terms and reaches, of a step by series in space: what is made of the variance, and that itself, before and behind. */
const besideTerms = 6

/** The same a position of a sample, of a run in space, with all that lies beside the terms. */
export function numbersOfSeriesInSpace(steps: readonly SpaceStep[]): number {
  return steps.reduce((total, step, s) => {
    if (step.kind === 'sum')
      return total + step.branches.reduce((sum, branch) => sum + numbersOfSeriesInSpace(branch), 0)
    if (step.kind !== 'series') return total
    const before = steps[s - 1]
    const terms = termsAt(step.table, before?.kind === 'window' ? before.wVar + before.bVar : 1)
    return total + terms + step.table.counts.indexOf(terms) + 1 + besideTerms
  }, 0)
}

/** Numbers that series hold of the samples of a tile, at most: 256 MiB. */
const numbersOfTile = 2 ** 25

/** Operations of a tile in space: a third of a second or so on one core. */
const operationsOfTile = 6e9

/**
 * Fused tiles are broad: a long matrix product is the quickest, and the steps take it a few rows at a time. Those that go
 * layer by layer are square and stay in the cache; in space a pair alone does, and a tile is a third of a second's work.
 */
export function tileSizeOf(
  { fused, inSpace, layout }: Path,
  steps: readonly KernelStep[],
  shape: Shape,
  wanted: number | undefined,
): TileSize {
  if (fused !== null) {
    const samples = numbersOfTile / Math.max(1, numbersOfSeries(fused))
    const rows = wanted ?? Math.max(16, Math.min(1024, Math.floor(samples / 2)))
    return { rows, cols: Math.max(rows, Math.min(4 * rows, Math.floor(samples) - rows)) }
  }
  const most =
    inSpace === null ? 2 ** 18 / elementsBefore(shape, layout) : pairsInSpace(inSpace, steps, shape)
  const side = wanted ?? Math.max(1, Math.min(256, Math.floor(Math.sqrt(most))))
  return { rows: side, cols: side }
}

function elementsBefore(shape: Shape, layout: Layout): number {
  return layout === 'vector' ? 1 : elementsOf(shape, layout)
}

function pairsInSpace({ params, taken }: SpaceRun, steps: readonly KernelStep[], shape: Shape): number {
  const positions = sizeOf(shape.slice(1, -1))
  const mixes = mixesPositions(params.steps)
  const perPair = params.end === 'meanOfEqual' && !mixes ? positions : positions ** 2
  const work = { shapes: [shape], after: 'diagonal', ntk: true } as const
  const most = 2 ** 22 / perPair
  const pairs = Math.min(most, operationsOfTile / chains.operations(steps.slice(0, taken), work))
  // Where positions mix a tile takes every sample of its sides by itself too: of one pair alone that would be twice the work.
  const wanted = mixes ? Math.max(pairs, Math.min(most, 4)) : pairs
  const numbers = positions * Math.max(1, numbersOfSeriesInSpace(params.steps))
  const samples = Math.floor(numbersOfTile / numbers / 2)
  return Math.min(samples ** 2, wanted)
}

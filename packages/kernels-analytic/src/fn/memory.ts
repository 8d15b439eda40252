import { type FloatDType, type Shape, type SpaceStep, sizeOf, threadReport } from '@ntk/tensor'
import type { TileSize } from '@ntk/tiles'
import { mixesPositions } from '../evaluate/space-mixing.js'
import { chains, layoutBefore } from '../steps/chain.js'
import { elementsOf, type SpatialLayout } from '../steps/rule.js'
import type { KernelStep } from '../steps/step.js'
import { type Row, rowsOf } from '../steps/table-of-net.js'
import { leavesOf, type Shaped, type Tree } from '../tree.js'
import type { KernelName } from './options.js'
import { numbersOfSeries, numbersOfSeriesInSpace, type Path } from './path.js'

/** Bytes that a kernel takes beside its inputs and what the process has anyway. */
export interface KernelMemory {
  /** The results, where they are held; 0 where a sink takes them. */
  readonly result: number
  /** Copies of the inputs, and their squares. */
  readonly inputs: number
  /** At most, the tiles that are on their way: what their steps hold, and what the garbage collector has not taken yet. */
  readonly working: number
  /** All of it. */
  readonly total: number
}

/** What of a job decides how much memory it takes. */
export interface MemoryJob {
  readonly n1: number
  /** Null: x1 with itself. */
  readonly n2: number | null
  readonly names: readonly KernelName[]
  readonly dtype: FloatDType
  readonly tile: TileSize
  /** Whether the results are held in memory. */
  readonly inMemory: boolean
}

/** Numbers a pair of samples, of one branch and of all that stand side by side, at the most, and of what is given. */
export interface PairSizes {
  readonly single: number
  readonly together: number
  readonly last: number
}

const mebi = 2 ** 20

/*
 * What was measured on the CPU engine with Node 20 and 22, of peaks of resident memory, for arrays from 0.5 to 20 MiB and all kinds of
 * layers: compiled code and the heap; garbage that lies about before V8 looks for it, in arrays where these are small; and that a step
 * in plain ops and its garbage are 22 arrays of its tile. A branch that waits holds its two kernels.
 */
const engine = 22 * mebi
const garbage = 35 * mebi
const arraysOfSmallSteps = 50
const arraysOfSteps = 22
const arraysOfBranch = 2
const arraysOfTile = 2.3
/** The data themselves take fewer arrays than a step on what is as large. */
const shareOfData = 0.6
/** Garbage beside a run in space, whose tables are small. */
const garbageInSpace = 28 * mebi
/*
 * In space short jobs end before threads start and the heap grows: of the compiled code and heap of others they take a part, and the rest comes
 * between these numbers of operations.
 */
const engineOfShortRuns = 5 * mebi
const operationsOfShortRuns = 3e8
const operationsOfLongRuns = 6e8
/** Where positions mix: arrays of all pairs of positions at a time, and what of them lies about. */
const arraysOfAttention = 4
const arraysOfPools = 2.5
const garbageOfAttention = 62 * mebi
const garbageOfPools = 70 * mebi
/** Where all pairs of positions go through a run: K and Θ of a class of them, before a step and behind it, in each thread and for each sum on its way; small angles too where ReLU reads them. */
const arraysOfClass = 2

/** Sizes of a pair of samples on its way through steps, from data [batch, spatial..., channels] on. What is given is the end, or what stands behind names. */
export function pairSizes(
  steps: readonly KernelStep[],
  inputs: Tree<Shaped>,
  after: SpatialLayout,
): PairSizes {
  const layout = layoutBefore(steps, after)
  const each = leavesOf(inputs).map(({ shape }) => elementsOf(shape, layout))
  const rows = rowsOf(steps, inputs, after, false)
  const elementsAt = (those: readonly Row[]): number =>
    those.reduce((total, { row }) => total + row.elements, 0)
  const names = rows.filter(({ step }) => step.kind === 'name')
  const end = rows.filter(({ row }) => row.depth === 0).slice(-1)
  const given = each.reduce((total, elements) => total + elements, 0)
  return {
    single: Math.max(
      shareOfData * Math.max(...each),
      ...rows.map(({ row }) => row.elements / Math.max(1, row.shapes.length)),
    ),
    together: Math.max(given, ...rows.map(({ row }) => row.elements)),
    last:
      names.length > 0
        ? elementsAt(names)
        : end.length > 0
          ? elementsAt(end)
          : leavesOf(inputs).reduce((total, { shape }) => total + elementsOf(shape, after), 0),
  }
}

/** What a job takes; see `KernelMemory`. */
export function memoryOf(
  path: Path,
  steps: readonly KernelStep[],
  inputs: Tree<Shaped>,
  sizes: PairSizes,
  job: MemoryJob,
): KernelMemory {
  const shapes = leavesOf(inputs).map(({ shape }) => shape)
  const result = job.inMemory ? resultBytes(sizes, job) : 0
  const copies = shapes.reduce((total, shape) => total + inputBytes(path, shape, job), 0)
  // Only a network of one input has a run in space.
  const first = shapes[0] ?? []
  const working = engineBytes(path, steps, first, job) + workingBytes(path, steps, first, sizes, job)
  return { result, inputs: copies, working, total: result + copies + working }
}

/** Bytes of what is asked for. */
export function resultBytes(
  { last }: PairSizes,
  { n1, n2, names, dtype }: Omit<MemoryJob, 'tile' | 'inMemory'>,
): number {
  const width = dtype === 'float64' ? 8 : 4
  const of = { nngp: n1 * (n2 ?? n1), ntk: n1 * (n2 ?? n1), cov1: n1, cov2: n2 ?? n1 }
  return names.reduce((total, name) => total + width * last * of[name], 0)
}

/** Squares, variances and places of all positions; and a copy, of float32, or where positions come first. */
function inputBytes({ inSpace, layout }: Path, shape: Shape, { n1, n2, dtype }: MemoryJob): number {
  const positions = layout === 'vector' || shape.length === 2 ? 1 : sizeOf(shape.slice(1, -1))
  const copied = dtype === 'float32' || (layout === 'diagonal' && inSpace === null && positions > 1)
  return 8 * (n1 + (n2 ?? 0)) * (3 * positions + (copied ? sizeOf(shape.slice(1)) : 0))
}

/** Compiled code, threads and the heap. */
function engineBytes(
  { inSpace }: Path,
  steps: readonly KernelStep[],
  shape: Shape,
  { n1, n2, names }: MemoryJob,
): number {
  if (inSpace === null || mixesPositions(inSpace.params.steps)) return engine
  const work = { shapes: [shape], after: 'diagonal', ntk: names.includes('ntk') } as const
  const pairs = n2 === null ? (n1 * (n1 + 1)) / 2 : n1 * n2
  const operations = pairs * chains.operations(steps.slice(0, inSpace.taken), work)
  const share = (operations - operationsOfShortRuns) / (operationsOfLongRuns - operationsOfShortRuns)
  return engineOfShortRuns + Math.min(1, Math.max(0, share)) * (engine - engineOfShortRuns)
}

function workingBytes(
  { fused, inSpace, whole }: Path,
  steps: readonly KernelStep[],
  shape: Shape,
  { single, together }: PairSizes,
  { n1, n2, names, tile, inMemory }: MemoryJob,
): number {
  const other = n2 ?? n1
  const rows = whole ? n1 : Math.min(tile.rows, n1)
  // Of a set with itself, a tile reaches from the first column to the diagonal.
  const across = n2 === null && fused !== null ? Math.max(rows, n1 - rows) : other
  const cols = whole ? other : Math.min(tile.cols, across)
  const tiles = Math.ceil(n1 / rows) * Math.ceil(other / cols) * (n2 === null ? 0.5 : 1) + 0.5
  const array = 8 * rows * cols
  if (fused !== null) {
    // Into a result in memory a tile goes without arrays of its own; half of one stands for what its rows take.
    const arrays = arraysOfTile * (inMemory ? 0.5 : names.length) * array
    return arrays + 8 * (rows + cols) * numbersOfSeries(fused)
  }
  if (inSpace !== null) {
    const numbers = 2 * (shape.at(-1) as number) + 2 * readersOf(inSpace.params.steps) + 2
    const ofTile = 8 * (rows + cols) * sizeOf(shape.slice(1, -1)) * numbers
    const lines = numbersOfSeriesInSpace(inSpace.params.steps)
    const ofSeries = 8 * (rows + cols) * sizeOf(shape.slice(1, -1)) * lines
    const { attentions, pools } = mixersOf(inSpace.params.steps)
    const beside = classBytes(inSpace, shape)
    if (attentions + pools === 0) {
      // Tiles at the border are narrow.
      const wholeTiles = (n1 * other * (n2 === null ? 0.5 : 1)) / (rows * cols) + 0.5
      return ofTile + ofSeries + beside + Math.min(wholeTiles * ofTile, garbageInSpace)
    }
    // Of a set with itself a tile on the diagonal is a triangle.
    const pairs =
      n2 === null ? Math.max((rows * (rows + 1)) / 2, rows * Math.min(cols, n1 - rows)) : rows * cols
    const most = attentions > 0 ? garbageOfAttention : garbageOfPools
    const blocks = (attentions > 0 ? arraysOfAttention : arraysOfPools) * 8 * pairs * single
    const made = (attentions + pools / 2) * Math.max(1, tiles) * blocks
    return ofTile + ofSeries + beside + blocks + Math.min(Math.max(0, made - blocks), most)
  }
  const arrays = array * single
  const made = arraysOfSteps * steps.length * tiles * arrays
  const held = Math.min(made, arraysOfSmallSteps * arrays, garbage + arraysOfSteps * arrays)
  return held + arraysOfBranch * array * (together - single)
}

/** What the threads in use now hold of a class: all pairs of positions of one difference along the axes but the last. */
function classBytes({ params }: NonNullable<Path['inSpace']>, shape: Shape): number {
  if (params.end === 'meanOfEqual' && !mixesPositions(params.steps)) return 0
  const space = shape.slice(1, -1)
  const array = 8 * sizeOf(space) * (space.at(-1) as number)
  const arrays = arraysOfClass + (readsAngles(params.steps) ? 1 : 0)
  return threadReport().threads * arrays * (2 + sumsIn(params.steps)) * array
}

const readsAngles = (steps: readonly SpaceStep[]): boolean =>
  steps.some((step) => step.kind === 'abRelu' || (step.kind === 'sum' && step.branches.some(readsAngles)))

/** How many sums are on their way at a time, each with what goes in and what is there so far. */
const sumsIn = (steps: readonly SpaceStep[]): number =>
  Math.max(0, ...steps.map((step) => (step.kind === 'sum' ? 2 + Math.max(...step.branches.map(sumsIn)) : 0)))

/** How many steps map positions onto each other, by kind. */
function mixersOf(steps: readonly SpaceStep[]): { readonly attentions: number; readonly pools: number } {
  let [attentions, pools] = [0, 0]
  for (const step of steps) {
    if (step.kind === 'attention') attentions += 1
    if (step.kind === 'pool') pools += 1
    for (const branch of step.kind === 'sum' ? step.branches : []) {
      const own = mixersOf(branch)
      attentions += own.attentions
      pools += own.pools
    }
  }
  return { attentions, pools }
}

/** How many steps read the variances before them, which are held. */
const readersOf = (steps: readonly SpaceStep[]): number =>
  steps.reduce((total, step) => {
    if (step.kind === 'sum') return total + step.branches.reduce((sum, branch) => sum + readersOf(branch), 0)
    const reads = step.kind !== 'window' && step.kind !== 'attention' && step.kind !== 'pool'
    return total + (reads ? 1 : 0)
  }, 0)

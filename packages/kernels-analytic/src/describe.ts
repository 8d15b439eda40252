import { defaultBackend, type FloatDType, NtkError, type Shape, showShape } from '@ntk/tensor'
import {
  boolean,
  oneOf,
  oneOrMore,
  optional,
  orNull,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireList,
} from '@ntk/tensor/options'
import type { TileSize } from '@ntk/tiles'
import { type At, askedNames, atRule, requireNames, untilNames } from './fn/at.js'
import { type KernelMemory, memoryOf, pairSizes, resultBytes } from './fn/memory.js'
import { type KernelName, type KernelNames, kernelNames } from './fn/options.js'
import { pathOf, tileSizeOf } from './fn/path.js'
import { pathOfTree, tileSizeOfTree } from './fn/tree-path.js'
import { layoutAtEnd, layoutBefore } from './steps/chain.js'
import { toStandard } from './steps/layout.js'
import { withoutNames } from './steps/names.js'
import { stepsOf } from './steps/net.js'
import { hasOwnAxes, resolveAxes, withoutBounds } from './steps/resolve-axes.js'
import { elementsOf } from './steps/rule.js'
import type { KernelNet, KernelStep, OneNet, TreeNet } from './steps/step.js'
import { type LayerDescription, rowsOf } from './steps/table-of-net.js'
import { needsTree } from './steps/through-tree.js'
import { isBranches, leavesOf, mapTree, type Shaped, type Tree, zipTrees } from './tree.js'

export interface DescribeOptions {
  /** Samples of x1; 1 unless given. */
  readonly n1?: number | undefined
  /** Samples of x2; null (the default): x1 with itself, of which one triangle is computed. */
  readonly n2?: number | null | undefined
  /** Whether the NTK is wanted beside the NNGP, true unless given; short for `get`. */
  readonly ntk?: boolean | undefined
  /** What is asked for, as of `kernelFn`: ['nngp', 'ntk'] unless given. */
  readonly get?: KernelNames | undefined
  /** Layers with names whose kernels are wanted in place of the network's own, as of `kernelFn`. */
  readonly at?: At
  /** Rows of a tile, as of `kernelFn`. */
  readonly tile?: number | undefined
  /** Of the inputs, and so of the results; 'float64' unless given. */
  readonly dtype?: FloatDType | undefined
  /** Whether the results go to a sink on disk, so that memory does not hold them; no unless given. */
  readonly sink?: boolean | undefined
}

const rules = {
  n1: positiveInteger(1),
  n2: orNull(positiveInteger(), null),
  ntk: optional(boolean()),
  get: optional(oneOrMore<KernelName>(kernelNames)),
  at: atRule(),
  tile: optional(positiveInteger()),
  dtype: oneOf(['float64', 'float32'], 'float64'),
  sink: boolean(false),
} satisfies RulesFor<DescribeOptions>

/** What the kernel of a network takes, before it is made. */
export interface NetDescription {
  readonly layers: readonly LayerDescription[]
  /** Pairs of samples that are computed. */
  readonly pairs: number
  /** Arithmetic operations in all, those of the product of the inputs included. */
  readonly operations: number
  /** Bytes of the results that are asked for, wherever they go. */
  readonly resultBytes: number
  /** How it is made: the whole network in one piece on vectors, its first layers in one piece in space, or layer by layer. */
  readonly way: 'vectors' | 'space' | 'layers'
  /** Samples a side of a tile of pairs, and how many tiles there are. */
  readonly tile: TileSize
  readonly tiles: number
  /** Pairs in all tiles: those of a tile on the diagonal go twice through networks that are made layer by layer. */
  readonly computedPairs: number
  /** What `kernelFn` takes beside inputs and process, on the host. */
  readonly memory: KernelMemory
  /**
   * What quadratures may add up to in K, in parts of the deviations √(K(x, x) K(x', x')): the sum of what the layers have. Null where all layers have closed
   * forms. It counts the layers' own errors. A chaotic network makes them grow as any rounding, also those of the data.
   */
  readonly error: number | null
  /** Most bytes that one pair of samples takes on its way, in float64. */
  readonly bytesPerPair: number
}

/**
 * A table of a network's layers with the shapes, requirements, cost and memory of its kernel, for inputs of a shape
 * [batch, features] or [batch, spatial..., channels], or with the axes that the first layers ask for (the batch is not looked at). Of a
 * network with several inputs a tree of such shapes, [[-1, 784], [[-1, 8, 8, 3], [-1, 10]]].
 *
 * Throws NtkError 'shape' on an input shape without sizes, and what the kernel itself would throw about branches and layers
 * without a kernel.
 */
export function describe(net: OneNet, inputShape: Shape, options?: DescribeOptions): NetDescription
export function describe(net: TreeNet, inputShape: Tree<Shape>, options?: DescribeOptions): NetDescription
export function describe(net: KernelNet, inputShape: Shape, options?: DescribeOptions): NetDescription
export function describe(net: KernelNet, inputShape: Tree<Shape>, options?: DescribeOptions): NetDescription {
  const { n1, n2, at, dtype, sink, ...read } = readOptions('describe', rules, options)
  const names = namesOf(read)
  const ntk = names.includes('ntk')
  const own = stepsOf(net)
  requireList(inputShape, 'The input shape of describe')
  const { steps, inputs } = standard(own, shapesIn(inputShape))
  const asked = askedNames(at)
  if (asked !== null) requireNames('describe', own, asked)
  const whole = withoutNames(steps, asked ?? [])
  const { steps: until, after } =
    asked === null ? { steps: whole, after: layoutAtEnd(whole) } : untilNames(whole, asked)
  const layers = rowsOf(until, inputs, after, ntk).map(({ row }) => row)
  const before = layoutBefore(until, after)
  const leaves = leavesOf(inputs).map(({ shape }) => ({ shape, elements: elementsOf(shape, before) }))
  const first = leaves.reduce((total, { elements }) => total + elements, 0)
  const bare = withoutBounds(until)
  const pairs = n2 === null ? (n1 * (n1 + 1)) / 2 : n1 * n2
  const product = leaves.reduce((sum, { shape, elements }) => sum + 2 * elements * (shape.at(-1) ?? 0), 0)
  const perPair = layers
    .filter((layer) => layer.depth === 0)
    .reduce((total, layer) => total + layer.operations, product)
  const only = isBranches(inputs) || needsTree(bare) ? null : (inputs as Shaped).shape
  const path = only === null ? pathOfTree(bare, after) : pathOf(bare, after, only, defaultBackend())
  const tile =
    only === null ? tileSizeOfTree(bare, inputs, after, read.tile) : tileSizeOf(path, bare, only, read.tile)
  const job = { n1, n2, names, dtype, tile, inMemory: !sink }
  const sizes = pairSizes(bare, inputs, after)
  return {
    layers,
    pairs,
    operations: pairs * perPair,
    resultBytes: resultBytes(sizes, job),
    error: errorOf(layers),
    bytesPerPair: 8 * (ntk ? 2 : 1) * Math.max(first, ...layers.map((layer) => layer.elements)),
    way: path.fused !== null ? 'vectors' : path.inSpace !== null ? 'space' : 'layers',
    ...tilesOf(path.whole ? { rows: n1, cols: n2 ?? n1 } : tile, job),
    memory: memoryOf(path, bare, inputs, sizes, job),
  }
}

function errorOf(layers: readonly LayerDescription[]): number | null {
  const errors = layers.map(({ error }) => error).filter((error) => error !== null)
  return errors.length === 0 ? null : errors.reduce((sum, error) => sum + error, 0)
}

const isShape = (tree: unknown): tree is Shape =>
  Array.isArray(tree) && !tree.some((entry: unknown) => Array.isArray(entry))

/** The shapes of a tree, the batch left open. Throws NtkError 'shape' on one without sizes. */
function shapesIn(tree: Tree<Shape>): Tree<Shaped> {
  if (!isShape(tree)) {
    return (tree as readonly Tree<Shape>[]).map((branch) => {
      requireList(branch, 'An input shape of describe')
      return shapesIn(branch)
    })
  }
  return { shape: tree }
}

/** Throws NtkError 'shape' unless all sizes but the batch are known. */
function withBatch(shape: Shape, given: Shape): Shape {
  const [, ...sizes] = shape
  if (sizes.length > 0 && sizes.every((d) => Number.isInteger(d) && d >= 1)) return [-1, ...sizes]
  throw new NtkError('shape', {
    what: 'describe needs an input shape [batch, features] or [batch, spatial..., channels] with known sizes.',
    got: showShape(given),
    fix: 'Use [-1, ...x.shape.slice(1)].',
  })
}

function namesOf({ ntk, get }: Pick<DescribeOptions, 'ntk' | 'get'>): readonly KernelName[] {
  const names = get === undefined ? undefined : typeof get === 'string' ? [get] : get
  if (names === undefined) return ntk === false ? ['nngp'] : ['nngp', 'ntk']
  if (ntk === undefined || ntk === names.includes('ntk')) return names
  throw new NtkError('option', {
    what: 'describe has ntk and get, which say the same, and here not the same.',
    got: `ntk: ${ntk}, get: ${names.join(', ')}`,
    fix: 'Leave ntk out.',
  })
}

/** The plan of `kernelFn`, counted and not made: it may be long. */
function tilesOf(
  tile: TileSize,
  { n1, n2 }: { readonly n1: number; readonly n2: number | null },
): Pick<NetDescription, 'tile' | 'tiles' | 'computedPairs'> {
  const rows = Math.ceil(n1 / tile.rows)
  if (n2 !== null) return { tile, tiles: rows * Math.ceil(n2 / tile.cols), computedPairs: n1 * n2 }
  let [tiles, computedPairs] = [0, 0]
  for (let start = 0; start < n1; start += tile.rows) {
    const height = Math.min(tile.rows, n1 - start)
    tiles += Math.ceil(start / tile.cols) + 1
    computedPairs += height * (start + height)
  }
  return { tile, tiles, computedPairs }
}

/** Steps and shapes in the order [batch, spatial..., channels]. */
function standard(
  own: readonly KernelStep[],
  given: Tree<Shaped>,
): { readonly steps: readonly KernelStep[]; readonly inputs: Tree<Shaped> } {
  if (!hasOwnAxes(own)) {
    return { steps: own, inputs: mapTree(given, ({ shape }) => ({ shape: withBatch(shape, shape) })) }
  }
  const { steps, inputs } = resolveAxes(own, given)
  const ordered = mapTree(zipTrees('describe', given, inputs), ({ a, b }) => ({
    shape: withBatch(toStandard(a.shape, b), a.shape),
  }))
  return { steps, inputs: ordered }
}

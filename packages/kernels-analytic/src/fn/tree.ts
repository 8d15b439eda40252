import { type FloatDType, type Tensor, throwIfAborted, turnEvery } from '@ntk/tensor'
import { type Job, memorySink, planTiles, type Wait, walkTiles } from '@ntk/tiles'
import { evaluateRuns } from '../evaluate/runs.js'
import { evaluateTree, inputLeaf } from '../evaluate/tree.js'
import type { Kernel, Patterns } from '../kernel.js'
import { chains, layoutAtEnd } from '../steps/chain.js'
import { fullName, withoutNames } from '../steps/names.js'
import { stepsOf } from '../steps/net.js'
import { withoutBounds } from '../steps/resolve-axes.js'
import type { Seen } from '../steps/rule.js'
import type { KernelNet, KernelStep } from '../steps/step.js'
import { structureAfter } from '../steps/through-tree.js'
import { isBranches, leavesOf, mapTree, type Tree } from '../tree.js'
import { askedNames, requireNames, untilNames } from './at.js'
import { type Layout, readInput } from './input.js'
import { jobOf } from './job.js'
import { type HeldJob, requireRoomFor } from './memory-of-job.js'
import type { ReadKernelOptions } from './options.js'
import { patternsOf } from './patterns.js'
import { recordAt, tensorsAt } from './results.js'
import { type Inputs, resultOf, type TileResult, type TileSources, tileKernel } from './source.js'
import { standardTrees } from './standard-inputs.js'
import { generalTiles, wholeTile } from './tiles.js'
import { checkLeaves, checkSamples, pairLeaves } from './tree-input.js'
import { pathOfTree, tileSizeOfTree } from './tree-path.js'

/**
 * `kernelFn` of a network that takes a tree of inputs or gives a tree of values: what it gives is a tree of results, a record of them by the
 * names of layers, or a sink's handle.
 */
export async function treeKernels(
  net: KernelNet,
  given1: Tree<Tensor>,
  given2: Tree<Tensor> | null,
  options: ReadKernelOptions,
  wait: Wait,
): Promise<unknown> {
  const { names, at, tile: wanted, get, maskConstant, pattern1, pattern2, ...call } = options
  const own = stepsOf(net)
  const asked = askedNames(at)
  if (asked !== null) requireNames('kernelFn', own, asked)
  const patterns = patternsOf({ pattern1, pattern2 }, given2 === null)
  const sample = checkLeaves(given1, 'x1')
  if (given2 !== null) checkLeaves(given2, 'x2', sample)
  const { steps: resolved, x1, x2 } = standardTrees(own, given1, given2)
  checkSamples(x1, 'x1')
  if (x2 !== null) checkSamples(x2, 'x2')
  const pairs = pairLeaves(x1, x2 ?? x1)

  const bare = withoutNames(withoutBounds(resolved), asked ?? [])
  const { steps, after } =
    asked === null ? { steps: bare, after: layoutAtEnd(bare) } : untilNames(bare, asked)
  const paths = asked === null ? mapTree(structureAfter(steps, x1), (_, path) => path) : null
  const path = pathOfTree(steps, after)
  const dtype = sample.dtype as FloatDType
  const tileSize = tileSizeOfTree(steps, x1, after, wanted)
  const held = call.sink === undefined || call.sink === memorySink
  const job: HeldJob = { x1, x2, names, after, tile: tileSize, dtype, held }
  requireRoomFor(path, steps, job)

  const sets = await wait(readSets(pairs, x2 === null, path.layout, { maskConstant, patterns }, wait))
  const inputs = sets[0] as Inputs
  const source = treeSource(steps, { sets, like: x1 }, names.includes('ntk'), asked, call.signal)
  const sizes = { n1: inputs.x1.n, n2: inputs.x2.n, symmetric: x2 === null }
  const whole = path.whole ? wholeTile(inputs) : undefined
  const tiled = planTiles({ ...sizes, tile: tileSize })
  const places = asked ?? (paths !== null && isBranches(paths) ? leavesOf(paths) : null)
  const first = whole ?? (call.sink === undefined ? tiled.tiles[0] : undefined)
  const tiles = await wait(
    generalTiles(source, inputs, { names, at: places, dtype }, first, whole === undefined),
  )
  const { arrays, compute, n1, n2 } = tiles
  const plan = whole === undefined ? tiled : planTiles({ ...sizes, n1, n2, tile: { rows: n1, cols: n2 } })
  const walk = { ...call, what: 'The kernel', plan, arrays, compute, splits: whole === undefined }
  const known = (): Promise<Job> => jobOf(net, given1, given2, maskConstant, { pattern1, pattern2 })
  const result = await wait(walkTiles({ ...walk, job: known }))
  if (call.sink !== undefined) return result
  if (asked !== null) return recordAt(result, at, asked, get, sample.backend, wait)
  if (places === null) return tensorsAt(result, null, get, sample.backend, wait)
  const found = await recordAt(result, places, places, get, sample.backend, wait)
  return mapTree(paths as Tree<string>, (place) => (found as Record<string, unknown>)[place])
}

interface Beside {
  readonly maskConstant: number | undefined
  readonly patterns: Patterns | undefined
}

/** The two sides of each input, read to the host. */
async function readSets(
  pairs: readonly { readonly a: Tensor; readonly b: Tensor }[],
  same: boolean,
  layout: Layout,
  { maskConstant, patterns }: Beside,
  wait: Wait,
): Promise<readonly Inputs[]> {
  const sets: Inputs[] = []
  for (const { a, b } of pairs) {
    const own = a.shape.length === 2 ? 'vector' : layout
    const x1 = await wait(readInput(a, 'x1', own, maskConstant))
    const x2 = same ? x1 : await wait(readInput(b, 'x2', own, maskConstant))
    sets.push({ x1, x2, backend: a.backend, patterns })
  }
  return sets
}

/** The sets of all inputs, leaf by leaf of a tree like the inputs. */
interface TreeSets {
  readonly sets: readonly Inputs[]
  readonly like: Tree<unknown>
}

/** The kernels of a tile behind layers with names, or else of all values in their order. */
function treeSource(
  steps: readonly KernelStep[],
  { sets, like }: TreeSets,
  ntk: boolean,
  names: readonly string[] | null,
  signal: AbortSignal | undefined,
): TileSources {
  const breathe = turnEvery()
  return async (tile, wait) => {
    const kernels: Kernel[] = []
    for (const set of sets) {
      await wait(breathe())
      throwIfAborted(signal, 'The kernel')
      kernels.push(await wait(tileKernel(set, tile, ntk, wait)))
    }
    let i = 0
    const start = mapTree(like, () => {
      const kernel = kernels[i++] as Kernel
      return isBranches(like) ? inputLeaf(kernel) : kernel
    })
    const passed = new Map<string, TileResult>()
    const seen: Seen = (step, kernel) => passed.set(fullName(step), resultOf(kernel))
    const along = (piece: readonly KernelStep[], kernel: Kernel): Kernel =>
      evaluateRuns(piece, [kernel], seen)[0] as Kernel
    const end = evaluateTree(steps, start, along, chains)
    return names === null ? leavesOf(end).map(resultOf) : names.map((name) => passed.get(name) as TileResult)
  }
}

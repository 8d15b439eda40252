import {
  type FloatDType,
  NtkError,
  reshape,
  sameShape,
  scope,
  showShape,
  type Tensor,
  throwIfAborted,
} from '@ntk/tensor'
import { type Job, memorySink, planTiles, type TiledResult, type Wait, walkTiles } from '@ntk/tiles'
import { layoutAtEnd } from '../steps/chain.js'
import { withoutNames } from '../steps/names.js'
import { stepsOf } from '../steps/net.js'
import { withoutBounds } from '../steps/resolve-axes.js'
import type { KernelNet, OneNet, TreeNet } from '../steps/step.js'
import { needsTree } from '../steps/through-tree.js'
import { isBranches, type Tree } from '../tree.js'
import { type At, askedNames, requireNames, untilNames } from './at.js'
import { checkInput, type Layout, readInput } from './input.js'
import { jobOf } from './job.js'
import { requireRoomFor } from './memory-of-job.js'
import {
  type AnyKernelOptions,
  type ArraysIn,
  type KernelFnOptions,
  type KernelNames,
  type KernelResult,
  type KernelResultAt,
  type KernelSinkOptions,
  readKernelOptions,
  type TreeArraysIn,
} from './options.js'
import { pathOf, tileSizeOf } from './path.js'
import { patternsOf } from './patterns.js'
import { recordAt, tensorsAt } from './results.js'
import { generalSource, type Inputs } from './source.js'
import { spaceSource } from './space-source.js'
import { standardInputs } from './standard-inputs.js'
import { fusedTiles, generalTiles, type SizedTiles, wholeTile } from './tiles.js'
import { treeKernels } from './tree.js'

/**
 * x1 [n1, features] or [n1, spatial..., channels], or with the axes that the network's first layers ask for; x2 likewise, or null for
 * x1 with itself (one triangle is computed).
 * Gives what `get` names, in the inputs' dtype: matrices [n1, n2], with spatial axes where the network ends in space.
 * With `at` it gives them behind layers with names. With a sink it gives a handle that reads them by rows.
 */
export interface KernelFn {
  <const G extends KernelNames = readonly ['nngp', 'ntk'], const A extends At = undefined>(
    x1: Tensor,
    x2: Tensor | null | undefined,
    options: KernelSinkOptions<G, A>,
  ): Promise<TiledResult<ArraysIn<G, A>>>
  <const G extends KernelNames = readonly ['nngp', 'ntk'], const A extends At = undefined>(
    x1: Tensor,
    x2?: Tensor | null | undefined,
    options?: KernelFnOptions<G, A>,
  ): Promise<KernelResultAt<G, A>>
}

/**
 * The kernels of a network with a tree of inputs ([xa, [xb, xc]], each as x1 of `KernelFn`, of as many samples) or of values: what `get`
 * names of each value, in a tree of the same structure as the network's values. With `at` it gives them behind layers with names. With a
 * sink it gives a handle; arrays are called by the place of their value in the tree, 'ntk.0', 'ntk.1.0'. One pattern is that of all inputs.
 */
export interface TreeKernelFn {
  <const G extends KernelNames = readonly ['nngp', 'ntk'], const A extends At = undefined>(
    x1: Tree<Tensor>,
    x2: Tree<Tensor> | null | undefined,
    options: KernelSinkOptions<G, A>,
  ): Promise<TiledResult<TreeArraysIn<G, A>>>
  <
    const G extends KernelNames = readonly ['nngp', 'ntk'],
    const A extends string | readonly string[] = never,
  >(
    x1: Tree<Tensor>,
    x2: Tree<Tensor> | null | undefined,
    options: KernelFnOptions<G, A> & { readonly at: A },
  ): Promise<KernelResultAt<G, A>>
  <const G extends KernelNames = readonly ['nngp', 'ntk']>(
    x1: Tree<Tensor>,
    x2?: Tree<Tensor> | null | undefined,
    options?: KernelFnOptions<G>,
  ): Promise<Tree<KernelResult<G>>>
}

/**
 * The exact kernels of a network of infinite width, as a function of data. Walks tiles of pairs that fit the cache, one
 * triangle where x2 is null, and holds the result (with a sink on disk not even that) and a few tiles. Inputs of float32 are
 * computed in float64 where the backend has it, and rounded once.
 *
 * Errors: 'shape', 'dtype', 'value' (an empty set; results or tiles that do not fit in memory, told before anything is made), 'not-finite' (naming the sample), 'backend', 'option',
 * 'aborted', 'requirement' where a layer gets a kernel that it cannot handle, and those of the sink.
 */
export function kernelFn(net: OneNet): KernelFn
export function kernelFn(net: TreeNet): TreeKernelFn
export function kernelFn(net: KernelNet): KernelFn
export function kernelFn(net: KernelNet): KernelFn & TreeKernelFn {
  const run = async (
    given1: Tree<Tensor>,
    given2: Tree<Tensor> | null,
    options: AnyKernelOptions | undefined,
    wait: Wait,
  ): Promise<unknown> => {
    const own = stepsOf(net)
    if (isBranches<Tensor>(given1) || (given2 !== null && isBranches<Tensor>(given2)) || needsTree(own)) {
      return treeKernels(net, given1, given2, readKernelOptions(options), wait)
    }
    const { names, at, tile, get, maskConstant, pattern1, pattern2, ...call } = readKernelOptions(options)
    const asked = askedNames(at)
    if (asked !== null) requireNames('kernelFn', own, asked)
    const patterns = patternsOf({ pattern1, pattern2 }, given2 === null)
    checkInput(given1, 'x1')
    const { steps: resolved, x1, x2 } = standardInputs(own, given1, given2)
    checkInputs(x1, x2)
    const bare = withoutNames(withoutBounds(resolved), asked ?? [])
    const { steps: kernel, after } =
      asked === null ? { steps: bare, after: layoutAtEnd(bare) } : untilNames(bare, asked)
    const standard: KernelNet = { kernel }
    const plain = maskConstant === undefined && patterns === undefined
    const path = pathOf(kernel, after, x1.shape, x1.backend, plain)
    const dtype = x1.dtype as FloatDType
    const held = call.sink === undefined || call.sink === memorySink
    const most = tileSizeOf(path, kernel, x1.shape, tile)
    requireRoomFor(path, kernel, { x1, x2, names, after, tile: most, dtype, held })
    const data = await wait(
      readInputs(
        path.flat ? flatten(x1) : x1,
        path.flat && x2 !== null ? flatten(x2) : x2,
        path.layout,
        maskConstant,
        wait,
      ),
    )
    const inputs: Inputs = { ...data, patterns }
    const steps = hasMaskedSamples(inputs) ? null : path.fused
    throwIfAborted(call.signal, 'The kernel')
    const sizes = { n1: inputs.x1.n, n2: inputs.x2.n, symmetric: x2 === null }
    const tileSize = tileSizeOf({ ...path, fused: steps }, kernel, x1.shape, tile)
    const tiled = planTiles({ ...sizes, tile: tileSize })
    const whole = path.whole ? wholeTile(inputs) : undefined
    const layerByLayer = (): Promise<SizedTiles> => {
      const ntk = names.includes('ntk')
      const { inSpace } = path
      const source =
        inSpace === null
          ? generalSource(standard, inputs, ntk, asked, call.signal)
          : spaceSource(standard, inSpace, inputs, ntk, asked, call.signal)
      const first = whole ?? (call.sink === undefined ? tiled.tiles[0] : undefined)
      return generalTiles(source, inputs, { names, at: asked, dtype }, first, whole === undefined)
    }
    const tiles =
      steps === null ? await wait(layerByLayer()) : { ...sizes, ...fusedTiles(steps, inputs, names, dtype) }
    const { arrays, compute, n1, n2 } = tiles
    const plan = whole === undefined ? tiled : planTiles({ ...sizes, n1, n2, tile: { rows: n1, cols: n2 } })
    const job = (): Promise<Job> => jobOf(net, given1, given2, maskConstant, { pattern1, pattern2 })
    const result = await wait(
      walkTiles({ ...call, what: 'The kernel', plan, arrays, compute, splits: whole === undefined, job }),
    )
    if (call.sink !== undefined) return result
    return asked === null
      ? tensorsAt(result, null, get, x1.backend, wait)
      : recordAt(result, at, asked, get, x1.backend, wait)
  }
  return (async (x1: Tree<Tensor>, x2: Tree<Tensor> | null = null, options?: AnyKernelOptions) =>
    scope(({ wait }) => run(x1, x2, options, wait))) as KernelFn & TreeKernelFn
}

function checkInputs(x1: Tensor, x2: Tensor | null): void {
  checkInput(x1, 'x1')
  if (x2 === null) return
  checkInput(x2, 'x2')
  if (!sameShape(x1.shape.slice(1), x2.shape.slice(1))) {
    throw new NtkError('shape', {
      what: 'A kernel needs x1 and x2 with the same features.',
      got: `${showShape(x1.shape)} and ${showShape(x2.shape)}`,
    })
  }
  if (x1.dtype !== x2.dtype) {
    throw new NtkError('dtype', {
      what: 'A kernel needs x1 and x2 of one dtype.',
      got: `${x1.dtype} and ${x2.dtype}`,
      fix: "Convert one with cast(x, 'float64').",
    })
  }
  if (x1.backend !== x2.backend) {
    throw new NtkError('backend', {
      what: 'A kernel needs x1 and x2 on one backend.',
      got: `${x1.backend.name} and ${x2.backend.name}`,
      fix: 'Move one with `await toBackend(x, backend)`.',
    })
  }
}

/** The mean over positions of x·x'/C is the product of the flattened samples over all their numbers. */
function flatten(x: Tensor): Tensor {
  const n = x.shape[0] as number
  return reshape(x, [n, x.size / n])
}

/** Samples of which nothing is left: the fused tiles know nothing of them. What else is padding is a 0 among the features of a vector. */
const hasMaskedSamples = ({ x1, x2 }: Inputs): boolean => [x1, x2].some(({ mask }) => mask?.samples ?? false)

async function readInputs(
  x1: Tensor,
  x2: Tensor | null,
  layout: Layout,
  maskConstant: number | undefined,
  wait: Wait,
): Promise<Inputs> {
  const first = await wait(readInput(x1, 'x1', layout, maskConstant))
  return {
    x1: first,
    x2: x2 === null ? first : await wait(readInput(x2, 'x2', layout, maskConstant)),
    backend: x1.backend,
  }
}

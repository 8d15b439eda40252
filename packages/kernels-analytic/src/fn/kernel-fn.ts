import {
  type DualStep,
  type FloatDType,
  NtkError,
  reshape,
  sameShape,
  scope,
  showShape,
  type Tensor,
  throwIfAborted,
} from '@ntk/tensor'
import { type Job, planTiles, type TiledResult, type TileSize, type Wait, walkTiles } from '@ntk/tiles'
import { wholeRun } from '../evaluate/runs.js'
import { type SpaceRun, spaceRunOf } from '../evaluate/space-run.js'
import { layoutBefore, mixesSamples } from '../steps/chain.js'
import { stepsOf } from '../steps/net.js'
import { withoutBounds } from '../steps/resolve-axes.js'
import type { KernelNet } from '../steps/step.js'
import { checkInput, type InputSet, type Layout, readInput } from './input.js'
import { jobOf } from './job.js'
import {
  type KernelFnOptions,
  type KernelName,
  type KernelNames,
  type KernelResult,
  type KernelSinkOptions,
  type NamesIn,
  readKernelOptions,
} from './options.js'
import { patternsOf } from './patterns.js'
import { generalSource, type Inputs } from './source.js'
import { spaceSource } from './space-source.js'
import { standardInputs } from './standard-inputs.js'
import { fusedTiles, generalTiles, type SizedTiles, wholeTile } from './tiles.js'

/**
 * x1 [n1, features] or [n1, spatial..., channels], or with the axes that the network's first layers ask for; x2 likewise, or null for
 * x1 with itself (one triangle is computed).
 * Gives what `get` names, in the inputs' dtype: matrices [n1, n2], with spatial axes where the network ends in space.
 * With a sink it gives a handle that reads them by rows.
 */
export interface KernelFn {
  <const G extends KernelNames = readonly ['nngp', 'ntk']>(
    x1: Tensor,
    x2: Tensor | null | undefined,
    options: KernelSinkOptions<G>,
  ): Promise<TiledResult<NamesIn<G>>>
  <const G extends KernelNames = readonly ['nngp', 'ntk']>(
    x1: Tensor,
    x2?: Tensor | null | undefined,
    options?: KernelFnOptions<G>,
  ): Promise<KernelResult<G>>
}

/**
 * The exact kernels of a network of infinite width, as a function of data. Walks tiles of pairs that fit the cache, one
 * triangle where x2 is null, and holds the result (with a sink on disk not even that) and a few tiles. Inputs of float32 are
 * computed in float64 where the backend has it, and rounded once.
 *
 * Errors: 'shape', 'dtype', 'value' (an empty set, a result that does not fit), 'not-finite' (naming the sample), 'backend', 'option',
 * 'aborted', 'requirement' where a layer gets a kernel that it cannot handle, and those of the sink.
 */
export function kernelFn(net: KernelNet): KernelFn {
  const run = async (
    given1: Tensor,
    given2: Tensor | null,
    options: KernelFnOptions | KernelSinkOptions | undefined,
    wait: Wait,
  ): Promise<unknown> => {
    const own = stepsOf(net)
    const { names, tile, get, maskConstant, pattern1, pattern2, ...call } = readKernelOptions(options)
    const patterns = patternsOf({ pattern1, pattern2 }, given2 === null)
    checkInput(given1, 'x1')
    const { steps: resolved, x1, x2 } = standardInputs(own, given1, given2)
    checkInputs(x1, x2)
    const standard: KernelNet = { kernel: withoutBounds(resolved) }
    const fusable = runFor(standard, x1)
    const flat = fusable !== null && x1.shape.length > 2
    const plain = maskConstant === undefined && patterns === undefined
    const inSpace = fusable === null && plain ? spaceRunFor(standard, x1) : null
    const data = await wait(
      readInputs(
        flat ? flatten(x1) : x1,
        flat && x2 !== null ? flatten(x2) : x2,
        inSpace === null ? layoutOf(standard, x1, flat) : 'full',
        maskConstant,
        wait,
      ),
    )
    const inputs: Inputs = { ...data, patterns }
    const steps = hasMaskedSamples(inputs) ? null : fusable
    throwIfAborted(call.signal, 'The kernel')
    const dtype = x1.dtype as FloatDType
    const sizes = { n1: inputs.x1.n, n2: inputs.x2.n, symmetric: x2 === null }
    const tiled = planTiles({ ...sizes, tile: tileSize(tile, inputs.x1, steps !== null, inSpace) })
    const whole = steps === null && mixesSamples(standard.kernel) ? wholeTile(inputs) : undefined
    const layerByLayer = (): Promise<SizedTiles> => {
      const ntk = names.includes('ntk')
      const source =
        inSpace === null ? generalSource(standard, inputs, ntk) : spaceSource(standard, inSpace, inputs, ntk)
      const first = whole ?? (call.sink === undefined ? tiled.tiles[0] : undefined)
      return generalTiles(source, inputs, names, dtype, first)
    }
    const tiles =
      steps === null ? await wait(layerByLayer()) : { ...sizes, ...fusedTiles(steps, inputs, names, dtype) }
    const { arrays, compute, n1, n2 } = tiles
    const plan = whole === undefined ? tiled : planTiles({ ...sizes, n1, n2, tile: { rows: n1, cols: n2 } })
    const job = (): Promise<Job> => jobOf(net, given1, given2, maskConstant, { pattern1, pattern2 })
    const result = await wait(walkTiles({ ...call, what: 'The kernel', plan, arrays, compute, job }))
    if (call.sink !== undefined) return result
    if (typeof get === 'string') return result.toTensor(get, x1.backend)
    const tensors: Partial<Record<KernelName, Tensor>> = {}
    for (const name of get) tensors[name] = await wait(result.toTensor(name, x1.backend))
    return tensors
  }
  return (async (x1: Tensor, x2: Tensor | null = null, options?: KernelFnOptions | KernelSinkOptions) =>
    scope(({ wait }) => run(x1, x2, options, wait))) as KernelFn
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

/** The network as one run on vectors, where it is that for these inputs: vectors, or anything that is flattened first. */
function runFor(net: KernelNet, x1: Tensor): readonly DualStep[] | null {
  return x1.shape.length > 2 && net.kernel[0]?.kind !== 'flatten' ? null : wholeRun(net.kernel)
}

/** The first steps as one run in space, where the backend has it. */
function spaceRunFor(net: KernelNet, x1: Tensor): SpaceRun | null {
  if (x1.backend.composites.spaceKernel === undefined || !x1.backend.dtypes.includes('float64')) return null
  return spaceRunOf(net.kernel, x1.shape)
}

/** What the network wants to know of positions. A network that ends in space gives all pairs of them. */
function layoutOf(net: KernelNet, x1: Tensor, flat: boolean): Layout {
  if (flat || x1.shape.length === 2) return 'vector'
  return layoutBefore(net.kernel, 'full')
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

/**
 * Fused tiles are broad: a long matrix product is the quickest, and the steps take it a few rows at a time. Those that go
 * layer by layer are square and stay in the cache; in space a pair alone does, and a tile is a quarter of a second's work.
 */
function tileSize(
  wanted: number | undefined,
  x: InputSet,
  fused: boolean,
  inSpace: SpaceRun | null,
): TileSize {
  if (fused) {
    const rows = wanted ?? 1024
    return { rows, cols: 4 * rows }
  }
  const paired = inSpace === null ? x.layout === 'full' : inSpace.params.end !== 'meanOfEqual'
  const perPair = paired ? x.positions ** 2 : x.positions
  const most = inSpace === null ? 2 ** 18 : 2 ** 22
  const side = wanted ?? Math.max(1, Math.min(256, Math.floor(Math.sqrt(most / perPair))))
  return { rows: side, cols: side }
}

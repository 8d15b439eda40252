import {
  allocateDirty,
  type Backend,
  type DualStep,
  type FloatDType,
  sizeOf,
  slice,
  type Tensor,
  tensorFromData,
  throwIfAborted,
  turnEvery,
  zerosLike,
} from '@ntk/tensor'
import type { Block, Tile, Wait } from '@ntk/tiles'
import { profileOf } from '../evaluate/profile-fit.js'
import { evaluateRuns, piecesOfRuns } from '../evaluate/runs.js'
import { dualStackInto, dualStackVariance, gramStackInto } from '../evaluate/stack.js'
import type { Kernel, Patterns } from '../kernel.js'
import { onlyKernel } from '../kernel-of.js'
import type { Masks } from '../places.js'
import { fullName } from '../steps/names.js'
import type { Flow, Seen } from '../steps/rule.js'
import type { KernelNet, KernelStep } from '../steps/step.js'
import { withDeficits } from './deficits.js'
import { gramTile, productTile, selfCovariance, tileSamples } from './gram.js'
import type { InputSet } from './input.js'
import { maskTile } from './masks.js'
import { tilePatterns } from './patterns.js'

/** A finished kernel of one tile. */
export interface TileResult {
  /** Null: not wanted, or already where it belongs. */
  readonly nngp: Tensor | null
  readonly ntk: Tensor | null
  readonly cov1: Tensor
  readonly cov2: Tensor
  /** Whether the spatial axes left over come in pairs of positions. */
  readonly pairedSpace: boolean
}

/** Computes tiles one by one, each valid until the next is asked for; knows the network and the inputs, not where results go. */
export type TileSource = (tile: Tile, wait: Wait) => Promise<TileResult>

/** The same where kernels behind layers with names may be wanted too: one result a name, or that of the network's end alone. */
export type TileSources = (tile: Tile, wait: Wait) => Promise<readonly TileResult[]>

export interface Inputs {
  readonly x1: InputSet
  /** The same object as `x1` where x2 is null. */
  readonly x2: InputSet
  readonly backend: Backend
  readonly patterns?: Patterns | undefined
}

/** The matrices of all pairs that are wanted, as tensors on the host whose memory gets the results. */
export interface Matrices {
  readonly names: readonly ('nngp' | 'ntk')[]
  readonly dtype: FloatDType
  /** None where the result does not lie in memory. */
  tensors(): readonly Tensor[]
}

/**
 * Any steps: the network's kernel of each tile, with what can be taken in one piece taken so. A step of a large tile may take long: the event
 * loop gets its turn between two of them, and an aborted `signal` ends the tile there.
 */
export function generalSource(
  net: KernelNet,
  inputs: Inputs,
  ntk: boolean,
  names: readonly string[] | null,
  signal?: AbortSignal | undefined,
): TileSources {
  const breathe = turnEvery()
  return async (tile, wait) => {
    const results = keptAt(names)
    const start = await wait(tileKernel(inputs, tile, ntk, wait))
    let flow: Flow = [await wait(withDeficits(start, inputs, tile, net.kernel, wait))]
    for (const piece of piecesOfRuns(net.kernel, flow, results.seen)) {
      await wait(breathe())
      throwIfAborted(signal, 'The kernel')
      flow = piece
    }
    return results.of(flow)
  }
}

/** The kernels of one tile, behind the layers that are asked for or behind the last one (null). */
export function resultsOf(
  steps: readonly KernelStep[],
  start: Kernel,
  names: readonly string[] | null,
): readonly TileResult[] {
  const results = keptAt(names)
  return results.of(evaluateRuns(steps, [start], results.seen))
}

/** What is kept of a tile while its steps are evaluated. */
interface Kept {
  readonly seen: Seen
  /** All of it, with what comes out of the last step. */
  of(flow: Flow): readonly TileResult[]
}

function keptAt(names: readonly string[] | null): Kept {
  const passed = new Map<string, TileResult>()
  return {
    seen: (step, kernel) => passed.set(fullName(step), resultOf(kernel)),
    of: (flow) =>
      names === null ? [resultOf(onlyKernel(flow))] : names.map((name) => passed.get(name) as TileResult),
  }
}

export function resultOf({ nngp, ntk, cov1, cov2, diagonalSpatial }: Kernel): TileResult {
  return {
    nngp: nngp as Tensor,
    ntk: ntk as Tensor | null,
    cov1: cov1 as Tensor,
    cov2: (cov2 ?? cov1) as Tensor,
    pairedSpace: !diagonalSpatial,
  }
}

/** The kernel of the data of one tile. */
export async function tileKernel(
  { x1, x2, backend, patterns }: Inputs,
  { rows, cols }: Tile,
  ntk: boolean,
  wait: Wait,
): Promise<Kernel> {
  const nngp = await wait(gramTile(x1, rows, x2, cols, backend, wait))
  const same = x1 === x2 && rows.start === cols.start && rows.stop === cols.stop
  return {
    nngp,
    ntk: ntk ? zerosLike(nngp) : null,
    cov1: await wait(selfCovariance(x1, rows, backend, wait)),
    cov2: same ? null : await wait(selfCovariance(x2, cols, backend, wait)),
    isGaussian: false,
    x1IsX2: same,
    diagonalBatch: true,
    diagonalSpatial: x1.layout !== 'full',
    shape1: [rows.stop - rows.start, ...x1.shape.slice(1)],
    shape2: [cols.stop - cols.start, ...x2.shape.slice(1)],
    batchAxis: 0,
    channelAxis: x1.shape.length - 1,
    patterns: patterns === undefined ? undefined : tilePatterns(patterns, rows, cols),
    masks: tileMasks(x1, rows, same ? null : x2, cols, backend),
  }
}

function tileMasks(
  x1: InputSet,
  rows: Block,
  x2: InputSet | null,
  cols: Block,
  backend: Backend,
): Masks | undefined {
  if (x1.mask === null) return undefined
  const other = x2?.mask ?? null
  return {
    of1: maskTile(x1.mask, rows, x1.shape, backend),
    of2: x2 === null || other === null ? null : maskTile(other, cols, x2.shape, backend),
    partial: x1.mask.partial || (other?.partial ?? false),
  }
}

function byName(
  names: Matrices['names'],
  tensors: readonly Tensor[],
): readonly [Tensor | null, Tensor | null] {
  const of = (name: 'nngp' | 'ntk'): Tensor | null => tensors[names.indexOf(name)] ?? null
  return [of('nngp'), of('ntk')]
}

/**
 * A run of affine layers and activations on vectors: a tile goes through all of them at once, and where the backend works on
 * the host straight into `matrices`.
 */
export function stackSource(steps: readonly DualStep[], inputs: Inputs, matrices: Matrices): TileSource {
  const { x1, x2, backend } = inputs
  const [inner, ...rest] = steps
  // The division by the channels is part of the first layer where that is affine.
  const folded = inner?.kind === 'affine'
  const layers = folded ? [{ ...inner, wVar: inner.wVar / x1.channels }, ...rest] : steps
  const [own1, own2] = folded ? [x1.square, x2.square] : [x1.variance, x2.variance]
  const pairs = (x1.n * x2.n) / (x1 === x2 ? 2 : 1)
  const hasStack = backend.composites.dualStack !== undefined && backend.dtypes.includes('float64')
  const profile = hasStack ? profileOf(layers, pairs, own1, own2) : null
  const scaled = profile === null ? layers : [profile]
  const upload = (set: InputSet): Tensor => {
    const numbers = folded ? set.square : set.variance
    return tensorFromData(
      backend.dtypes.includes('float64') ? numbers : Float32Array.from(numbers),
      [set.n],
      backend,
    )
  }
  const first1 = upload(x1)
  const first2 = x1 === x2 ? first1 : upload(x2)
  const last1 = dualStackVariance(scaled, first1)
  const last2 = x1 === x2 ? last1 : dualStackVariance(scaled, first2)
  const kernels = async (
    { rows, cols }: Tile,
    wait: Wait,
  ): Promise<readonly [Tensor | null, Tensor | null] | null> => {
    if (matrices.names.length === 0) return null
    const v1 = slice(first1, [rows.start, rows.stop])
    const v2 = slice(first2, [cols.start, cols.stop])
    const place = { names: matrices.names, row: rows.start, col: cols.start, symmetric: x1 === x2 }
    const onHost = ArrayBuffer.isView(v1.buffer)
    const hosted = onHost ? matrices.tensors() : []
    if (folded && onHost) {
      const samples = tileSamples(x1, rows, x2, cols, backend)
      if (hosted.length > 0) {
        if (gramStackInto(scaled, samples, v1, v2, place, hosted)) return null
      } else {
        // Into matrices of its own: a tile has the same bits wherever it goes.
        const shape = [rows.stop - rows.start, cols.stop - cols.start]
        const own = matrices.names.map(() => allocateDirty(matrices.dtype, sizeOf(shape)))
        const tensors = (): Tensor[] => own.map((numbers) => tensorFromData(numbers, shape, backend))
        const symmetric = x1 === x2 && rows.start === cols.start
        const alone = { names: matrices.names, row: 0, col: 0, symmetric }
        if (gramStackInto(scaled, samples, v1, v2, alone, tensors())) return byName(matrices.names, tensors())
      }
    }
    const gram = await wait((folded ? productTile : gramTile)(x1, rows, x2, cols, backend, wait))
    return dualStackInto(scaled, gram, v1, v2, place, hosted)
  }
  return async (tile, wait) => {
    const [nngp, ntk] = (await wait(kernels(tile, wait))) ?? [null, null]
    return {
      nngp,
      ntk,
      cov1: slice(last1, [tile.rows.start, tile.rows.stop]),
      cov2: slice(last2, [tile.cols.start, tile.cols.stop]),
      pairedSpace: false,
    }
  }
}

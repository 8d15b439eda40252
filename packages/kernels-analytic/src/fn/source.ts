import { type Backend, slice, type Tensor, tensorFromData, zerosLike } from '@ntk/tensor'
import { type DualStep, dualStack, dualStackVariance } from '../dual/stack.js'
import type { Kernel } from '../kernel.js'
import type { Tile } from './geometry.js'
import { gramTile, selfCovariance } from './gram.js'
import type { InputSet } from './input.js'
import type { KernelNet } from './net.js'

/** The finished kernel of one tile. */
export interface TileResult {
  readonly nngp: Tensor
  readonly ntk: Tensor | null
  readonly cov1: Tensor
  readonly cov2: Tensor
  /** Whether the spatial axes left over come in pairs of positions. */
  readonly pairedSpace: boolean
}

/** Computes tiles one by one, each valid until the next is asked for; knows the network and the inputs, not where results go. */
export type TileSource = (tile: Tile) => Promise<TileResult>

export interface Inputs {
  readonly x1: InputSet
  /** The same object as `x1` where x2 is null. */
  readonly x2: InputSet
  readonly backend: Backend
}

/** Any kernel maps: the network's kernel of each tile. */
export function generalSource(net: KernelNet, inputs: Inputs, ntk: boolean): TileSource {
  return async (tile) => {
    const { nngp, ntk: theta, cov1, cov2, diagonalSpatial } = net.kernel(await tileKernel(inputs, tile, ntk))
    return {
      nngp: nngp as Tensor,
      ntk: theta as Tensor | null,
      cov1: cov1 as Tensor,
      cov2: (cov2 ?? cov1) as Tensor,
      pairedSpace: !diagonalSpatial,
    }
  }
}

/** The kernel of the data of one tile. */
async function tileKernel({ x1, x2, backend }: Inputs, { rows, cols }: Tile, ntk: boolean): Promise<Kernel> {
  const nngp = await gramTile(x1, rows, x2, cols, backend)
  const same = x1 === x2 && rows.start === cols.start && rows.stop === cols.stop
  return {
    nngp,
    ntk: ntk ? zerosLike(nngp) : null,
    cov1: await selfCovariance(x1, rows, backend),
    cov2: same ? null : await selfCovariance(x2, cols, backend),
    isGaussian: false,
    isReversed: false,
    x1IsX2: same,
    diagonalBatch: true,
    diagonalSpatial: x1.layout !== 'full',
    shape1: [rows.stop - rows.start, ...x1.shape.slice(1)],
    shape2: [cols.stop - cols.start, ...x2.shape.slice(1)],
    batchAxis: 0,
    channelAxis: x1.shape.length - 1,
    mask1: null,
    mask2: null,
  }
}

/** A run of affine layers and activations on vectors: a tile goes through all of them at once. */
export function stackSource(steps: readonly DualStep[], inputs: Inputs, ntk: boolean): TileSource {
  const { x1, x2, backend } = inputs
  const upload = (set: InputSet): Tensor => {
    const held = backend.dtypes.includes('float64') ? set.variance : Float32Array.from(set.variance)
    return tensorFromData(held, [set.n], backend)
  }
  const first1 = upload(x1)
  const first2 = x1 === x2 ? first1 : upload(x2)
  const last1 = dualStackVariance(steps, first1)
  const last2 = x1 === x2 ? last1 : dualStackVariance(steps, first2)
  // On the host, tiles take turns in one piece of memory: whoever asks for the next is done with the last.
  let memory = new Float64Array(0)
  const scratchFor = ({ buffer, shape, dtype, size }: Tensor): Tensor | null => {
    if (!ntk || !ArrayBuffer.isView(buffer) || dtype !== 'float64') return null
    if (memory.length < size) memory = new Float64Array(size)
    return tensorFromData(memory.subarray(0, size), shape, backend)
  }
  return async ({ rows, cols }) => {
    const gram = await gramTile(x1, rows, x2, cols, backend)
    const v1 = slice(first1, [rows.start, rows.stop])
    const v2 = slice(first2, [cols.start, cols.stop])
    const [nngp, theta] = dualStack({ steps, ntk, inPlace: true }, gram, v1, v2, scratchFor(gram))
    return {
      nngp,
      ntk: theta,
      cov1: slice(last1, [rows.start, rows.stop]),
      cov2: slice(last2, [cols.start, cols.stop]),
      pairedSpace: false,
    }
  }
}

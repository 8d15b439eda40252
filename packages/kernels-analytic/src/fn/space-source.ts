import { bindComposite, diagonal, type Shape, type Tensor, tensorFromData } from '@ntk/tensor'
import type { Block, Tile, Wait } from '@ntk/tiles'
import { spaceKernelComposite, spaceVarianceComposite } from '../evaluate/space.js'
import type { SpaceRun } from '../evaluate/space-run.js'
import type { Kernel } from '../kernel.js'
import type { KernelNet } from '../steps/step.js'
import type { InputSet } from './input.js'
import { type Inputs, resultsOf, type TileSources } from './source.js'

/** A run in space from the data on, in one piece, and behind it whatever steps are left, on vectors. */
export function spaceSource(
  net: KernelNet,
  run: SpaceRun,
  inputs: Inputs,
  ntk: boolean,
  names: readonly string[] | null,
): TileSources {
  const { x1, x2, backend } = inputs
  const rest = net.kernel.slice(run.taken)
  // Numbers on the host, which outlive the tile that they were made for.
  const known = new Map<string, Float64Array>()
  const images = (set: InputSet, { start, stop }: Block): Tensor => {
    const width = set.positions * set.channels
    const part = set.data.subarray(start * width, stop * width)
    return tensorFromData(part, [stop - start, ...set.shape.slice(1)], backend)
  }
  /** Each sample with itself: made once a block, however many tiles it is a side of. */
  const own = (set: InputSet, block: Block, make: () => Tensor): Tensor => {
    const key = `${set === x1 ? 1 : 2} ${block.start} ${block.stop}`
    const numbers = known.get(key) ?? Float64Array.from(make().dataSync())
    known.set(key, numbers)
    return tensorFromData(numbers, [numbers.length], backend)
  }
  const variance = (x: Tensor): Tensor =>
    bindComposite<'spaceVariance', Tensor>(spaceVarianceComposite, [x], run.params)[0]
  const kernelOfTile = ({ rows, cols }: Tile): Kernel => {
    const same = x1 === x2 && rows.start === cols.start && rows.stop === cols.stop
    const a = images(x1, rows)
    const b = same ? a : images(x2, cols)
    const params = { ...run.params, ntk, symmetric: same }
    const [nngp, theta = null] = bindComposite(spaceKernelComposite, [a, b], params)
    const shapeOf = ({ start, stop }: Block): Shape => [stop - start, ...run.shape.slice(1)]
    return {
      nngp,
      ntk: theta,
      cov1: own(x1, rows, () => (same ? diagonal(nngp as Tensor) : variance(a))),
      cov2: same ? null : own(x2, cols, () => variance(b)),
      isGaussian: run.isGaussian,
      x1IsX2: same,
      diagonalBatch: true,
      diagonalSpatial: true,
      shape1: shapeOf(rows),
      shape2: shapeOf(cols),
      batchAxis: 0,
      channelAxis: 1,
    }
  }
  return async (tile: Tile, _wait: Wait) => resultsOf(rest, kernelOfTile(tile), names)
}

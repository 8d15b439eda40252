import {
  add,
  bindComposite,
  diagonal,
  type Shape,
  type SpacePart,
  spaceParts,
  type Tensor,
  tensorFromData,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import type { Block, Tile, Wait } from '@ntk/tiles'
import { spaceKernelComposite, spaceVarianceComposite } from '../evaluate/space.js'
import type { SpaceRun } from '../evaluate/space-run.js'
import type { Kernel } from '../kernel.js'
import type { KernelNet } from '../steps/step.js'
import type { InputSet } from './input.js'
import { type Inputs, resultsOf, type TileSources } from './source.js'

/**
 * A run in space from the data on, in one piece, and behind it whatever steps are left, on vectors. Large images go part by part: the event
 * loop gets its turn between two of them, and an aborted `signal` ends the tile there.
 */
export function spaceSource(
  net: KernelNet,
  run: SpaceRun,
  inputs: Inputs,
  ntk: boolean,
  names: readonly string[] | null,
  signal?: AbortSignal | undefined,
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
  const own = async (
    set: InputSet,
    block: Block,
    wait: Wait,
    make: () => Promise<Tensor>,
  ): Promise<Tensor> => {
    const key = `${set === x1 ? 1 : 2} ${block.start} ${block.stop}`
    const numbers = known.get(key) ?? Float64Array.from((await wait(make())).dataSync())
    known.set(key, numbers)
    return tensorFromData(numbers, [numbers.length], backend)
  }
  const of = spaceParts(run.params, x1.shape.slice(1, -1))
  const breathe = turnEvery()
  const sumOfParts = async <T extends readonly Tensor[]>(
    wait: Wait,
    make: (part: SpacePart | undefined) => T,
  ): Promise<readonly Tensor[]> => {
    if (of === 1) return make(undefined)
    let sum: readonly Tensor[] = []
    for (let index = 0; index < of; index++) {
      await wait(breathe())
      throwIfAborted(signal, 'The kernel')
      const own = make({ index, of })
      sum = index === 0 ? own : own.map((x, k) => add(sum[k] as Tensor, x))
    }
    return sum
  }
  const variance = async (x: Tensor, wait: Wait): Promise<Tensor> => {
    const [sum] = await wait(
      sumOfParts(wait, (part) =>
        bindComposite<'spaceVariance', Tensor>(spaceVarianceComposite, [x], { ...run.params, part }),
      ),
    )
    return sum as Tensor
  }
  const kernelOfTile = async ({ rows, cols }: Tile, wait: Wait): Promise<Kernel> => {
    const same = x1 === x2 && rows.start === cols.start && rows.stop === cols.stop
    const a = images(x1, rows)
    const b = same ? a : images(x2, cols)
    const params = { ...run.params, ntk, symmetric: same }
    const [nngp, theta = null] = await wait(
      sumOfParts(wait, (part) =>
        bindComposite<'spaceKernel', Tensor>(spaceKernelComposite, [a, b], { ...params, part }),
      ),
    )
    const shapeOf = ({ start, stop }: Block): Shape => [stop - start, ...run.shape.slice(1)]
    const cov1 = await wait(
      own(x1, rows, wait, async () => (same ? diagonal(nngp as Tensor) : await wait(variance(a, wait)))),
    )
    return {
      nngp: nngp as Tensor,
      ntk: theta,
      cov1,
      cov2: same ? null : await wait(own(x2, cols, wait, () => variance(b, wait))),
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
  return async (tile: Tile, wait: Wait) => resultsOf(rest, await wait(kernelOfTile(tile, wait)), names)
}

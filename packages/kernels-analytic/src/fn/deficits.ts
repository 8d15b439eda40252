import { type Backend, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import type { Block, Tile, Wait } from '@ntk/tiles'
import { activationOf } from '../activations/by-name.js'
import type { Kernel } from '../kernel.js'
import { deficitOfData } from '../steps/deficit-in-space.js'
import type { KernelStep } from '../steps/step.js'
import type { InputSet } from './input.js'

interface TileInputs {
  readonly x1: InputSet
  readonly x2: InputSet
  readonly backend: Backend
}

/** Activations from which on any inputs may have drawn together. */
const manyActivations = 16
/** 1 − cos θ of inputs that are near: of those that are not, q tells the angle well enough for fewer layers. */
const nearInputs = 1 / 64

/**
 * A tile's kernel of the data in space with its deficits, where a network has activations that read them and needs them: where some inputs
 * are near each other and not equal, or the network is deep. An activation with deficits goes by plain ops, which take longer.
 */
export async function withDeficits(
  kernel: Kernel,
  { x1, x2, backend }: TileInputs,
  { rows, cols }: Tile,
  steps: readonly KernelStep[],
  wait: Wait,
): Promise<Kernel> {
  const readers = readersOf(steps)
  if (x1.layout === 'vector' || readers < 2 || !backend.dtypes.includes('float64')) return kernel
  const deficit = deficitOfData(samplesOf(x1, rows, backend), samplesOf(x2, cols, backend), kernel)
  if (deficit === undefined) return kernel
  if (readers >= manyActivations) return { ...kernel, deficit }
  const numbers = (await wait((deficit as Tensor).data())) as Float64Array
  return numbers.some((e) => e > 0 && e < nearInputs) ? { ...kernel, deficit } : kernel
}

/** How many activations read deficits. */
function readersOf(steps: readonly KernelStep[]): number {
  return steps.reduce((count, step) => {
    if (step.kind === 'parallel') {
      return count + step.branches.reduce((sum, branch) => sum + readersOf(branch), 0)
    }
    if (step.kind !== 'activation') return count
    return count + (activationOf(step.name).dual?.deficit === undefined ? 0 : 1)
  }, 0)
}

/** Samples of a set as a tensor [n, spatial..., channels]. */
function samplesOf(set: InputSet, { start, stop }: Block, backend: Backend): Tensor {
  const { data, n, positions, channels, layout, shape } = set
  const count = stop - start
  const space = shape.slice(1, -1)
  if (layout === 'full') {
    const own = data.subarray(start * positions * channels, stop * positions * channels)
    return tensorFromData(own, [count, ...space, channels], backend)
  }
  const own = new Float64Array(positions * count * channels)
  for (let p = 0; p < positions; p++) {
    const from = (p * n + start) * channels
    own.set(data.subarray(from, from + count * channels), p * count * channels)
  }
  const first = tensorFromData(own, [...space, count, channels], backend)
  const rank = space.length
  return transpose(first, [rank, ...space.map((_, axis) => axis), rank + 1])
}

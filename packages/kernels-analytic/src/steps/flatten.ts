import { mean, type Shape, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { refusingBut } from '../places.js'
import { samplesMasked } from './masks.js'
import { one, oneShape } from './one.js'
import { elementsIn, type StepRule } from './rule.js'
import { pairDiagonal } from './spread.js'
import type { FlattenStep } from './step.js'

export const flatShape = (shape: Shape): Shape => [
  shape[0] as number,
  shape.slice(1).reduce((a, d) => a * d, 1),
]

/** The kernel of flattening positions into channels: the mean of K and Θ over equal positions. Vectors pass unchanged. */
export function flatten(kernel: Kernel): Kernel {
  const rank = spatialRank(kernel)
  if (rank === 0) return kernel
  const overPositions = (x: Value, samples: number): Value => {
    let equal = x
    if (!kernel.diagonalSpatial) for (let i = 0; i < rank; i++) equal = pairDiagonal(equal, samples + i)
    return mean(equal, { axis: Array.from({ length: rank }, (_, i) => samples + i) })
  }
  const own = kernel.diagonalBatch ? 1 : 2
  const { source, means } = kernel
  return {
    ...kernel,
    nngp: overPositions(kernel.nngp, 2),
    ntk: kernel.ntk === null ? null : overPositions(kernel.ntk, 2),
    cov1: overPositions(kernel.cov1, own),
    cov2: kernel.cov2 === null ? null : overPositions(kernel.cov2, own),
    // Channels of different positions have different variances: no longer alike, so not what an activation needs.
    isGaussian: false,
    diagonalSpatial: true,
    shape1: flatShape(kernel.shape1),
    shape2: flatShape(kernel.shape2),
    channelAxis: 1,
    // Channels of different positions have different means too: no one number is left.
    means: means === 'zero' ? 'zero' : undefined,
    source: source === undefined ? undefined : { of: source.of, by: 'other' },
    // Its channels are those of all positions: some of them are padding where some positions were.
    masks: samplesMasked(kernel.masks, true),
  }
}

export const flattenRule: StepRule<FlattenStep> = {
  name: () => 'Flatten',
  places: () => refusingBut({ means: 'consumes', source: 'carries', masks: 'consumes' }),
  spatial: () => 'diagonal',
  shapes: (_step, shapes) => [flatShape(oneShape(shapes, 'Flatten'))],
  hyperparameters: () => ({}),
  evaluate: (_step, flow) => [flatten(one(flow, 'Flatten'))],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 2 : 1),
}

import { mean, type Shape, sum, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { refusingBut } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { one, oneShape } from './one.js'
import { mapSides } from './pool.js'
import { mapPositions } from './positions.js'
import { elementsIn, type StepRule } from './rule.js'
import type { GlobalPoolStep } from './step.js'

const pooledShape = (shape: Shape): Shape => [shape[0] as number, shape.at(-1) as number]

/**
 * The kernel of pooling over all positions: the sum or mean of K and Θ over all pairs of positions (Novak et al. 2019,
 * Section 3.2). Vectors pass unchanged.
 */
function globalPool(kernel: Kernel, { layer, over }: GlobalPoolStep): Kernel {
  const rank = spatialRank(kernel)
  if (rank === 0) return kernel
  requireFullSpatial(kernel, layer)
  const reduce = over === 'sum' ? sum<Value> : mean<Value>
  const all = (x: Value, from: number): Value => reduce(x, { axis: x.shape.map((_, i) => i).slice(from) })
  const { means, source } = kernel
  return {
    ...kernel,
    ...mapPositions(kernel, all),
    diagonalSpatial: true,
    shape1: pooledShape(kernel.shape1),
    shape2: pooledShape(kernel.shape2),
    channelAxis: 1,
    means: means === undefined || means === 'zero' ? means : mapSides(means, (x) => all(x, 1)),
    source: source === undefined ? undefined : { of: source.of, by: 'other' },
  }
}

export const globalPoolRule: StepRule<GlobalPoolStep> = {
  name: (step) => step.layer,
  places: () => refusingBut({ means: 'carries', source: 'carries' }),
  spatial: () => 'full',
  shapes: (step, shapes) => [pooledShape(oneShape(shapes, step.layer))],
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [globalPool(one(flow, step.layer), step)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 2 : 1),
}

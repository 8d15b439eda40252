import type { Shape, Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { one, oneShape } from './one.js'
import { adjacency, aggregateAlong, nodeAxes } from './pattern.js'
import { elementsIn, type StepRule } from './rule.js'
import { sourceOfMap } from './source-of-map.js'
import type { AggregateStep } from './step.js'

/**
 * A sum over the edges of a graph is a linear map of positions, another for every sample: K' = A1ᵀ K A2, Θ' = A1ᵀ Θ A2 with the weights
 * A[i, j] of edges from i to j. A side without a pattern stays as it is.
 */
function aggregate(kernel: Kernel, step: AggregateStep): Kernel {
  const { batchAxis, channelAxis, patterns, shape1, shape2 } = kernel
  const axes = nodeAxes(step, shape1.length, batchAxis, channelAxis)
  if (patterns === undefined) return kernel
  requireFullSpatial(kernel, 'Aggregate')
  const weights = (pattern: Value | null, shape: Shape): Value | null => {
    const sizes = axes.map((axis) => shape[axis] as number)
    const n = shape[batchAxis] as number
    return pattern === null ? null : adjacency(pattern, step.implementation, n, sizes, kernel.nngp)
  }
  const of1 = weights(patterns.of1, shape1)
  const of2 = kernel.cov2 === null ? of1 : weights(patterns.of2, shape2)
  const places = axes.map((axis) => axis - [batchAxis, channelAxis].filter((other) => other < axis).length)
  const side = (x: Value, map: Value | null, batch: number, first: number): Value =>
    map === null
      ? x
      : aggregateAlong(
          x,
          map,
          batch,
          places.map((place) => first + 2 * place),
        )
  const pairwise = (x: Value): Value => side(side(x, of1, 0, 2), of2, 1, 3)
  const own = (x: Value, map: Value | null): Value =>
    kernel.diagonalBatch ? side(side(x, map, 0, 1), map, 0, 2) : side(side(x, map, 0, 2), map, 1, 3)
  const mean = (m: Value, map: Value | null): Value =>
    map === null
      ? m
      : aggregateAlong(
          m,
          map,
          0,
          places.map((place) => 1 + place),
        )
  const { means } = kernel
  const sides = (m: Sides): Sides => ({
    of1: mean(m.of1, of1),
    of2: m.of2 === null ? null : mean(m.of2, of2),
  })
  return {
    ...kernel,
    nngp: pairwise(kernel.nngp),
    ntk: kernel.ntk === null ? null : pairwise(kernel.ntk),
    cov1: own(kernel.cov1, of1),
    cov2: kernel.cov2 === null ? null : own(kernel.cov2, of2),
    means: means === undefined || means === 'zero' ? means : sides(means),
    source: sourceOfMap(kernel),
  }
}

export const aggregateRule: StepRule<AggregateStep> = {
  name: () => 'Aggregate',
  // A node that is padding stays so, whatever leads to it.
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: () => 'full',
  shapes: (_step, shapes) => [oneShape(shapes, 'Aggregate')],
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [aggregate(one(flow, 'Aggregate'), step)],
  operations: (_step, work) => {
    const positions = Math.sqrt(elementsIn(work))
    return elementsIn(work) * 4 * positions * (work.ntk ? 2 : 1)
  },
}

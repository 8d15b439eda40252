import { div, mean, type Shape, sum, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { refusingBut, type Sides } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { requireWholePositions, samplesMasked, unmaskedPositions } from './masks.js'
import { one, oneShape } from './one.js'
import { mapSides } from './pool.js'
import { mapPositions } from './positions.js'
import { elementsIn, type StepRule } from './rule.js'
import { spread } from './spread.js'
import type { GlobalPoolStep } from './step.js'

export const pooledShape = (shape: Shape): Shape => [shape[0] as number, shape.at(-1) as number]

/**
 * The kernel of pooling over all positions: the sum or mean of K and Θ over all pairs of positions (Novak et al. 2019,
 * Section 3.2); where some are masked, the mean of the others. Vectors pass unchanged.
 */
export function globalPool(kernel: Kernel, { layer, over }: GlobalPoolStep): Kernel {
  const rank = spatialRank(kernel)
  if (rank === 0) return kernel
  requireFullSpatial(kernel, layer)
  const isMean = over === 'mean'
  const masks = isMean ? kernel.masks : undefined
  if (masks !== undefined) requireWholePositions(kernel, layer)
  const reduce = isMean && masks === undefined ? mean<Value> : sum<Value>
  const all = (x: Value, from: number): Value => reduce(x, { axis: x.shape.map((_, i) => i).slice(from) })
  const pooled = globalPooled(kernel, all)
  return masks === undefined ? pooled : overPositions(pooled, unmaskedPositions(masks, kernel.nngp.dtype))
}

/** All positions of every array brought into one. */
function globalPooled(kernel: Kernel, all: (x: Value, from: number) => Value): Kernel {
  const { means, source, masks } = kernel
  return {
    ...kernel,
    ...mapPositions(kernel, all),
    diagonalSpatial: true,
    shape1: pooledShape(kernel.shape1),
    shape2: pooledShape(kernel.shape2),
    channelAxis: 1,
    means: means === undefined || means === 'zero' ? means : mapSides(means, (x) => all(x, 1)),
    source: source === undefined ? undefined : { of: source.of, by: 'other' },
    masks: samplesMasked(masks, masks?.partial ?? false),
  }
}

/** Sums over positions divided by the numbers of positions that count, on both sides. */
function overPositions(sums: Kernel, counts: Sides): Kernel {
  const of2 = counts.of2 ?? counts.of1
  const pairs = (x: Value, a: Value, b: Value): Value => div(div(x, spread(a, 0, 0)), spread(b, 1, 0))
  const own = (x: Value, n: Value): Value => (sums.diagonalBatch ? div(div(x, n), n) : pairs(x, n, n))
  const { ntk, cov2, means } = sums
  return {
    ...sums,
    nngp: pairs(sums.nngp, counts.of1, of2),
    ntk: ntk === null ? null : pairs(ntk, counts.of1, of2),
    cov1: own(sums.cov1, counts.of1),
    cov2: cov2 === null ? null : own(cov2, of2),
    means:
      means === undefined || means === 'zero'
        ? means
        : { of1: div(means.of1, counts.of1), of2: means.of2 === null ? null : div(means.of2, of2) },
  }
}

export const globalPoolRule: StepRule<GlobalPoolStep> = {
  name: (step) => step.layer,
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: () => 'full',
  shapes: (step, shapes) => [pooledShape(oneShape(shapes, step.layer))],
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [globalPool(one(flow, step.layer), step)],
  operations: (_step, work) => elementsIn(work) * (work.ntk ? 2 : 1),
}

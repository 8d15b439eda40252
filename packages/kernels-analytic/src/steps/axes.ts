import { type Shape, transpose, type Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { carriesAll, refusingBut } from '../places.js'
import { mapMasks } from './masks.js'
import { one, oneShape } from './one.js'
import { mapSides } from './pool.js'
import { mapPositions, spaceOf, withSpace } from './positions.js'
import type { StepRule } from './rule.js'
import type { AxesStep } from './step.js'

/** The spatial axes of an array after `first` others, `each` at a time, in another order. */
function reordered(x: Value, first: number, each: 1 | 2, order: readonly number[]): Value {
  const lead = Array.from({ length: first }, (_, i) => i)
  const space = order.flatMap((axis) =>
    each === 1 ? [first + axis] : [first + 2 * axis, first + 2 * axis + 1],
  )
  return transpose(x, [...lead, ...space])
}

const reorderedShape = (shape: Shape, order: readonly number[]): Shape =>
  withSpace(
    shape,
    order.map((axis) => spaceOf(shape)[axis] as number),
  )

/**
 * Where samples and channels stand concerns the finite network alone: `resolveAxes` has seen to it before. Only another order of
 * the spatial axes is left to do.
 */
function axes(kernel: Kernel, { order }: AxesStep): Kernel {
  if (order === undefined) return kernel
  const each = kernel.diagonalSpatial ? 1 : 2
  const { means, source, masks } = kernel
  return {
    ...kernel,
    ...mapPositions(kernel, (x, samples) => reordered(x, samples, each, order)),
    shape1: reorderedShape(kernel.shape1, order),
    shape2: reorderedShape(kernel.shape2, order),
    means:
      means === undefined || means === 'zero' ? means : mapSides(means, (x) => reordered(x, 1, 1, order)),
    masks: mapMasks(masks, (mask) => reordered(mask, 1, 1, order)),
    source: source === undefined ? undefined : { of: source.of, by: 'other' },
  }
}

export const axesRule: StepRule<AxesStep> = {
  name: (step) => step.layer,
  places: ({ order }) =>
    order === undefined ? carriesAll : refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: () => 'same',
  shapes: ({ layer, order }, shapes) =>
    order === undefined ? shapes : [reorderedShape(oneShape(shapes, layer), order)],
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [axes(one(flow, step.layer), step)],
  operations: () => 0,
}

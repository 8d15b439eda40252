import {
  cast,
  constantFromData,
  dotGeneral,
  equal,
  logicalNot,
  type Shape,
  transpose,
  type Value,
} from '@ntk/tensor'
import { requireList, requireParts, requireValue } from '@ntk/tensor/options'
import { type Kernel, spatialRank } from '../kernel.js'
import { refusingBut } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { layoutAfter, type ProductAxes, productAxes, productShape } from './dot-general-axes.js'
import { standardLayout } from './layout.js'
import { mapMasks } from './masks.js'
import { one, oneShape } from './one.js'
import { mapSides } from './pool.js'
import { mapPositions, spaceOf, withSpace } from './positions.js'
import { elementsIn, type StepRule } from './rule.js'
import { sourceOfMap } from './source-of-map.js'
import type { DotGeneralParts, DotGeneralStep } from './step.js'

const partNames = ['operand', 'side', 'contract', 'batch']

function requireProduct(parts: DotGeneralParts, owner: string): void {
  requireParts(parts, `The product of ${owner}`, partNames, 'a DotGeneral layer')
  requireParts(parts.operand, `The operand of ${owner}`, ['shape', 'values'], 'a DotGeneral layer')
}

/** The operand with `f` of its numbers, as x is. */
function operandAs(x: Value, { shape, values }: DotGeneralParts['operand'], f = (v: number) => v): Value {
  const numbers = x.dtype === 'float32' ? Float32Array.from(values, f) : Float64Array.from(values, f)
  return constantFromData(numbers, shape, x.backend)
}

/** x times the operand, as jax.lax.dot_general(x, operand), or (operand, x) where that is the left side. */
export function dotGeneralValue<V extends Value>(x: V, parts: DotGeneralParts): V {
  requireValue(x, 'x of dotGeneralValue')
  requireProduct(parts, 'dotGeneralValue')
  return product(x, operandAs(x, parts.operand), parts, productAxes(parts, x.shape)) as V
}

function product(x: Value, r: Value, { side }: DotGeneralParts, { contract, batch }: ProductAxes): Value {
  if (side === 'rhs') {
    const axes = {
      lhsContract: contract[0],
      rhsContract: contract[1],
      lhsBatch: batch[0],
      rhsBatch: batch[1],
    }
    return dotGeneral<Value>(x, r, axes)
  }
  const axes = { lhsContract: contract[1], rhsContract: contract[0], lhsBatch: batch[1], rhsBatch: batch[0] }
  return dotGeneral<Value>(r, x, axes)
}

/** The mask of such a product, shaped as x: what is made of padding alone is padding. */
export function dotGeneralMask<V extends Value>(mask: V, parts: DotGeneralParts): V {
  requireValue(mask, 'mask of dotGeneralMask')
  requireProduct(parts, 'dotGeneralMask')
  const counts = cast<Value>(logicalNot(mask), 'float32')
  const used = operandAs(counts, parts.operand, (v) => (v === 0 ? 0 : 1))
  return equal(product(counts, used, parts, productAxes(parts, mask.shape)), 0) as V
}

/** The shape of such a product; a size of -1 stays. Throws NtkError 'axis' or 'shape'. */
export function dotGeneralShape(shape: Shape, parts: DotGeneralParts): Shape {
  requireList(shape, 'The shape of dotGeneralShape')
  requireProduct(parts, 'dotGeneralShape')
  return productShape(parts, shape)
}

/** Axis i of space on one side of an array, and what else an array has. */
type Label = string

/**
 * The product with the positions of one side of an array, whose axes are `labels`: `${axis}${side}` of x, and of the operand `+${axis}${side}`
 * behind all others.
 */
function onOneSide(
  x: Value,
  labels: readonly Label[],
  step: DotGeneralParts,
  axes: ProductAxes,
  side: '' | "'",
  numbers: (v: number) => number,
): readonly [Value, readonly Label[]] {
  const here = (own: readonly number[]): number[] => own.map((axis) => labels.indexOf(`${axis}${side}`))
  const [contract, batch] = [here(axes.contract[0]), here(axes.batch[0])]
  const left = labels.filter((_, i) => !contract.includes(i) && !batch.includes(i))
  const free = axes.out.flatMap((axis) => ('operand' in axis ? [`+${axis.operand}${side}`] : []))
  const y = dotGeneral<Value>(x, operandAs(x, step.operand, numbers), {
    lhsContract: contract,
    rhsContract: axes.contract[1],
    lhsBatch: batch,
    rhsBatch: axes.batch[1],
  })
  return [y, [...batch.map((i) => labels[i] as Label), ...left, ...free]]
}

/** Positions after it, in their order: the labels of axes in space that come out. */
const positionsOut = ({ out }: ProductAxes, rank: number): Label[] =>
  out.flatMap((axis) => {
    if ('operand' in axis) return [`+${axis.operand}`]
    return axis.x === 0 || axis.x === rank - 1 ? [] : [`${axis.x}`]
  })

/** An array with `samples` axes, then those of space, each `sides` times; the product on all of its sides. */
function mapped(
  x: Value,
  samples: number,
  sides: 1 | 2,
  step: DotGeneralParts,
  shape: Shape,
  numbers = (v: number): number => v,
): Value {
  const axes = productAxes(step, shape)
  const marks = sides === 1 ? ([''] as const) : (['', "'"] as const)
  const ofSamples = Array.from({ length: samples }, (_, i) => `n${i}`)
  let labels: readonly Label[] = [
    ...ofSamples,
    ...spaceOf(shape).flatMap((_, i) => marks.map((mark) => `${i + 1}${mark}`)),
  ]
  let y = x
  for (const mark of marks) [y, labels] = onOneSide(y, labels, step, axes, mark, numbers)
  const order = [
    ...ofSamples,
    ...positionsOut(axes, shape.length).flatMap((own) => marks.map((mark) => `${own}${mark}`)),
  ]
  return transpose(
    y,
    order.map((label) => labels.indexOf(label)),
  )
}

/** Whether positions come together, or become several: what it then makes of equal positions depends on all pairs. */
const mixesPositions = ({ contract, operand, batch }: DotGeneralParts): boolean =>
  contract[0].length > 0 || operand.shape.length > batch[1].length

const shapeAfter = (step: DotGeneralParts, shape: Shape): Shape => {
  layoutAfter(step, shape, standardLayout(shape.length))
  const sizes = productShape(step, shape)
  const { out } = productAxes(step, shape)
  const space = out.flatMap((axis, i) =>
    'x' in axis && (axis.x === 0 || axis.x === shape.length - 1) ? [] : [sizes[i] as number],
  )
  return withSpace(shape, space)
}

/** A linear map of positions: K' = A K Aᵀ, Θ' = A Θ Aᵀ. One that only weighs them needs equal positions alone. */
function dotGeneralKernel(kernel: Kernel, step: DotGeneralStep): Kernel {
  const { shape1: shape, means } = kernel
  if (mixesPositions(step)) requireFullSpatial(kernel, 'DotGeneral')
  const rank = spatialRank(kernel)
  const weighs = kernel.diagonalSpatial && rank > 0
  // Of equal positions alone weights stand on both sides at once.
  const f = (x: Value, samples: number): Value =>
    weighs ? mapped(x, samples, 1, step, shape, (v) => v * v) : mapped(x, samples, 2, step, shape)
  const vector = (x: Value): Value => mapped(x, 1, 1, step, shape)
  const after = shapeAfter(step, shape)
  return {
    ...kernel,
    ...mapPositions(kernel, f),
    shape1: after,
    diagonalSpatial: after.length === 2 || (kernel.diagonalSpatial && rank > 0),
    shape2: shapeAfter(step, kernel.shape2),
    means: means === undefined || means === 'zero' ? means : mapSides(means, vector),
    masks: mapMasks(kernel.masks, (mask) =>
      equal(
        mapped(cast<Value>(logicalNot(mask), 'float32'), 1, 1, step, shape, (v) => (v === 0 ? 0 : 1)),
        0,
      ),
    ),
    source: sourceOfMap(kernel),
  }
}

export const dotGeneralRule: StepRule<DotGeneralStep> = {
  name: () => 'DotGeneral',
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  spatial: (step) => (mixesPositions(step) ? 'full' : 'same'),
  shapes: (step, shapes) => [shapeAfter(step, oneShape(shapes, 'DotGeneral'))],
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [dotGeneralKernel(one(flow, 'DotGeneral'), step)],
  operations: (step, work) =>
    elementsIn(work) * 4 * Math.max(1, step.operand.values.length) * (work.ntk ? 2 : 1),
}

import { NtkError, type Shape, showShape, type Value } from '@ntk/tensor'
import { requireList, requireParts, requireValue } from '@ntk/tensor/options'
import type { Kernel } from '../kernel.js'
import { refusingBut } from '../places.js'
import { requireFullSpatial } from '../requirements.js'
import { type AxisMap, along, mapSpace, maskAlong, type SpaceMaps } from './axis-maps.js'
import { one, oneShape } from './one.js'
import { resizeMap } from './resize-weights.js'
import { elementsIn, type StepRule } from './rule.js'
import { sourceOfMap } from './source-of-map.js'
import type { ImageResizeStep } from './step.js'

/** How an image is resized. */
export type ResizeOptions = Omit<ImageResizeStep, 'kind'>

/** The shape after resizing. Throws NtkError 'shape' where that has another number of axes, or names sizes of samples or channels. */
function resizedShape(step: ResizeOptions, shape: Shape, fixed: readonly number[]): Shape {
  const after = step.shape.map((d, i) => (d === -1 ? (shape[i] as number) : d))
  const moves = fixed.some((axis) => after[axis] !== shape[axis])
  if (step.shape.length === shape.length && !moves) return after
  throw new NtkError('shape', {
    what: `ImageResize to ${showShape(step.shape)} needs inputs of as many axes, and resizes positions only.`,
    got: showShape(shape),
    fix: 'Write -1 for the batch and the channels.',
  })
}

/** x resized: each axis interpolated to its size in `shape` (-1: as it is). Throws NtkError 'shape'. */
export function resizeImage<V extends Value>(x: V, options: ResizeOptions): V {
  requireValue(x, 'x of resizeImage')
  requireParts(options, 'The options of resizeImage', ['shape', 'method', 'antialias'], 'a record')
  requireList(options.shape, 'The shape of resizeImage')
  return eachResized(x, options, along)
}

/** The mask of a resized image: padding is what is made of padding alone. */
export function resizeMask<V extends Value>(mask: V, options: ResizeOptions): V {
  requireValue(mask, 'mask of resizeMask')
  requireParts(options, 'The options of resizeMask', ['shape', 'method', 'antialias'], 'a record')
  requireList(options.shape, 'The shape of resizeMask')
  return eachResized(mask, options, maskAlong)
}

function eachResized<V extends Value>(
  x: V,
  options: ResizeOptions,
  f: (y: V, axis: number, map: AxisMap) => V,
): V {
  return resizedShape(options, x.shape, []).reduce((y: V, to, axis) => {
    const map = resizeMap(x.shape[axis] as number, to, options.method, options.antialias)
    return map === null ? y : f(y, axis, map)
  }, x)
}

/** A resized image is a linear map of positions an axis: K' = A K Aᵀ, Θ' = A Θ Aᵀ, in each spatial axis. */
function imageResize(kernel: Kernel, step: ImageResizeStep): Kernel {
  const { batchAxis, channelAxis } = kernel
  const fixed = [batchAxis, channelAxis]
  const after = resizedShape(step, kernel.shape1, fixed)
  const isSpace = (axis: number): boolean => axis !== batchAxis && axis !== channelAxis
  const maps: SpaceMaps = kernel.shape1.flatMap((from, axis) =>
    isSpace(axis) ? [resizeMap(from, after[axis] as number, step.method, step.antialias)] : [],
  )
  if (maps.some((map) => map?.kind === 'mix')) requireFullSpatial(kernel, 'ImageResize')
  return {
    ...kernel,
    ...mapSpace(kernel, maps),
    shape1: after,
    shape2: resizedShape(step, kernel.shape2, fixed),
    source: sourceOfMap(kernel),
  }
}

export const imageResizeRule: StepRule<ImageResizeStep> = {
  name: () => 'ImageResize',
  places: () => refusingBut({ means: 'carries', source: 'carries', masks: 'carries' }),
  // A pixel that is one of the input's needs no other.
  spatial: ({ method }) => (method === 'nearest' ? 'same' : 'full'),
  shapes: (step, shapes) => {
    const shape = oneShape(shapes, 'ImageResize')
    return [resizedShape(step, shape, [0, shape.length - 1])]
  },
  hyperparameters: () => ({}),
  evaluate: (step, flow) => [imageResize(one(flow, 'ImageResize'), step)],
  operations: (step, work) => {
    const longest = Math.max(...step.shape, 1)
    return elementsIn(work) * 2 * (step.shape.length - 2) * longest * (work.ntk ? 2 : 1)
  },
}

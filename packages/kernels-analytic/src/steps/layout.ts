import { NtkError, normalizeAxis, type Shape } from '@ntk/tensor'
import { requireInteger, requireList, requireParts } from '@ntk/tensor/options'
import type { AxesLayout, AxesOf } from './step.js'

export type { AxesLayout } from './step.js'

/** More axes than any values have. */
const mostAxes = 64

/** Samples first and channels last: what steps know. */
export const standardLayout = (rank: number): AxesLayout => ({ rank, batch: 0, channel: rank - 1 })

export const isStandard = ({ rank, batch, channel }: AxesLayout): boolean =>
  batch === 0 && channel === rank - 1

export const sameLayout = (a: AxesLayout, b: AxesLayout): boolean =>
  a.rank === b.rank && a.batch === b.batch && a.channel === b.channel

/** A layout of axes that may count from the end. Throws NtkError 'axis' where they are not there or the same. */
export function layoutOf(layer: string, rank: number, axes: AxesOf): AxesLayout {
  requireInteger(rank, 'rank of layoutOf', 0, mostAxes)
  requireParts(axes, 'The axes of layoutOf', ['batchAxis', 'channelAxis'], 'a layer')
  const { batchAxis, channelAxis } = axes
  const at = (axis: number): number => (axis < 0 ? axis + rank : axis)
  const [batch, channel] = [at(batchAxis), at(channelAxis)]
  const exists = (axis: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < rank
  if (exists(batch) && exists(channel) && batch !== channel) return { rank, batch, channel }
  throw new NtkError('axis', {
    what: `${layer} needs two different axes of its ${rank}, of samples and of channels.`,
    got: `batchAxis ${batchAxis} and channelAxis ${channelAxis}`,
  })
}

/** The axes of such values in the order samples, positions, channels. */
export function standardOrder(layout: AxesLayout): readonly number[] {
  requireParts(layout, 'The layout of standardOrder', ['rank', 'batch', 'channel'], 'layoutOf')
  const { rank, batch, channel } = layout
  requireInteger(rank, 'rank of a layout', 0, mostAxes)
  const space = Array.from({ length: rank }, (_, axis) => axis).filter((a) => a !== batch && a !== channel)
  return [batch, ...space, channel]
}

/** A shape in that order. */
export function toStandard(shape: Shape, layout: AxesLayout): Shape {
  requireList(shape, 'The shape of toStandard')
  return standardOrder(layout).map((axis) => shape[axis] as number)
}

/** The way back: `order` undone. */
export const inverseOrder = (order: readonly number[]): readonly number[] =>
  order.map((_, axis) => order.indexOf(axis))

/** A shape in the standard order as the layout has it. */
export function fromStandard(shape: Shape, layout: AxesLayout): Shape {
  requireList(shape, 'The shape of fromStandard')
  return inverseOrder(standardOrder(layout)).map((axis) => shape[axis] as number)
}

/** An axis of the layout as one of [batch, spatial..., channels]. Throws NtkError 'axis' where it is not there. */
export const standardAxis = (layer: string, axis: number, layout: AxesLayout): number =>
  standardOrder(layout).indexOf(normalizeAxis(layer, axis, layout.rank))

/** "samples on axis 0, channels on axis 1 of 4", for messages. */
export const showLayout = ({ rank, batch, channel }: AxesLayout): string =>
  `samples on axis ${batch}, channels on axis ${channel} of ${rank}`

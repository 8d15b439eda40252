import {
  all,
  cast,
  type DType,
  greater,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  NtkError,
  slice,
  sum,
  type Value,
  where,
} from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import type { Masks, Sides } from '../places.js'
import { sumOverTaps } from './positions.js'
import { spread, spreadSpace } from './spread.js'
import { type AxisTaps, type Window, windowMiddles } from './window.js'

/** bool, shaped like `nngp`: true where the position of x1 or that of x2 is masked. */
export function pairMask(kernel: Kernel, { of1, of2 }: Sides): Value {
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  return logicalOr(spread(of1, 0, rank), spread(of2 ?? of1, 1, rank))
}

/** The same of each sample with itself, shaped like `cov1`. */
export function ownMask(kernel: Kernel, mask: Value): Value {
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  if (!kernel.diagonalBatch) return logicalOr(spread(mask, 0, rank), spread(mask, 1, rank))
  return rank === 0 ? mask : logicalOr(spreadSpace(mask, 0), spreadSpace(mask, 1))
}

/** The kernel with all that belongs to masked positions at 0: what every step leaves behind it where there are masks. */
export function zeroMasked(kernel: Kernel): Kernel {
  const { masks, means, ntk, cov2, ntkByLayer } = kernel
  if (masks === undefined) return kernel
  const { of1 } = masks
  const of2 = masks.of2 ?? of1
  const pairs = pairMask(kernel, masks)
  const zero = (x: Value, mask: Value): Value => where(mask, 0, x)
  return {
    ...kernel,
    nngp: zero(kernel.nngp, pairs),
    ntk: ntk === null ? null : zero(ntk, pairs),
    cov1: zero(kernel.cov1, ownMask(kernel, of1)),
    cov2: cov2 === null ? null : zero(cov2, ownMask(kernel, of2)),
    means:
      means === undefined || means === 'zero'
        ? means
        : { of1: zero(means.of1, of1), of2: means.of2 === null ? null : zero(means.of2, of2) },
    ntkByLayer: ntkByLayer?.map((part) => ({ ...part, ntk: zero(part.ntk, pairs) })),
  }
}

/** Masks that went through f on both sides; undefined where there are none. */
export function mapMasks(
  masks: Masks | undefined,
  f: (mask: Value) => Value,
  partial: boolean = masks?.partial ?? false,
): Masks | undefined {
  if (masks === undefined) return undefined
  return { of1: f(masks.of1), of2: masks.of2 === null ? null : f(masks.of2), partial }
}

/** Masks behind a sum or product of branches: what is padding in all of them. None where one has none. */
export function masksOfAll(flow: readonly Kernel[]): Masks | undefined {
  const all = flow.map((kernel) => kernel.masks).filter((masks) => masks !== undefined)
  if (all.length < flow.length) return undefined
  return all.reduce((a, b) => ({
    of1: logicalAnd(a.of1, b.of1),
    of2: a.of2 === null || b.of2 === null ? null : logicalAnd(a.of2, b.of2),
    partial: a.partial && b.partial,
  }))
}

/** Masks behind a window: a position is padding where the middle of its window was. */
export function masksAtMiddle(kernel: Kernel, name: string, w: Window): Masks | undefined {
  const cuts = windowMiddles(name, kernel.shape1.slice(1, -1), w)
  return mapMasks(kernel.masks, (mask) => slice(mask, null, ...cuts))
}

/** Masks behind a transposed convolution: a position is padding if anything is that it is made of. */
export function masksOfTaps(kernel: Kernel, taps: readonly AxisTaps[]): Masks | undefined {
  const count = (mask: Value): Value =>
    taps.reduce((m, axis, i) => sumOverTaps(m, [1 + i], axis), cast(mask, kernel.nngp.dtype))
  return mapMasks(kernel.masks, (mask) => greater(count(mask), 0))
}

/** Throws NtkError 'requirement' where single channels of a position may be padding: its channels are not alike then. */
export function requireWholePositions(kernel: Kernel, name: string): void {
  if (kernel.masks?.partial !== true) return
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs positions that are padding in all their channels or in none.`,
    got: 'inputs that are padding in single channels (or a kernel in which nobody can see it)',
    fix: `Put a Dense or convolutional layer before ${name}.`,
  })
}

/** How many positions of each sample count, at least 1: [n1] and [n2]. */
export function unmaskedPositions({ of1, of2 }: Masks, dtype: DType): Sides {
  const count = (mask: Value): Value =>
    maximum(sum(cast(logicalNot(mask), dtype), { axis: positionsOf(mask) }), 1)
  return { of1: count(of1), of2: of2 === null ? null : count(of2) }
}

/** Masks behind a layer with weights, whose channels are all there or all missing. */
export function wholeMasks(masks: Masks | undefined): Masks | undefined {
  return mapMasks(masks, (mask) => mask, false)
}

/** Masks behind what brings all positions into one: masked are samples of which nothing is left. */
export function samplesMasked(masks: Masks | undefined, partial: boolean): Masks | undefined {
  return mapMasks(masks, (mask) => all(mask, { axis: positionsOf(mask) }), partial)
}

const positionsOf = (mask: Value): readonly number[] => mask.shape.slice(1).map((_, i) => i + 1)

import { bind1, type Params, reshape, reverse, type Shape, sizeOf, transpose, type Value } from '@ntk/tensor'
import { range } from '../core/range.js'
import { zerosOf } from '../core/tangent.js'

type Conv = Params<'convGeneralDilated'>

/** Extent of `size` elements with gaps: (size − 1) · dilation + 1, and 0 of nothing. */
export const dilated = (size: number, dilation: number): number =>
  size === 0 ? 0 : (size - 1) * dilation + 1

/** Padding under which the adjoint of a strided window operation gives back `sizes`. */
export function adjointPadding(
  sizes: Shape,
  window: Shape,
  outputs: Shape,
  strides: Shape,
  padding: Conv['padding'],
  baseDilation: Shape,
  windowDilation: Shape,
): [number, number][] {
  return sizes.map((size, i) => {
    const reach = dilated(window[i] as number, windowDilation[i] as number)
    const low = reach - 1 - (padding[i]?.[0] as number)
    const span = dilated(outputs[i] as number, strides[i] as number)
    return [low, dilated(size, baseDilation[i] as number) + reach - 1 - span - low]
  })
}

/**
 * The cotangent of the images: ct, spread out by the strides, correlated with the reversed kernel whose channels and
 * outputs have changed places.
 */
export function imageCotangent(ct: Value, image: Shape, kernel: Value, p: Conv): Value {
  if (sizeOf(ct.shape) === 0) return zerosOf({ shape: image, dtype: ct.dtype }, ct)
  const rank = p.strides.length
  const spatial = range(rank)
  const window = kernel.shape.slice(0, rank)
  const [perGroup, outs] = kernel.shape.slice(rank) as [number, number]
  const groups = p.featureGroups * p.batchGroups
  // [window, c / g, g, o / g] to [window, o / g, g, c / g]
  const split = reshape(kernel, [...window, perGroup, groups, outs / groups])
  const swapped = reshape(transpose(split, [...spatial, rank + 2, rank + 1, rank]), [
    ...window,
    outs / groups,
    groups * perGroup,
  ])
  const padding = adjointPadding(
    image.slice(1, -1),
    window,
    ct.shape.slice(1, -1),
    p.strides,
    p.padding,
    p.lhsDilation,
    p.rhsDilation,
  )
  const out = bind1('convGeneralDilated', [ct, flipped(swapped, spatial)], {
    strides: p.lhsDilation,
    padding,
    lhsDilation: p.strides,
    rhsDilation: p.rhsDilation,
    featureGroups: groups,
    batchGroups: 1,
  })
  if (p.batchGroups === 1) return out
  // [n / g, s, g, c] to [g, n / g, s, c]: the groups are blocks of the batch
  const blocks = reshape(out, [...out.shape.slice(0, -1), groups, perGroup])
  return reshape(transpose(blocks, [rank + 1, ...range(rank + 1), rank + 2]), image)
}

function flipped(kernel: Value, axes: Shape): Value {
  const wide = axes.filter((a) => kernel.shape[a] !== 1)
  return wide.length === 0 ? kernel : reverse(kernel, wide)
}

/**
 * The cotangent of the kernel: the images correlated with ct, the batch being contracted: channels take the place of
 * the batch, the batch that of the channels. Strides and kernel dilation change places; feature groups become batch
 * groups and the other way round.
 */
export function kernelCotangent(ct: Value, image: Value, kernel: Shape, p: Conv): Value {
  if (sizeOf(ct.shape) === 0) return zerosOf({ shape: kernel, dtype: ct.dtype }, ct)
  const rank = p.strides.length
  const spatial = range(rank, 1)
  const window = kernel.slice(0, rank)
  const outputs = ct.shape.slice(1, -1)
  const padding = image.shape.slice(1, -1).map((size, i): [number, number] => {
    const low = p.padding[i]?.[0] as number
    const span = dilated(outputs[i] as number, p.strides[i] as number)
    const reach = dilated(window[i] as number, p.rhsDilation[i] as number)
    return [low, span + reach - 1 - dilated(size, p.lhsDilation[i] as number) - low]
  })
  const out = bind1(
    'convGeneralDilated',
    [transpose(image, [rank + 1, ...spatial, 0]), transpose(ct, [...spatial, 0, rank + 1])],
    {
      strides: p.rhsDilation,
      padding,
      lhsDilation: p.lhsDilation,
      rhsDilation: p.strides,
      featureGroups: p.batchGroups,
      batchGroups: p.featureGroups,
    },
  )
  return transpose(out, [...spatial, 0, rank + 1])
}

import { type Window, windowMiddles } from '@ntk/kernels-analytic'
import { slice, type Value } from '@ntk/tensor'
import { type MaskMove, maskOfPositions } from '../masks.js'

/** The mask in the middle of each window: padding stays where it was, whatever a window sees beside it. */
export function maskAtMiddle(name: string, mask: Value, w: Window): Value {
  return slice(mask, null, ...windowMiddles(name, mask.shape.slice(1, -1), w))
}

/** Of a layer that sums over the channels under a window. */
export function maskOfWindows(name: string, w: Window): MaskMove {
  return (mask, x) => maskAtMiddle(name, maskOfPositions(mask, x), w)
}

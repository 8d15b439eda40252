import {
  bind1,
  eachOf,
  type Inputs,
  mapInputs,
  type Value,
  type WindowParams,
  type WindowParamsRecord,
} from '@ntk/tensor'
import type { SomeInputs } from '../core/some.js'
import { type Batched, type BatchTable, batchedAt, firstAxis, one, withEntry } from './rule.js'

/** The batch axis is one that is not windowed. */
function windowed<P extends keyof WindowParams>(
  primitive: P,
): (
  x: Inputs<P, Value>,
  axes: SomeInputs<P, number>,
  p: WindowParamsRecord,
  size: number,
) => Batched<[Value]> {
  return (x, axes, p, size) => {
    const at = firstAxis(axes)
    const wider: WindowParamsRecord = {
      window: withEntry(p.window, at, 1),
      strides: withEntry(p.strides, at, 1),
      padding: withEntry<readonly [number, number]>(p.padding, at, [0, 0]),
      baseDilation: withEntry(p.baseDilation, at, 1),
      windowDilation: withEntry(p.windowDilation, at, 1),
    }
    const inputs = mapInputs(x, (v, i) => batchedAt(v, axes[i] ?? null, size, at))
    return one(bind1(primitive, inputs, wider), at)
  }
}

export const windows: BatchTable<keyof WindowParams> = {
  ...eachOf(['windowSum', 'windowMax'], windowed),
  ...eachOf(['windowGatherMax', 'windowScatterMax'], windowed),
}

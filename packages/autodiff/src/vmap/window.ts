import { bind1, type Primitive, type Value, type WindowParams, type WindowParamsRecord } from '@ntk/tensor'
import { type BatchAxis, type BatchRule, type BatchTable, batchedAt, one, withEntry } from './rule.js'

/** The batch axis is one that is not windowed. */
function windowed<P extends keyof WindowParams>(primitive: P): BatchRule<P> {
  return (x, axes, params, size) => {
    const at = axes.find((a) => a !== null) as number
    const p: WindowParamsRecord = params
    const wider: WindowParamsRecord = {
      window: withEntry(p.window, at, 1),
      strides: withEntry(p.strides, at, 1),
      padding: withEntry<readonly [number, number]>(p.padding, at, [0, 0]),
      baseDilation: withEntry(p.baseDilation, at, 1),
      windowDilation: withEntry(p.windowDilation, at, 1),
    }
    const inputs = x.map((v: Value, i) => batchedAt(v, axes[i] as BatchAxis, size, at))
    return one(bind1(primitive as Primitive, inputs, wider), at)
  }
}

export const windows: BatchTable<keyof WindowParams> = {
  windowSum: windowed('windowSum'),
  windowMax: windowed('windowMax'),
  windowGatherMax: windowed('windowGatherMax'),
  windowScatterMax: windowed('windowScatterMax'),
}

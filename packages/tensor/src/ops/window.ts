import { bind1 } from '../bind.js'
import type { Padding, WindowParamsRecord } from '../primitives.js'
import type { Shape } from '../shape.js'
import type { Value } from '../value.js'
import { resolvePadding } from './contract.js'

/** Lists have one entry an axis of the operand (1 where an axis is not windowed). */
export interface WindowOptions {
  readonly window: Shape
  readonly strides?: Shape
  readonly padding?: 'SAME' | 'VALID' | Padding
  readonly baseDilation?: Shape
  readonly windowDilation?: Shape
}

function geometry(x: Value, o: WindowOptions): WindowParamsRecord {
  const ones = x.shape.map(() => 1)
  const strides = o.strides ?? ones
  const baseDilation = o.baseDilation ?? ones
  const windowDilation = o.windowDilation ?? ones
  const sizes = x.shape.map((d, i) => (d === 0 ? 0 : (d - 1) * (baseDilation[i] ?? 1) + 1))
  const reach = o.window.map((w, i) => (w - 1) * (windowDilation[i] ?? 1) + 1)
  return {
    window: o.window,
    strides,
    padding: resolvePadding(o.padding ?? 'VALID', sizes, reach, strides),
    baseDilation,
    windowDilation,
  }
}

/** Sum over sliding windows; padding counts 0. */
export function windowSum<V extends Value>(x: V, options: WindowOptions): V {
  return bind1('windowSum', [x], geometry(x, options))
}

/** Maximum over sliding windows; padding counts −∞. */
export function windowMax<V extends Value>(x: V, options: WindowOptions): V {
  return bind1('windowMax', [x], geometry(x, options))
}

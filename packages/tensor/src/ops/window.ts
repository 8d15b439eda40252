import { bind1 } from '../bind.js'
import { finite, listOf, optional } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import { requireValue } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import type { Padding, WindowParamsRecord } from '../primitives.js'
import type { Shape } from '../shape.js'
import type { Value } from '../value.js'
import { paddingOf, paddingRule } from './padding.js'

/** Lists have one entry an axis of the operand (1 where an axis is not windowed). */
export interface WindowOptions {
  readonly window: Shape
  readonly strides?: Shape | undefined
  readonly padding?: 'SAME' | 'VALID' | Padding | undefined
  readonly baseDilation?: Shape | undefined
  readonly windowDilation?: Shape | undefined
}

const rules = {
  window: listOf(finite()),
  strides: optional(listOf(finite())),
  padding: paddingRule,
  baseDilation: optional(listOf(finite())),
  windowDilation: optional(listOf(finite())),
} satisfies RulesFor<WindowOptions>

function geometry(name: string, x: Value, options: WindowOptions): WindowParamsRecord {
  const o = readOptions(name, rules, options)
  const ones = x.shape.map(() => 1)
  const strides = o.strides ?? ones
  const baseDilation = o.baseDilation ?? ones
  const windowDilation = o.windowDilation ?? ones
  const sizes = x.shape.map((d, i) => (d === 0 ? 0 : (d - 1) * (baseDilation[i] ?? 1) + 1))
  const reach = o.window.map((w, i) => (w - 1) * (windowDilation[i] ?? 1) + 1)
  return {
    window: o.window,
    strides,
    padding: paddingOf(o.padding, sizes, reach, strides),
    baseDilation,
    windowDilation,
  }
}

/** Sum over sliding windows; padding counts 0. */
export function windowSum<V extends Value>(x: V, options: WindowOptions): V {
  requireValue(x, 'x of windowSum')
  return bind1('windowSum', [x], geometry('windowSum', x, options))
}

/** Maximum over sliding windows; padding counts −∞. */
export function windowMax<V extends Value>(x: V, options: WindowOptions): V {
  requireValue(x, 'x of windowMax')
  return bind1('windowMax', [x], geometry('windowMax', x, options))
}

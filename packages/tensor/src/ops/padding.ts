import { NtkError } from '../errors.js'
import { rule } from '../options/kinds.js'
import { readValue } from '../options/read.js'
import { requireInteger, requireList } from '../options/require.js'
import type { Rule } from '../options/rule.js'
import { show } from '../options/show.js'
import type { Padding } from '../primitives.js'
import type { Shape } from '../shape.js'

const isPair = (v: unknown): boolean =>
  Array.isArray(v) && v.length === 2 && v.every((n) => typeof n === 'number')

/** 'VALID' unless given. */
export const paddingRule: Rule<'SAME' | 'VALID' | Padding> = rule(
  '"SAME", "VALID" or a list of pairs [low, high]',
  (v) => v === 'SAME' || v === 'VALID' || (Array.isArray(v) && v.every(isPair)),
  'VALID',
)

function pads(sizes: Shape, window: Shape, strides: Shape): [number, number][] {
  return sizes.map((size, i) => {
    const stride = strides[i] as number
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + (window[i] as number) - size)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  })
}

/** As `resolvePadding`, for ops: what does not fit is refused behind it, by their names. */
export function paddingOf(
  padding: 'SAME' | 'VALID' | Padding,
  sizes: Shape,
  window: Shape,
  strides: Shape,
): Padding {
  if (padding === 'VALID') return sizes.map(() => [0, 0] as const)
  return padding === 'SAME' ? pads(sizes, window, strides) : padding
}

function requireGeometry(owner: string, sizes: Shape, window: Shape, strides: Shape): void {
  for (const [name, list, from] of [
    ['sizes', sizes, 0],
    ['window sizes', window, 1],
    ['strides', strides, 1],
  ] as const) {
    requireList(list, `The list of ${name} of ${owner}`)
    for (const entry of list) requireInteger(entry, `Each of the ${name} of ${owner}`, from)
    if (list.length === sizes.length) continue
    throw new NtkError('shape', {
      what: `${owner} needs as many ${name} as sizes, ${sizes.length}.`,
      got: show(list),
    })
  }
}

/** Padding that makes the output ceil(size / stride), the odd element behind. Throws NtkError 'value' or 'shape' unless all are integers, one an axis. */
export function samePadding(sizes: Shape, window: Shape, strides: Shape): [number, number][] {
  requireGeometry('samePadding', sizes, window, strides)
  return pads(sizes, window, strides)
}

/** [low, high] a spatial axis from 'SAME', 'VALID' or the pairs themselves. Window sizes are dilated ones. Throws as `samePadding`. */
export function resolvePadding(
  padding: 'SAME' | 'VALID' | Padding,
  sizes: Shape,
  window: Shape,
  strides: Shape,
): Padding {
  readValue('resolvePadding', 'padding', paddingRule, padding, 'value')
  requireGeometry('resolvePadding', sizes, window, strides)
  return paddingOf(padding, sizes, window, strides)
}

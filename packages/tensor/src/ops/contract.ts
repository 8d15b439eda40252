import { bind1 } from '../bind.js'
import { NtkError } from '../errors.js'
import { finite, listOf, optional, rule } from '../options/kinds.js'
import { checkOptions, readOptions } from '../options/read.js'
import { requireInteger, requireValue } from '../options/require.js'
import type { Rule, RulesFor } from '../options/rule.js'
import type { Padding } from '../primitives.js'
import { broadcastShapes, normalizeAxis, type Shape, showShape } from '../shape.js'
import type { Value } from '../value.js'
import { paddingOf, paddingRule } from './padding.js'
import { broadcastTo, reshape } from './shaping.js'

export interface DotGeneralOptions {
  readonly lhsContract: Shape
  readonly rhsContract: Shape
  readonly lhsBatch?: Shape | undefined
  readonly rhsBatch?: Shape | undefined
}

/** Each axis is checked where it is counted from the end. */
const axisList: Rule<Shape> = rule('a list of axes', Array.isArray)

const dotRules = {
  lhsContract: axisList,
  rhsContract: axisList,
  lhsBatch: optional(axisList),
  rhsBatch: optional(axisList),
} satisfies RulesFor<DotGeneralOptions>

/** Tensor contraction; output axes: batch, left free, right free. Negative axes count from the end. */
export function dotGeneral<V extends Value>(a: V, b: V, options: DotGeneralOptions): V {
  requireValue(a, 'a of dotGeneral')
  requireValue(b, 'b of dotGeneral')
  checkOptions('dotGeneral', dotRules, options)
  return contract(a, b, options)
}

/** As `dotGeneral`, with options that are known to be right. */
function contract<V extends Value>(a: V, b: V, options: DotGeneralOptions): V {
  const left = (s: Shape = []): number[] => s.map((i) => normalizeAxis('dotGeneral', i, a.shape.length))
  const right = (s: Shape = []): number[] => s.map((i) => normalizeAxis('dotGeneral', i, b.shape.length))
  return bind1('dotGeneral', [a, b], {
    lhsContract: left(options.lhsContract),
    rhsContract: right(options.rhsContract),
    lhsBatch: left(options.lhsBatch),
    rhsBatch: right(options.rhsBatch),
  })
}

/** Matrix product of the last two axes; leading axes broadcast; a vector acts as a row on the left, a column on the right. */
export function matmul<V extends Value>(a: V, b: V): V {
  requireValue(a, 'a of matmul')
  requireValue(b, 'b of matmul')
  const [ra, rb] = [a.shape.length, b.shape.length]
  if (ra === 0 || rb === 0) {
    throw new NtkError('shape', {
      what: 'matmul needs at least one axis on both sides.',
      got: `${showShape(a.shape)} and ${showShape(b.shape)}`,
    })
  }
  if (rb <= 2) return contract(a, b, { lhsContract: [ra - 1], rhsContract: [Math.max(0, rb - 2)] })
  if (ra === 1) {
    const out = matmul(reshape(a, [1, ...a.shape]), b)
    return reshape(out, [...out.shape.slice(0, -2), ...out.shape.slice(-1)])
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const axes = batch.map((_, i) => i)
  const wide = (x: V): V => broadcastTo(x, [...batch, ...x.shape.slice(-2)])
  return contract(wide(a), wide(b), {
    lhsContract: [-1],
    rhsContract: [-2],
    lhsBatch: axes,
    rhsBatch: axes,
  })
}

/** Contraction over the last `axes` axes of a with the first of b. */
export function tensordot<V extends Value>(a: V, b: V, axes = 1): V {
  requireValue(a, 'a of tensordot')
  requireValue(b, 'b of tensordot')
  requireInteger(axes, 'axes of tensordot', 0, Math.min(a.shape.length, b.shape.length))
  const r = a.shape.length
  return dotGeneral(a, b, {
    lhsContract: Array.from({ length: axes }, (_, i) => r - axes + i),
    rhsContract: Array.from({ length: axes }, (_, i) => i),
  })
}

export interface ConvOptions {
  readonly strides?: Shape | undefined
  /** 'SAME' and 'VALID' as in the field, or [low, high] a spatial axis (negative crops). */
  readonly padding?: 'SAME' | 'VALID' | Padding | undefined
  readonly lhsDilation?: Shape | undefined
  readonly rhsDilation?: Shape | undefined
  readonly featureGroups?: number | undefined
  readonly batchGroups?: number | undefined
}

const convRules = {
  strides: optional(listOf(finite())),
  padding: paddingRule,
  lhsDilation: optional(listOf(finite())),
  rhsDilation: optional(listOf(finite())),
  featureGroups: finite(1),
  batchGroups: finite(1),
} satisfies RulesFor<ConvOptions>

/** Cross-correlation, channels last, any number of spatial axes: lhs [n, spatial..., c], rhs [window..., c / groups, out]. */
export function convGeneralDilated<V extends Value>(lhs: V, rhs: V, options?: ConvOptions): V {
  requireValue(lhs, 'lhs of convGeneralDilated')
  requireValue(rhs, 'rhs of convGeneralDilated')
  const o = readOptions('convGeneralDilated', convRules, options)
  const rank = Math.max(0, lhs.shape.length - 2)
  const ones = new Array<number>(rank).fill(1)
  const strides = o.strides ?? ones
  const lhsDilation = o.lhsDilation ?? ones
  const rhsDilation = o.rhsDilation ?? ones
  const sizes = lhs.shape.slice(1, -1).map((d, i) => (d === 0 ? 0 : (d - 1) * (lhsDilation[i] as number) + 1))
  const window = rhs.shape.slice(0, rank).map((d, i) => (d - 1) * (rhsDilation[i] as number) + 1)
  return bind1('convGeneralDilated', [lhs, rhs], {
    strides,
    padding: paddingOf(o.padding, sizes, window, strides),
    lhsDilation,
    rhsDilation,
    featureGroups: o.featureGroups,
    batchGroups: o.batchGroups,
  })
}

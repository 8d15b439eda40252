import { bind1 } from '../bind.js'
import { NtkError } from '../errors.js'
import { axes, boolean, optional } from '../options/kinds.js'
import { checkOptions, readOptions } from '../options/read.js'
import { requireValue } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import { normalizeAxes, normalizeAxis, showShape } from '../shape.js'
import type { Value } from '../value.js'
import { add, div, equal, mul, sub, where } from './binary.js'
import { powerOfTwoNear } from './scale.js'
import { reshape } from './shaping.js'
import { abs, exp, isFinite, log, sqrt, square } from './unary.js'

export interface ReduceOptions {
  /** Axes to reduce over, negative from the end; all where absent. */
  readonly axis?: number | readonly number[] | undefined
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean | undefined
}

/** Throws 'shape' where the reduced axes have no elements. */
function needElements(name: string, x: Value, axis: ReduceOptions['axis']): number[] {
  const axes = normalizeAxes(name, axis, x.shape.length)
  if (axes.some((a) => x.shape[a] === 0)) {
    throw new NtkError('shape', {
      what: `${name} needs at least one element along its ${axes.length === 1 ? 'axis' : 'axes'}.`,
      got: showShape(x.shape),
    })
  }
  return axes
}

const rules = {
  axis: optional({ ...axes(), code: 'axis' }),
  keepDims: boolean(false),
} satisfies RulesFor<ReduceOptions>

type Reduction = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr'

function reduce<V extends Value>(
  name: string,
  primitive: Reduction,
  x: V,
  { axis, keepDims }: ReduceOptions,
): V {
  const axes = normalizeAxes(name, axis, x.shape.length)
  const out = axes.length === 0 ? x : bind1(primitive, [x], { axes })
  return keepDims === true
    ? reshape(
        out,
        x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
      )
    : out
}

/** Sum over axes. */
export function sum<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of sum')
  checkOptions('sum', rules, options)
  return reduce('sum', 'reduceSum', x, options)
}

/** Product over axes. */
export function prod<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of prod')
  checkOptions('prod', rules, options)
  return reduce('prod', 'reduceProd', x, options)
}

/** Maximum over axes; NaN where there is a NaN. Throws 'shape' on empty axes. */
export function max<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of max')
  checkOptions('max', rules, options)
  needElements('max', x, options.axis)
  return reduce('max', 'reduceMax', x, options)
}

/** Minimum over axes; NaN where there is a NaN. Throws 'shape' on empty axes. */
export function min<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of min')
  checkOptions('min', rules, options)
  needElements('min', x, options.axis)
  return reduce('min', 'reduceMin', x, options)
}

/** Whether all of a bool tensor hold. */
export function all<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of all')
  checkOptions('all', rules, options)
  return reduce('all', 'reduceAnd', x, options)
}

/** Whether any of a bool tensor holds. */
export function any<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of any')
  checkOptions('any', rules, options)
  return reduce('any', 'reduceOr', x, options)
}

/** Mean over axes, of floats. Throws 'shape' on empty axes. */
export function mean<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of mean')
  checkOptions('mean', rules, options)
  let count = 1
  for (const a of needElements('mean', x, options.axis)) count *= x.shape[a] as number
  return div(sum(x, options), count)
}

/** Population variance over axes: the mean squared deviation from the mean. */
export function variance<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of variance')
  checkOptions('variance', rules, options)
  needElements('variance', x, options.axis)
  return mean(square(sub(x, mean(x, { ...options, keepDims: true }))), options)
}

/**
 * The largest element over axes, kept with size 1, as what exponents are shifted by: 0 where it is infinite. Its tangent
 * is not cut: what e^(x − shift) loses of the derivative at the maximum comes back through it.
 */
function exponentShift<V extends Value>(name: string, x: V, options: ReduceOptions): V {
  needElements(name, x, options.axis)
  const top = max(x, { axis: options.axis, keepDims: true })
  return where(isFinite(top), top, 0)
}

/**
 * log Σ eˣ over axes, without overflow: the maximum is taken off first. −Infinity where all are −Infinity.
 * Throws 'shape' on empty axes.
 */
export function logSumExp<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of logSumExp')
  checkOptions('logSumExp', rules, options)
  const shift = exponentShift('logSumExp', x, options)
  const total = log(sum(exp(sub(x, shift)), { axis: options.axis, keepDims: true }))
  const out = add(total, shift)
  if (options.keepDims === true) return out
  const axes = normalizeAxes('logSumExp', options.axis, x.shape.length)
  return reshape(
    out,
    x.shape.filter((_, i) => !axes.includes(i)),
  )
}

/** Index of the first maximum along one axis, int32. */
export function argMax<V extends Value>(x: V, axis = -1): V {
  requireValue(x, 'x of argMax')
  return bind1('argMax', [x], { axis: normalizeAxis('argMax', axis, x.shape.length) })
}

/** Index of the first minimum along one axis, int32. */
export function argMin<V extends Value>(x: V, axis = -1): V {
  requireValue(x, 'x of argMin')
  return bind1('argMin', [x], { axis: normalizeAxis('argMin', axis, x.shape.length) })
}

export interface CumSumOptions {
  /** From the end. */
  readonly reverse?: boolean | undefined
}

const cumSumRules = { reverse: boolean(false) } satisfies RulesFor<CumSumOptions>

/** Running sum along one axis. */
export function cumSum<V extends Value>(x: V, axis = -1, options?: CumSumOptions): V {
  requireValue(x, 'x of cumSum')
  const { reverse } = readOptions('cumSum', cumSumRules, options)
  const a = normalizeAxis('cumSum', axis, x.shape.length)
  return bind1('cumSum', [x], { axis: a, reverse })
}

/** Ascending, stable, NaN last, along one axis. */
export function sort<V extends Value>(x: V, axis = -1): V {
  requireValue(x, 'x of sort')
  return bind1('sort', [x], { axis: normalizeAxis('sort', axis, x.shape.length) })
}

/** The int32 indices that sort along one axis. */
export function argSort<V extends Value>(x: V, axis = -1): V {
  requireValue(x, 'x of argSort')
  return bind1('argSort', [x], { axis: normalizeAxis('argSort', axis, x.shape.length) })
}

/**
 * e^x / Σ e^x along an axis; the maximum is taken off first, so that large x lose nothing. −Infinity has the share 0; where
 * all are −Infinity, or one is +Infinity, there are no shares: NaN. Throws 'shape' where the axis has no elements.
 */
export function softmax<V extends Value>(x: V, axis = -1): V {
  requireValue(x, 'x of softmax')
  const e = exp(sub(x, exponentShift('softmax', x, { axis })))
  return div(e, sum(e, { axis, keepDims: true }))
}

/** log softmax(x) along an axis: (x − max) − log Σ e^(x − max). Infinities and empty axes as softmax has them. */
export function logSoftmax<V extends Value>(x: V, axis = -1): V {
  requireValue(x, 'x of logSoftmax')
  const shifted = sub(x, exponentShift('logSoftmax', x, { axis }))
  return sub(shifted, log(sum(exp(shifted), { axis, keepDims: true })))
}

/**
 * The 2-norm over axes; elements are brought near 1 by a power of two first, so that their squares stay in range.
 * Its derivative at zeros is 0, the middle of its slopes there.
 */
export function norm<V extends Value>(x: V, options: ReduceOptions = {}): V {
  requireValue(x, 'x of norm')
  checkOptions('norm', rules, options)
  const { axis, keepDims } = options
  const axes = normalizeAxes('norm', axis, x.shape.length)
  if (axes.some((a) => x.shape[a] === 0)) return sqrt(sum(square(x), options))
  const scale = powerOfTwoNear(max(abs(x), { axis: axes, keepDims: true }))
  const total = sum(square(div(x, scale)), { axis: axes, keepDims: true })
  const none = equal(total, 0)
  const out = mul(where(none, 0, sqrt(where(none, 1, total))), scale)
  return keepDims === true
    ? out
    : reshape(
        out,
        x.shape.filter((_, i) => !axes.includes(i)),
      )
}

import { bind1 } from '../bind.js'
import { NtkError } from '../errors.js'
import { normalizeAxes, normalizeAxis, showShape } from '../shape.js'
import type { Value } from '../value.js'
import { add, div, sub, where } from './binary.js'
import { reshape } from './shaping.js'
import { exp, isFinite, log, square } from './unary.js'

export interface ReduceOptions {
  /** Axes to reduce over, negative from the end; all where absent. */
  readonly axis?: number | readonly number[] | undefined
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean | undefined
}

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
  return reduce('sum', 'reduceSum', x, options)
}

/** Product over axes. */
export function prod<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return reduce('prod', 'reduceProd', x, options)
}

/** Maximum over axes; NaN where there is a NaN. Throws 'shape' on empty axes. */
export function max<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return reduce('max', 'reduceMax', x, options)
}

/** Minimum over axes; NaN where there is a NaN. Throws 'shape' on empty axes. */
export function min<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return reduce('min', 'reduceMin', x, options)
}

/** Whether all of a bool tensor hold. */
export function all<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return reduce('all', 'reduceAnd', x, options)
}

/** Whether any of a bool tensor holds. */
export function any<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return reduce('any', 'reduceOr', x, options)
}

/** Mean over axes, of floats. Throws 'shape' on empty axes. */
export function mean<V extends Value>(x: V, options: ReduceOptions = {}): V {
  let count = 1
  for (const a of normalizeAxes('mean', options.axis, x.shape.length)) count *= x.shape[a] as number
  if (count === 0) {
    throw new NtkError('shape', {
      what: 'mean needs at least one element along its axes.',
      got: showShape(x.shape),
    })
  }
  return div(sum(x, options), count)
}

/** Population variance over axes: the mean squared deviation from the mean. */
export function variance<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return mean(square(sub(x, mean(x, { ...options, keepDims: true }))), options)
}

/** log Σ eˣ over axes, without overflow. */
export function logSumExp<V extends Value>(x: V, options: ReduceOptions = {}): V {
  const top = max(x, { ...options, keepDims: true })
  const shift = where(isFinite(top), top, 0)
  const total = log(sum(exp(sub(x, shift)), { ...options, keepDims: true }))
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
  return bind1('argMax', [x], { axis: normalizeAxis('argMax', axis, x.shape.length) })
}

/** Index of the first minimum along one axis, int32. */
export function argMin<V extends Value>(x: V, axis = -1): V {
  return bind1('argMin', [x], { axis: normalizeAxis('argMin', axis, x.shape.length) })
}

/** Running sum along one axis. */
export function cumSum<V extends Value>(x: V, axis = -1, options: { readonly reverse?: boolean } = {}): V {
  const a = normalizeAxis('cumSum', axis, x.shape.length)
  return bind1('cumSum', [x], { axis: a, reverse: options.reverse ?? false })
}

/** Ascending, stable, NaN last, along one axis. */
export function sort<V extends Value>(x: V, axis = -1): V {
  return bind1('sort', [x], { axis: normalizeAxis('sort', axis, x.shape.length) })
}

/** The int32 indices that sort along one axis. */
export function argSort<V extends Value>(x: V, axis = -1): V {
  return bind1('argSort', [x], { axis: normalizeAxis('argSort', axis, x.shape.length) })
}

/** e^x / Σ e^x along an axis. */
export function softmax<V extends Value>(x: V, axis = -1): V {
  return exp(logSoftmax(x, axis))
}

/** x − log Σ e^x along an axis. */
export function logSoftmax<V extends Value>(x: V, axis = -1): V {
  return sub(x, logSumExp(x, { axis, keepDims: true }))
}

/** The 2-norm over axes. */
export function norm<V extends Value>(x: V, options: ReduceOptions = {}): V {
  return bind1('sqrt', [sum(square(x), options)], {})
}

import { bind1 } from '../bind.js'
import { type DType, dtypes } from '../dtype.js'
import { NtkError } from '../errors.js'
import { finite, listOf, optional, rule } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import { requireList, requireNumber, requireValue, requireWord } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import { show } from '../options/show.js'
import { normalizeAxes, normalizeAxis, type Shape, sameShape, showShape, sizeOf } from '../shape.js'
import type { Value } from '../value.js'

/** The same elements in another shape; one entry may be −1 and is worked out. */
export function reshape<V extends Value>(x: V, shape: Shape): V {
  requireValue(x, 'x of reshape')
  requireList(shape, 'The shape that reshape takes')
  const holes = shape.filter((d) => d === -1).length
  let target = shape
  if (holes > 0) {
    const rest = sizeOf(shape.filter((d) => d !== -1))
    const size = sizeOf(x.shape)
    if (holes > 1 || rest === 0 || size % rest !== 0) {
      throw new NtkError('shape', {
        what: `reshape of ${showShape(x.shape)} needs at most one −1, and a whole number in its place.`,
        got: showShape(shape),
      })
    }
    target = shape.map((d) => (d === -1 ? size / rest : d))
  }
  return sameShape(target, x.shape) ? x : bind1('reshape', [x], { shape: target })
}

/** Axes permuted: output axis i is input axis perm[i]; all reversed where `perm` is absent. */
export function transpose<V extends Value>(x: V, perm?: Shape): V {
  requireValue(x, 'x of transpose')
  if (perm !== undefined) requireList(perm, 'perm of transpose')
  const rank = x.shape.length
  const p = (perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)).map((a) =>
    normalizeAxis('transpose', a, rank),
  )
  return p.length === rank && p.every((a, i) => a === i) ? x : bind1('transpose', [x], { perm: p })
}

/** One axis moved to another place, the others kept in order. */
export function moveAxis<V extends Value>(x: V, from: number, to: number): V {
  requireValue(x, 'x of moveAxis')
  const rank = x.shape.length
  const f = normalizeAxis('moveAxis', from, rank)
  const perm = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== f)
  perm.splice(normalizeAxis('moveAxis', to, rank), 0, f)
  return transpose(x, perm)
}

/** Repeated to a shape that it broadcasts to. */
export function broadcastTo<V extends Value>(x: V, shape: Shape): V {
  requireValue(x, 'x of broadcastTo')
  requireList(shape, 'The shape that broadcastTo takes')
  return sameShape(x.shape, shape) ? x : bind1('broadcastTo', [x], { shape })
}

/** A new axis of size 1 at `axis` of the result. */
export function expandDims<V extends Value>(x: V, axis: number): V {
  requireValue(x, 'x of expandDims')
  const at = normalizeAxis('expandDims', axis, x.shape.length + 1)
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}

/** Without axes of size 1 (all of them, or those named). */
export function squeeze<V extends Value>(x: V, axis?: number | readonly number[]): V {
  requireValue(x, 'x of squeeze')
  const axes =
    axis === undefined
      ? x.shape.flatMap((d, i) => (d === 1 ? [i] : []))
      : normalizeAxes('squeeze', axis, x.shape.length)
  const wide = axes.find((a) => x.shape[a] !== 1)
  if (wide !== undefined) {
    throw new NtkError('shape', {
      what: `squeeze needs axis ${wide} to have size 1.`,
      got: showShape(x.shape),
    })
  }
  return reshape(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  )
}

/** Of one axis: an index (axis removed), or [start, stop, step]; negative ends count from the end; null is the whole axis. */
export type Index = number | readonly [start?: number | null, stop?: number | null, step?: number] | null

function checkIndex(index: Index, axis: number): void {
  const isEnd = (v: unknown): boolean => v === undefined || v === null || typeof v === 'number'
  if (isEnd(index) || (Array.isArray(index) && index.length <= 3 && index.every(isEnd))) return
  throw new NtkError('index', {
    what: `slice takes an integer, [start, stop, step] or null for axis ${axis}.`,
    got: show(index),
  })
}

/** Python-style indexing of leading axes: `slice(x, 0, [1, -1], null)` is x[0, 1:-1, :]. Steps must be positive. */
export function slice<V extends Value>(x: V, ...indices: readonly Index[]): V {
  requireValue(x, 'x of slice')
  const rank = x.shape.length
  if (indices.length > rank) {
    throw new NtkError('index', { what: `slice takes at most ${rank} indices.`, got: String(indices.length) })
  }
  const start: number[] = []
  const limit: number[] = []
  const strides: number[] = []
  const gone: number[] = []
  x.shape.forEach((d, i) => {
    const index = indices[i] ?? null
    checkIndex(index, i)
    const clampEnd = (v: number): number => Math.min(d, Math.max(0, v < 0 ? v + d : v))
    if (typeof index === 'number') {
      const at = index < 0 ? index + d : index
      if (!Number.isInteger(at) || at < 0 || at >= d) {
        throw new NtkError('index', {
          what: `Axis ${i} of ${showShape(x.shape)} has no element at this index.`,
          got: String(index),
        })
      }
      start.push(at)
      limit.push(at + 1)
      strides.push(1)
      gone.push(i)
      return
    }
    const lo = clampEnd(index?.[0] ?? 0)
    start.push(lo)
    limit.push(Math.max(lo, clampEnd(index?.[1] ?? d)))
    strides.push(index?.[2] ?? 1)
  })
  const whole = start.every((s, i) => s === 0 && limit[i] === x.shape[i] && strides[i] === 1)
  const out = whole ? x : bind1('slice', [x], { start, limit, strides })
  return gone.length === 0
    ? out
    : reshape(
        out,
        out.shape.filter((_, i) => !gone.includes(i)),
      )
}

export interface PadOptions {
  /** What is put there, 0 unless given. */
  readonly value?: number | undefined
  /** How many are put between neighbours along each axis; none unless given. */
  readonly interior?: Shape | undefined
}

const padRules = {
  value: rule<number>('a number', (v) => typeof v === 'number', 0),
  interior: optional(listOf(finite())),
} satisfies RulesFor<PadOptions>

/** Constant padding, [low, high] an axis; negative numbers crop. `interior` puts that many fillers between elements. */
export function pad<V extends Value>(
  x: V,
  widths: readonly (readonly [number, number])[],
  options?: PadOptions,
): V {
  requireValue(x, 'x of pad')
  requireList(widths, 'widths of pad')
  for (const pair of widths) requireList(pair, 'Each of widths of pad')
  const { value, interior = x.shape.map(() => 0) } = readOptions('pad', padRules, options)
  return bind1('pad', [x], {
    low: widths.map((w) => w[0]),
    high: widths.map((w) => w[1]),
    interior,
    value,
  })
}

/** Joined along an existing axis. */
export function concatenate<V extends Value>(xs: readonly V[], axis = 0): V {
  requireList(xs, 'xs of concatenate')
  for (const x of xs) requireValue(x, 'Each of xs of concatenate')
  const [first] = xs
  if (first !== undefined && xs.length === 1) return first
  return bind1('concatenate', xs, { axis: normalizeAxis('concatenate', axis, first?.shape.length ?? 1) })
}

/** Joined along a new axis. */
export function stack<V extends Value>(xs: readonly V[], axis = 0): V {
  requireList(xs, 'xs of stack')
  for (const x of xs) requireValue(x, 'Each of xs of stack')
  const [first] = xs
  if (first === undefined) return concatenate(xs)
  const a = normalizeAxis('stack', axis, first.shape.length + 1)
  return concatenate(
    xs.map((x) => expandDims(x, a)),
    a,
  )
}

/** Equal parts along an axis. */
export function chunk<V extends Value>(x: V, parts: number, axis = 0): V[] {
  requireValue(x, 'x of chunk')
  requireNumber(parts, 'parts of chunk')
  const a = normalizeAxis('chunk', axis, x.shape.length)
  const size = (x.shape[a] as number) / parts
  if (!Number.isInteger(size) || !Number.isSafeInteger(parts) || parts < 1) {
    throw new NtkError('shape', {
      what: `chunk needs an axis that ${parts} divides.`,
      got: showShape(x.shape),
    })
  }
  return Array.from({ length: parts }, (_, i) =>
    slice(x, ...x.shape.slice(0, a).map(() => null), [i * size, (i + 1) * size]),
  )
}

/** Reversed along axes (all where absent). */
export function reverse<V extends Value>(x: V, axis?: number | readonly number[]): V {
  requireValue(x, 'x of reverse')
  return bind1('reverse', [x], { axes: normalizeAxes('reverse', axis, x.shape.length) })
}

/** x at int32 `indices` along an axis, whose place the indices' axes take. Throws 'index' out of range. */
export function take<V extends Value>(x: V, indices: V, axis = 0): V {
  requireValue(x, 'x of take')
  requireValue(indices, 'indices of take')
  return bind1('gather', [x, indices], {
    axis: normalizeAxis('take', axis, x.shape.length),
    batchDims: 0,
  })
}

/** For each place the element of x at `indices` along `axis`; shapes agree on the other axes (as argSort gives them). */
export function takeAlongAxis<V extends Value>(x: V, indices: V, axis = -1): V {
  requireValue(x, 'x of takeAlongAxis')
  requireValue(indices, 'indices of takeAlongAxis')
  const rank = x.shape.length
  const a = normalizeAxis('takeAlongAxis', axis, rank)
  const [xs, is] = [moveAxis(x, a, -1), moveAxis(indices, a, -1)]
  return moveAxis(bind1('gather', [xs, is], { axis: rank - 1, batchDims: rank - 1 }), -1, a)
}

/** operand with `updates` added at int32 `indices` along an axis; repeated indices add up. */
export function scatterAdd<V extends Value>(operand: V, indices: V, updates: V, axis = 0): V {
  requireValue(operand, 'operand of scatterAdd')
  requireValue(indices, 'indices of scatterAdd')
  requireValue(updates, 'updates of scatterAdd')
  const a = normalizeAxis('scatterAdd', axis, operand.shape.length)
  return bind1('scatterAdd', [operand, indices, updates], { axis: a, batchDims: 0 })
}

/**
 * Converted to another dtype. Floats truncate toward zero on the way to int32, which holds numbers below 2^31 alone: NaN, infinity and what is
 * larger have no value there, and what stands in their place differs from backend to backend. NaN is true as a bool.
 */
export function cast<V extends Value>(x: V, dtype: DType): V {
  requireValue(x, 'x of cast')
  requireWord(dtype, dtypes, 'dtype of cast')
  return x.dtype === dtype ? x : bind1('cast', [x], { dtype })
}

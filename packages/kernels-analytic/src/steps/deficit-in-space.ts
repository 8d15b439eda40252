import { stopGradient } from '@ntk/autodiff'
import {
  add,
  constantFromData,
  div,
  greater,
  less,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  mean,
  mul,
  reshape,
  type Shape,
  slice,
  sqrt,
  square,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import { firstDeficit } from '../activations/deficit.js'
import type { Kernel } from '../kernel.js'
import { pairsOf } from './pairs.js'
import type { AxisTaps } from './window.js'

/**
 * Deficits e = 1 − |c| in space. A window takes means of D = q11 + q22 − 2q = (√q11 − √q22)² + 2 (p − q), p = √(q11 q22), and e behind it is read from
 * its D where that is small, else from the covariances. Both sides are divided by their mean size first, so that images that are alike but
 * for their brightness have a small D too.
 */

/** D small beside p tells the angle better than q does. */
const small = 1 / 4

/** Sizes of both sides, as numbers that broadcast to pairs. */
const sizesOf = ({ q11, q22 }: PairCovariances): readonly [Value, Value] => {
  const of = (v: Value): Value => {
    const axes = v.shape.map((_, axis) => axis).slice(2)
    const size = sqrt(mean(v, { axis: axes, keepDims: true }))
    return where<Value>(greater(size, 0), size, 1)
  }
  return [of(q11), of(q22)]
}

/** √q11, √q22 and their product, in units of the sizes. */
function roots({ q11, q22 }: PairCovariances, [s1, s2]: readonly [Value, Value]): readonly Value[] {
  const [r1, r2] = [div(sqrt(q11), s1), div(sqrt(q22), s2)]
  return [r1, r2, mul(r1, r2)]
}

/** e of pairs whose D, in units of the sizes, is known. */
function deficitFrom(
  d: Value,
  pairs: PairCovariances,
  sizes: readonly [Value, Value],
  known: Value | null,
): Value {
  const [r1, r2, p] = roots(pairs, sizes) as [Value, Value, Value]
  const near = less(d, mul<Value>(p, small))
  const usable = known === null ? near : logicalAnd(near, known)
  const half = mul<Value>(maximum(sub(d, square(sub(r1, r2))), 0), 0.5)
  const carried = div(half, where<Value>(greater(p, 0), p, 1))
  return where(usable, carried, firstDeficit(pairs))
}

/** e of the data x1 and x2 [n, spatial..., channels], of which `kernel` is the kernel; of many channels as their products tell it. */
export function deficitOfData(x1: Value, x2: Value, kernel: Kernel): Value | undefined {
  const channels = x1.shape.at(-1) as number
  if (channels > 16) return undefined
  const rank = x1.shape.length - 2
  const pairs = stopGradient(pairsOf(kernel))
  const sizes = sizesOf(pairs)
  const [s1, s2] = sizes
  const wide = (x: Value, side: 0 | 1): Value => {
    const [n, ...space] = x.shape.slice(0, -1) as [number, ...number[]]
    const both = (d: number): Shape => (side === 0 ? [d, 1] : [1, d])
    return reshape(x, [...both(n), ...(kernel.diagonalSpatial ? space : space.flatMap(both))])
  }
  const channel = (x: Value, c: number): Value =>
    slice(x, ...Array.from({ length: rank + 1 }, () => null), [c, c + 1])
  const [a, b] = [stopGradient(x1), stopGradient(x2)]
  const apart = Array.from({ length: channels }, (_, c) =>
    square(sub(div(wide(channel(a, c), 0), s1), div(wide(channel(b, c), 1), s2))),
  )
  const d = div<Value>(
    apart.reduce((x, y) => add(x, y)),
    channels,
  )
  return deficitFrom(d, pairs, sizes, null)
}

/**
 * e behind the mean over the taps of a window, of which `after` has the covariances and `average` takes means of pairs: undefined where none
 * was known before. Where one of two samples is padding under a tap and the other is not, D does not know how long the other is.
 */
export function deficitOverTaps(
  before: Kernel,
  after: Kernel,
  taps: readonly Pick<AxisTaps, 'sources'>[],
  average: (x: Value) => Value,
): Value | undefined {
  const { deficit } = before
  if (deficit === undefined) return undefined
  const { q, q11, q22 } = stopGradient(pairsOf(before))
  const sizes = sizesOf({ q, q11, q22 })
  const [r1, r2, p] = roots({ q, q11, q22 }, sizes) as [Value, Value, Value]
  const lacking = where<Value>(less(q, 0), sub<Value>(2, deficit), deficit)
  const d = average(add(square(sub(r1, r2)), mul(mul<Value>(p, 2), lacking)))
  const made = stopGradient({ ...pairsOf(after), deficit: undefined })
  const mixed = before.diagonalSpatial ? null : mixedPositions(taps, d)
  return deficitFrom(d, made, sizes, mixed === null ? null : logicalNot(mixed))
}

/** Pairs of positions [.., h, h', w, w'] of which a tap sees one and not the other; null where there are none. */
function mixedPositions(taps: readonly Pick<AxisTaps, 'sources'>[], x: Value): Value | null {
  const samples = x.shape.length - 2 * taps.length
  const each = taps.flatMap(({ sources }, i): Value[] => {
    const size = sources[0]?.length ?? 0
    const pairs = Uint8Array.from({ length: size ** 2 }, (_, k) =>
      sources.some((tap) => (tap[Math.floor(k / size)] === -1) !== (tap[k % size] === -1)) ? 1 : 0,
    )
    if (!pairs.includes(1)) return []
    const ones = x.shape.map(() => 1)
    const shape = ones.with(samples + 2 * i, size).with(samples + 2 * i + 1, size)
    return [reshape(greater(constantFromData(Float64Array.from(pairs), [size, size], x.backend), 0), shape)]
  })
  return each.length === 0 ? null : each.reduce((a, b) => logicalOr(a, b))
}

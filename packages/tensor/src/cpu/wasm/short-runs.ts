import type { TypedArray } from '../../dtype.js'
import { type Loops, walk } from '../loops.js'
import { engine } from './engine.js'

/** Fewer elements are moved by a plain loop before they would have been brought over. */
const FEW = 2048
/** Elements of both arrays that are brought over. */
const MOST = 1 << 22

/**
 * Copies short contiguous runs from `src` to `dst`, all of which they fill; false where they do not, or where there is too little or
 * too much of it. The last axis of `loops` is contiguous on both sides.
 */
export function copyShortRuns(
  src: TypedArray,
  srcAt: number,
  dst: TypedArray,
  dstAt: number,
  { shape, strides }: Loops,
): boolean {
  const rank = shape.length
  const size = shape.reduce((a, b) => a * b, 1)
  const bytes = src.BYTES_PER_ELEMENT
  const fits = rank >= 2 && bytes >= 4 && size >= FEW && src.length <= 4 * size && src.length + size <= MOST
  if (!fits || dstAt !== 0 || dst.length !== size || (strides[0] as number[]).some((s) => s < 0)) return false
  const e = engine()
  const from = e.base
  const to = from + Math.ceil((src.length * bytes) / 64) * 64
  e.reserve(to + size * bytes - e.base)
  const memory: TypedArray = bytes === 8 ? e.f64() : e.i32()
  memory.set(src, from / bytes)
  const [s2, d2] = strides.map((s) => (s[rank - 2] as number) * bytes) as [number, number]
  const [count, n] = [shape[rank - 2] as number, (shape[rank - 1] as number) * bytes]
  walk({ shape, strides }, rank - 2, [srcAt, 0], ([s, d]) => {
    e.call.copyRuns(to + (d as number) * bytes, d2, from + (s as number) * bytes, s2, n, count)
  })
  dst.set(memory.subarray(to / bytes, to / bytes + size))
  return true
}

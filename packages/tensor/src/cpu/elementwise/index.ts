import { allocateDirty, isFloat, type TypedArray } from '../../dtype.js'
import type { ElementwiseParams } from '../../primitives.js'
import { broadcastStrides } from '../../reference/host.js'
import { sizeOf, stridesOf } from '../../shape.js'
import { collapse, walk } from '../loops.js'
import type { CpuTable } from '../rule.js'
import { select } from '../wasm/arith.js'
import type { FloatArray } from '../wasm/index.js'
import { binary } from './binary.js'
import { unary } from './unary.js'

function selectLoop(
  c: TypedArray,
  r: number,
  dc: number,
  a: TypedArray,
  p: number,
  da: number,
  b: TypedArray,
  q: number,
  db: number,
  out: TypedArray,
  o: number,
  n: number,
): void {
  for (let i = 0; i < n; i++, r += dc, p += da, q += db) {
    out[o + i] = c[r] !== 0 ? (a[p] as number) : (b[q] as number)
  }
}

export const elementwise: CpuTable<keyof ElementwiseParams> = {
  ...unary,
  ...binary,
  not: ([{ data }]) => {
    const out = new Uint8Array(data.length)
    for (let i = 0; i < out.length; i++) out[i] = data[i] === 0 ? 1 : 0
    return [out]
  },
  isFinite: ([{ data }]) => {
    const out = new Uint8Array(data.length)
    // x − x is 0 for finite numbers only
    for (let i = 0; i < out.length; i++) out[i] = (data[i] as number) - (data[i] as number) === 0 ? 1 : 0
    return [out]
  },
  select: ([condition, x, y], _, [{ shape, dtype }]) => {
    const out = allocateDirty(dtype, sizeOf(shape))
    if (out.length === 0) return [out]
    const rank = shape.length
    const loops = collapse(shape, [
      broadcastStrides(condition.shape, rank),
      broadcastStrides(x.shape, rank),
      broadcastStrides(y.shape, rank),
      stridesOf(shape),
    ])
    const inner = loops.shape.length - 1
    const n = inner < 0 ? 1 : (loops.shape[inner] as number)
    const [dc, da, db] = loops.strides.map((s) => s[inner] ?? 0) as [number, number, number]
    const wide = isFloat(dtype) && dc === 1 && n >= 48
    walk(loops, Math.max(0, inner), [0, 0, 0, 0], (at) => {
      const [r, p, q, o] = at as [number, number, number, number]
      const [u, v] = [x.data as FloatArray, y.data as FloatArray]
      if (wide) select(condition.data as Uint8Array, r, u, p, da, v, q, db, out as FloatArray, o, n)
      else selectLoop(condition.data, r, dc, x.data, p, da, y.data, q, db, out, o, n)
    })
    return [out]
  },
  cast: ([{ data, dtype: from }], { dtype }) => {
    if (from === dtype) return [data]
    const out = allocateDirty(dtype, data.length)
    if (dtype === 'bool') for (let i = 0; i < out.length; i++) out[i] = data[i] === 0 ? 0 : 1
    else out.set(data)
    return [out]
  },
}

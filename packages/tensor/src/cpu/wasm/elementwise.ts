import { engine, loadWide, storeWide } from './engine.js'
import type { Exports } from './exports.js'
import type { BinaryName, FloatArray, UnaryName } from './types.js'

/** Elements a pass: two float64 chunks stay in the first-level cache. */
const CHUNK = 2048

/** The kernels that work in place on a float64 chunk. */
const kernels = {
  exp: 'exp64',
  expm1: 'expm1_64',
  log: 'log64',
  log1p: 'log1p64',
  sin: 'sin64',
  cos: 'cos64',
  tan: 'tan64',
  asin: 'asin64',
  acos: 'acos64',
  atan: 'atan64',
  sinh: 'sinh64',
  cosh: 'cosh64',
  tanh: 'tanh64',
  asinh: 'asinh64',
  acosh: 'acosh64',
  atanh: 'atanh64',
  erf: 'erf64',
  erfc: 'erfc64',
  erfInv: 'erfInv64',
  sqrt: 'sqrt64',
  rsqrt: 'rsqrt64',
  logistic: 'logistic64',
} as const satisfies Record<UnaryName, keyof Exports>

const binaryKernels = { pow: 'pow64', atan2: 'atan2_64' } as const satisfies Record<BinaryName, keyof Exports>

/**
 * dst[dstOffset + i] = name(src[srcOffset + i]) for i < n; src and dst of one type, and may be one array in place.
 * float64 results are within 2 ulp of the correctly rounded ones; float32 is computed in float64 and rounded once.
 * No engine's own Math function takes part, so the numbers are the same everywhere.
 */
export function unary(
  name: UnaryName,
  src: FloatArray,
  srcOffset: number,
  dst: FloatArray,
  dstOffset: number,
  n: number,
): void {
  const e = engine()
  const at = e.base
  const wide = at + CHUNK * 8
  e.reserve(CHUNK * 12)
  const kernel = kernels[name]
  for (let i = 0; i < n; i += CHUNK) {
    const count = Math.min(CHUNK, n - i)
    loadWide(e, src, srcOffset + i, count, at, wide)
    e.call[kernel](at, count + (count & 1))
    storeWide(e, at, wide, count, dst, dstOffset + i)
  }
}

/** dst[i] = name(a[i], b[i]) for i < n, arrays of one type; atan2(y, x) and pow(base, exponent) in this order. */
export function binary(name: BinaryName, a: FloatArray, b: FloatArray, dst: FloatArray, n: number): void {
  const e = engine()
  const first = e.base
  const second = first + CHUNK * 8
  const wide = second + CHUNK * 8
  e.reserve(CHUNK * 20)
  const kernel = binaryKernels[name]
  for (let i = 0; i < n; i += CHUNK) {
    const count = Math.min(CHUNK, n - i)
    loadWide(e, a, i, count, first, wide)
    loadWide(e, b, i, count, second, wide)
    e.call[kernel](first, second, count + (count & 1))
    storeWide(e, first, wide, count, dst, i)
  }
}

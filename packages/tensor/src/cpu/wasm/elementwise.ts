import type { BinaryName, FloatArray, UnaryName } from './types.js'

/** dst[dstOffset + i] = name(src[srcOffset + i]) for i < n; src and dst of one type, and may be one array. Errors ≤ 2 ulp. */
export function unary(
  name: UnaryName,
  src: FloatArray,
  srcOffset: number,
  dst: FloatArray,
  dstOffset: number,
  n: number,
): void {
  throw new Error(`not yet: ${[name, src, srcOffset, dst, dstOffset, n].length}`)
}

/** dst[i] = name(a[i], b[i]) for i < n, arrays of one type; atan2(y, x) and pow(base, exponent) in this order. */
export function binary(name: BinaryName, a: FloatArray, b: FloatArray, dst: FloatArray, n: number): void {
  throw new Error(`not yet: ${[name, a, b, dst, n].length}`)
}

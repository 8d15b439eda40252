import { div, lit, ONE } from './simd'

export function sqrt64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) v128.store(p, f64x2.sqrt(v128.load(p)))
}

export function rsqrt64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) v128.store(p, div(lit(ONE), f64x2.sqrt(v128.load(p))))
}

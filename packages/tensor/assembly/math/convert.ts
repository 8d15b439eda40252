/** n float32 (n even) at `src` become float64 at `dst`; the ranges may not overlap. */
export function promote(src: usize, dst: usize, n: i32): void {
  const end = src + ((<usize>n) << 2)
  for (; src < end; src += 8) {
    v128.store(dst, f64x2.promote_low_f32x4(v128.load64_zero(src)))
    dst += 16
  }
}

/** n float64 (n even) at `src` are rounded to float32 at `dst`. */
export function demote(src: usize, dst: usize, n: i32): void {
  const end = src + ((<usize>n) << 3)
  for (; src < end; src += 16) {
    v128.store_lane<f64>(dst, f32x4.demote_f64x2_zero(v128.load(src)), 0)
    dst += 8
  }
}

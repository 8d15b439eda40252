/**
 * Comparisons to bytes of 0 and 1, and selection by such bytes, four elements a step; steps as in binary.ts,
 * for four elements.
 */

@inline
function mask64(op: i32, a: v128, b: v128): i32 {
  if (op == 0) return i64x2.bitmask(f64x2.eq(a, b))
  if (op == 1) return i64x2.bitmask(f64x2.ne(a, b))
  if (op == 2) return i64x2.bitmask(f64x2.lt(a, b))
  if (op == 3) return i64x2.bitmask(f64x2.le(a, b))
  if (op == 4) return i64x2.bitmask(f64x2.gt(a, b))
  return i64x2.bitmask(f64x2.ge(a, b))
}

@inline
function mask32(op: i32, a: v128, b: v128): i32 {
  if (op == 0) return i32x4.bitmask(f32x4.eq(a, b))
  if (op == 1) return i32x4.bitmask(f32x4.ne(a, b))
  if (op == 2) return i32x4.bitmask(f32x4.lt(a, b))
  if (op == 3) return i32x4.bitmask(f32x4.le(a, b))
  if (op == 4) return i32x4.bitmask(f32x4.gt(a, b))
  return i32x4.bitmask(f32x4.ge(a, b))
}

/** Four bits to four bytes: the product puts bit i at place 8 i. */
@inline
function spread(bits: i32): i32 {
  return (bits * 0x00204081) & 0x01010101
}

@inline
function loop64(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  const end = dst + <usize>n * 4
  while (dst < end) {
    const low = mask64(op, v128.load(a, 0), v128.load(b, 0))
    const high = mask64(op, v128.load(a, 16), v128.load(b, 16))
    store<i32>(dst, spread(low | (high << 2)))
    a += sa
    b += sb
    dst += 4
  }
}

@inline
function loop32(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  const end = dst + <usize>n * 4
  while (dst < end) {
    store<i32>(dst, spread(mask32(op, v128.load(a), v128.load(b))))
    a += sa
    b += sb
    dst += 4
  }
}

/** op: 0 eq, 1 ne, 2 lt, 3 le, 4 gt, 5 ge; n counts groups of four. */
export function compare64(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  if (op == 0) loop64(0, a, sa, b, sb, dst, n)
  else if (op == 1) loop64(1, a, sa, b, sb, dst, n)
  else if (op == 2) loop64(2, a, sa, b, sb, dst, n)
  else if (op == 3) loop64(3, a, sa, b, sb, dst, n)
  else if (op == 4) loop64(4, a, sa, b, sb, dst, n)
  else loop64(5, a, sa, b, sb, dst, n)
}

export function compare32(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  if (op == 0) loop32(0, a, sa, b, sb, dst, n)
  else if (op == 1) loop32(1, a, sa, b, sb, dst, n)
  else if (op == 2) loop32(2, a, sa, b, sb, dst, n)
  else if (op == 3) loop32(3, a, sa, b, sb, dst, n)
  else if (op == 4) loop32(4, a, sa, b, sb, dst, n)
  else loop32(5, a, sa, b, sb, dst, n)
}

/** Masks of four lanes from four bytes. */
@inline
function masks(c: usize): v128 {
  const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(c)))
  return i32x4.ne(wide, i32x4.splat(0))
}

/** dst = c ? a : b. */
export function select64(c: usize, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  const end = dst + <usize>n * 32
  while (dst < end) {
    const m = masks(c)
    v128.store(dst, v128.bitselect(v128.load(a, 0), v128.load(b, 0), i64x2.extend_low_i32x4_s(m)), 0)
    v128.store(dst, v128.bitselect(v128.load(a, 16), v128.load(b, 16), i64x2.extend_high_i32x4_s(m)), 16)
    c += 4
    a += sa
    b += sb
    dst += 32
  }
}

export function select32(c: usize, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  const end = dst + <usize>n * 16
  while (dst < end) {
    v128.store(dst, v128.bitselect(v128.load(a), v128.load(b), masks(c)))
    c += 4
    a += sa
    b += sb
    dst += 16
  }
}

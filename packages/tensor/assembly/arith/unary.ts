/**
 * Signs and roundings in place; n counts vectors. op: 0 neg, 1 abs, 2 floor, 3 ceil, 4 round (ties to even).
 */

@inline
function apply64(op: i32, x: v128): v128 {
  if (op == 0) return f64x2.neg(x)
  if (op == 1) return f64x2.abs(x)
  if (op == 2) return f64x2.floor(x)
  if (op == 3) return f64x2.ceil(x)
  return f64x2.nearest(x)
}

@inline
function apply32(op: i32, x: v128): v128 {
  if (op == 0) return f32x4.neg(x)
  if (op == 1) return f32x4.abs(x)
  if (op == 2) return f32x4.floor(x)
  if (op == 3) return f32x4.ceil(x)
  return f32x4.nearest(x)
}

@inline
function loop64(op: i32, p: usize, n: i32): void {
  const end = p + <usize>n * 16
  for (; p < end; p += 16) v128.store(p, apply64(op, v128.load(p)))
}

@inline
function loop32(op: i32, p: usize, n: i32): void {
  const end = p + <usize>n * 16
  for (; p < end; p += 16) v128.store(p, apply32(op, v128.load(p)))
}

export function sign64(op: i32, p: usize, n: i32): void {
  if (op == 0) loop64(0, p, n)
  else if (op == 1) loop64(1, p, n)
  else if (op == 2) loop64(2, p, n)
  else if (op == 3) loop64(3, p, n)
  else loop64(4, p, n)
}

export function sign32(op: i32, p: usize, n: i32): void {
  if (op == 0) loop32(0, p, n)
  else if (op == 1) loop32(1, p, n)
  else if (op == 2) loop32(2, p, n)
  else if (op == 3) loop32(3, p, n)
  else loop32(4, p, n)
}

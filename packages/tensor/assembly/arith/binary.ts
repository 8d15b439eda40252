/**
 * The arithmetic of IEEE 754 that a vector unit does by itself, over staged chunks. `sa` and `sb` are the
 * bytes from one vector of an operand to the next: 16, or 0 where the operand is one splatted number. `n`
 * counts vectors.
 */

@inline
function apply64(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f64x2.add(a, b)
  if (op == 1) return f64x2.sub(a, b)
  if (op == 2) return f64x2.mul(a, b)
  if (op == 3) return f64x2.div(a, b)
  if (op == 4) return f64x2.max(a, b)
  if (op == 5) return f64x2.min(a, b)
  const tie = v128.and(f64x2.eq(a, b), f64x2.splat(0.5))
  return v128.or(v128.and(f64x2.gt(a, b), f64x2.splat(1)), tie)
}

@inline
function apply32(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f32x4.add(a, b)
  if (op == 1) return f32x4.sub(a, b)
  if (op == 2) return f32x4.mul(a, b)
  if (op == 3) return f32x4.div(a, b)
  if (op == 4) return f32x4.max(a, b)
  if (op == 5) return f32x4.min(a, b)
  const tie = v128.and(f32x4.eq(a, b), f32x4.splat(0.5))
  return v128.or(v128.and(f32x4.gt(a, b), f32x4.splat(1)), tie)
}

@inline
function loop64(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  const end = dst + <usize>n * 16
  while (dst < end) {
    v128.store(dst, apply64(op, v128.load(a), v128.load(b)))
    a += sa
    b += sb
    dst += 16
  }
}

@inline
function loop32(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  const end = dst + <usize>n * 16
  while (dst < end) {
    v128.store(dst, apply32(op, v128.load(a), v128.load(b)))
    a += sa
    b += sb
    dst += 16
  }
}

/**
 * dst = a op b of float64, op: 0 add, 1 sub, 2 mul, 3 div, 4 max, 5 min (NaN and signed zeros as in
 * Math.max), 6 the share of a in their maximum: 1, 0, or 1/2 each.
 */
export function arith64(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  if (op == 0) loop64(0, a, sa, b, sb, dst, n)
  else if (op == 1) loop64(1, a, sa, b, sb, dst, n)
  else if (op == 2) loop64(2, a, sa, b, sb, dst, n)
  else if (op == 3) loop64(3, a, sa, b, sb, dst, n)
  else if (op == 4) loop64(4, a, sa, b, sb, dst, n)
  else if (op == 5) loop64(5, a, sa, b, sb, dst, n)
  else loop64(6, a, sa, b, sb, dst, n)
}

/** As arith64, of float32. */
export function arith32(op: i32, a: usize, sa: usize, b: usize, sb: usize, dst: usize, n: i32): void {
  if (op == 0) loop32(0, a, sa, b, sb, dst, n)
  else if (op == 1) loop32(1, a, sa, b, sb, dst, n)
  else if (op == 2) loop32(2, a, sa, b, sb, dst, n)
  else if (op == 3) loop32(3, a, sa, b, sb, dst, n)
  else if (op == 4) loop32(4, a, sa, b, sb, dst, n)
  else if (op == 5) loop32(5, a, sa, b, sb, dst, n)
  else loop32(6, a, sa, b, sb, dst, n)
}

/** acc = w x, or acc + w x where not `first`; product and sum are rounded apart. n counts vectors. */
export function accumulate64(acc: usize, x: usize, w: f64, n: i32, first: i32): void {
  const weight = f64x2.splat(w)
  const end = acc + (<usize>n) * 16
  if (first) {
    for (; acc < end; acc += 16) {
      v128.store(acc, f64x2.mul(weight, v128.load(x)))
      x += 16
    }
  } else {
    for (; acc < end; acc += 16) {
      v128.store(acc, f64x2.add(v128.load(acc), f64x2.mul(weight, v128.load(x))))
      x += 16
    }
  }
}

export function accumulate32(acc: usize, x: usize, w: f32, n: i32, first: i32): void {
  const weight = f32x4.splat(w)
  const end = acc + (<usize>n) * 16
  if (first) {
    for (; acc < end; acc += 16) {
      v128.store(acc, f32x4.mul(weight, v128.load(x)))
      x += 16
    }
  } else {
    for (; acc < end; acc += 16) {
      v128.store(acc, f32x4.add(v128.load(acc), f32x4.mul(weight, v128.load(x))))
      x += 16
    }
  }
}

@inline
function repeat<T>(src: usize, dst: usize, n: i32, count: i32): void {
  const bytes = <usize>n * sizeof<T>()
  for (let i = 0; i < count; i++) {
    const value = v128.splat<T>(load<T>(src))
    for (let c: usize = 0; c < bytes; c += 16) v128.store(dst + c, value)
    dst += bytes
    src += sizeof<T>()
  }
}

/** Each of `count` numbers `n` times; writes up to a vector past the end. */
export function repeat32(src: usize, dst: usize, n: i32, count: i32): void {
  repeat<f32>(src, dst, n, count)
}

export function repeat64(src: usize, dst: usize, n: i32, count: i32): void {
  repeat<f64>(src, dst, n, count)
}

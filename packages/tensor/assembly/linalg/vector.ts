/** Level-one pieces on float64 vectors in memory; n is any length, pointers are byte addresses. */

export function dot(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  const end = x + ((<usize>(n & ~3)) << 3)
  while (x < end) {
    a = f64x2.add(a, f64x2.mul(v128.load(x), v128.load(y)))
    b = f64x2.add(b, f64x2.mul(v128.load(x, 16), v128.load(y, 16)))
    x += 32
    y += 32
  }
  a = f64x2.add(a, b)
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
  for (let i = n & ~3; i < n; i++) {
    sum += load<f64>(x) * load<f64>(y)
    x += 8
    y += 8
  }
  return sum
}

/** y += s x */
export function axpy(s: f64, x: usize, y: usize, n: i32): void {
  const v = f64x2.splat(s)
  const end = x + ((<usize>(n & ~1)) << 3)
  while (x < end) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(v, v128.load(x))))
    x += 16
    y += 16
  }
  if (n & 1) store<f64>(y, load<f64>(y) + s * load<f64>(x))
}

/** x *= s */
export function scale(s: f64, x: usize, n: i32): void {
  const v = f64x2.splat(s)
  const end = x + ((<usize>(n & ~1)) << 3)
  while (x < end) {
    v128.store(x, f64x2.mul(v, v128.load(x)))
    x += 16
  }
  if (n & 1) store<f64>(x, s * load<f64>(x))
}

export function swap(x: usize, y: usize, n: i32): void {
  const end = x + ((<usize>n) << 3)
  while (x < end) {
    const t = load<f64>(x)
    store<f64>(x, load<f64>(y))
    store<f64>(y, t)
    x += 8
    y += 8
  }
}

/** (x, y) ← (c x + s y, c y - s x) */
export function rotate(x: usize, y: usize, n: i32, c: f64, s: f64): void {
  const vc = f64x2.splat(c)
  const vs = f64x2.splat(s)
  const end = x + ((<usize>(n & ~1)) << 3)
  while (x < end) {
    const a = v128.load(x)
    const b = v128.load(y)
    v128.store(x, f64x2.add(f64x2.mul(vc, a), f64x2.mul(vs, b)))
    v128.store(y, f64x2.sub(f64x2.mul(vc, b), f64x2.mul(vs, a)))
    x += 16
    y += 16
  }
  if (n & 1) {
    const a = load<f64>(x)
    const b = load<f64>(y)
    store<f64>(x, c * a + s * b)
    store<f64>(y, c * b - s * a)
  }
}

export function largest(x: usize, n: i32): f64 {
  let top: f64 = 0
  const end = x + ((<usize>n) << 3)
  for (; x < end; x += 8) {
    const a = abs(load<f64>(x))
    if (a > top) top = a
  }
  return top
}

/** Reductions over float64 in memory. op: 0 sum, 1 max, 2 min; NaN travels through all three. */

@inline
function join(op: i32, a: v128, b: v128): v128 {
  return op == 0 ? f64x2.add(a, b) : op == 1 ? f64x2.max(a, b) : f64x2.min(a, b)
}

@inline
function joinScalar(op: i32, a: f64, b: f64): f64 {
  return op == 0 ? a + b : op == 1 ? max(a, b) : min(a, b)
}

@inline
function rows(op: i32, src: usize, count: i32, cols: i32, dst: usize): void {
  const none: f64 = op == 0 ? 0 : op == 1 ? -Infinity : Infinity
  for (let r = 0; r < count; r++) {
    let a = f64x2.splat(none)
    let b = a
    let c = a
    let d = a
    const end = src + ((<usize>(cols & ~7)) << 3)
    for (; src < end; src += 64) {
      a = join(op, a, v128.load(src))
      b = join(op, b, v128.load(src, 16))
      c = join(op, c, v128.load(src, 32))
      d = join(op, d, v128.load(src, 48))
    }
    a = join(op, join(op, a, b), join(op, c, d))
    let x = joinScalar(op, f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1))
    for (let i = cols & ~7; i < cols; i++) {
      x = joinScalar(op, x, load<f64>(src))
      src += 8
    }
    store<f64>(dst, x)
    dst += 8
  }
}

/**
 * dst[r] = reduction of row r of a contiguous [count, cols] block: eight running values, then a fixed tree.
 */
export function reduceRows(op: i32, src: usize, count: i32, cols: i32, dst: usize): void {
  if (op == 0) rows(0, src, count, cols, dst)
  else if (op == 1) rows(1, src, count, cols, dst)
  else rows(2, src, count, cols, dst)
}

@inline
function columns(op: i32, src: usize, count: i32, cols: i32, dst: usize): void {
  for (let r = 0; r < count; r++) {
    const end = dst + ((<usize>(cols & ~1)) << 3)
    let to = dst
    for (; to < end; to += 16) {
      v128.store(to, join(op, v128.load(to), v128.load(src)))
      src += 16
    }
    if (cols & 1) {
      store<f64>(to, joinScalar(op, load<f64>(to), load<f64>(src)))
      src += 8
    }
  }
}

/** dst[c] ← dst[c] joined with column c of a contiguous [count, cols] block, row after row. */
export function reduceColumns(op: i32, src: usize, count: i32, cols: i32, dst: usize): void {
  if (op == 0) columns(0, src, count, cols, dst)
  else if (op == 1) columns(1, src, count, cols, dst)
  else columns(2, src, count, cols, dst)
}

import { ALL, product } from './product'
import { axpy, dot } from './vector'

/** Below these orders a triangle is solved by substitution, above by halves and products. */
const LEFT_BASE: i32 = 16
const RIGHT_BASE: i32 = 8

@inline
function at(a: usize, ld: usize, i: i32, j: i32): usize {
  return a + <usize>i * ld + ((<usize>j) << 3)
}

/** Row i of op(A) X = B by substitution over the rows of X (nrhs contiguous). */
function leftBase(
  lower: bool,
  trans: bool,
  unit: bool,
  n: i32,
  a: usize,
  lda: usize,
  b: usize,
  nrhs: i32,
  ldb: usize,
): void {
  const forward = lower != trans
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step
    const row = b + <usize>i * ldb
    const from = forward ? 0 : i + 1
    const to = forward ? i : n
    for (let p = from; p < to; p++) {
      axpy(-load<f64>(trans ? at(a, lda, p, i) : at(a, lda, i, p)), b + <usize>p * ldb, row, nrhs)
    }
    if (!unit) divide(row, nrhs, load<f64>(at(a, lda, i, i)))
  }
}

function divide(x: usize, n: i32, by: f64): void {
  const v = f64x2.splat(by)
  const end = x + ((<usize>(n & ~1)) << 3)
  for (; x < end; x += 16) v128.store(x, f64x2.div(v128.load(x), v))
  if (n & 1) store<f64>(x, load<f64>(x) / by)
}

/** One right-hand side: by dots along stored rows, or by updates with them when transposed. */
function leftVector(lower: bool, trans: bool, unit: bool, n: i32, a: usize, lda: usize, x: usize): void {
  const forward = lower != trans
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step
    const xi = x + ((<usize>i) << 3)
    const from = lower ? 0 : i + 1
    const count = lower ? i : n - 1 - i
    const row = at(a, lda, i, from)
    const rest = x + ((<usize>from) << 3)
    let v = load<f64>(xi)
    if (!trans) v -= dot(row, rest, count)
    if (!unit) v /= load<f64>(at(a, lda, i, i))
    store<f64>(xi, v)
    if (trans) axpy(-v, row, rest, count)
  }
}

/** op(A) X = B in place, A [n, n], B [n, nrhs]. */
export function solveLeft(
  lower: bool,
  trans: bool,
  unit: bool,
  n: i32,
  a: usize,
  lda: usize,
  b: usize,
  nrhs: i32,
  ldb: usize,
): void {
  if (n == 0 || nrhs == 0) return
  if (nrhs == 1 && ldb == 8) return leftVector(lower, trans, unit, n, a, lda, b)
  if (n <= LEFT_BASE) return leftBase(lower, trans, unit, n, a, lda, b, nrhs, ldb)
  const h = half(n, LEFT_BASE)
  const a22 = at(a, lda, h, h)
  const b2 = b + <usize>h * ldb
  // the block of A beside the diagonal, as stored; op turns it to the side that is needed
  const side = lower ? at(a, lda, h, 0) : at(a, lda, 0, h)
  if (lower != trans) {
    solveLeft(lower, trans, unit, h, a, lda, b, nrhs, ldb)
    product(trans, false, n - h, nrhs, h, -1, side, lda, b, ldb, b2, ldb, ALL)
    solveLeft(lower, trans, unit, n - h, a22, lda, b2, nrhs, ldb)
  } else {
    solveLeft(lower, trans, unit, n - h, a22, lda, b2, nrhs, ldb)
    product(trans, false, h, nrhs, n - h, -1, side, lda, b2, ldb, b, ldb, ALL)
    solveLeft(lower, trans, unit, h, a, lda, b, nrhs, ldb)
  }
}

/** About half of n, a multiple of the base order. */
@inline
function half(n: i32, base: i32): i32 {
  return ((n / 2 + base - 1) / base) * base
}

function rightBase(
  lower: bool,
  trans: bool,
  unit: bool,
  n: i32,
  a: usize,
  lda: usize,
  b: usize,
  m: i32,
  ldb: usize,
): void {
  const forward = lower == trans
  for (let r = 0; r < m; r++) {
    for (let step = 0; step < n; step++) {
      const j = forward ? step : n - 1 - step
      const from = forward ? 0 : j + 1
      const to = forward ? j : n
      let v = load<f64>(b + ((<usize>j) << 3))
      for (let p = from; p < to; p++) {
        v -= load<f64>(b + ((<usize>p) << 3)) * load<f64>(trans ? at(a, lda, j, p) : at(a, lda, p, j))
      }
      if (!unit) v /= load<f64>(at(a, lda, j, j))
      store<f64>(b + ((<usize>j) << 3), v)
    }
    b += ldb
  }
}

/** X op(A) = B in place, A [n, n], B [m, n]. */
export function solveRight(
  lower: bool,
  trans: bool,
  unit: bool,
  n: i32,
  a: usize,
  lda: usize,
  b: usize,
  m: i32,
  ldb: usize,
): void {
  if (n == 0 || m == 0) return
  if (n <= RIGHT_BASE) return rightBase(lower, trans, unit, n, a, lda, b, m, ldb)
  const h = half(n, RIGHT_BASE)
  const a22 = at(a, lda, h, h)
  const b2 = b + ((<usize>h) << 3)
  const side = lower ? at(a, lda, h, 0) : at(a, lda, 0, h)
  if (lower == trans) {
    solveRight(lower, trans, unit, h, a, lda, b, m, ldb)
    product(false, trans, m, n - h, h, -1, b, ldb, side, lda, b2, ldb, ALL)
    solveRight(lower, trans, unit, n - h, a22, lda, b2, m, ldb)
  } else {
    solveRight(lower, trans, unit, n - h, a22, lda, b2, m, ldb)
    product(false, trans, m, h, n - h, -1, b2, ldb, side, lda, b, ldb, ALL)
    solveRight(lower, trans, unit, h, a, lda, b, m, ldb)
  }
}

import { ALL, product } from './product'
import { implicitQl } from './ql'
import { eigenvectorOf, loewner, secularRoot } from './secular'
import { largest, rotate } from './vector'

/**
 * Divide and conquer for a symmetric tridiagonal matrix (Cuppen 1981; Gu and Eisenstat 1995; LAPACK's
 * dstedc), with eigenvectors as rows of R: a merge rotates and permutes whole rows, and its products run on
 * the packed kernel.
 */

const LEAF: i32 = 32
const EPS: f64 = 1.1102230246251565e-16
const TOP: i32 = 0
const MIXED: i32 = 1
const BOTTOM: i32 = 2

/** The problem and its work space; set by divideAndConquer. */
let d: usize = 0
let e: usize = 0
let r: usize = 0
let ldr: usize = 0
/** order[lo + s]: the row, from lo, of the s-th smallest eigenvalue of the block at lo. */
let order: usize = 0
let u: usize = 0
let s: usize = 0
/** Float vectors [n]: z, the poles and weights that are left, z^2, corrected z, one row. */
let z: usize = 0
let poles: usize = 0
let weights: usize = 0
let squares: usize = 0
let corrected: usize = 0
let spare: usize = 0
/**
 * Integer vectors [n]: rows of the poles, rows deflated, a merged order, row kinds, places in the grouped
 * order.
 */
let kept: usize = 0
let dropped: usize = 0
let merged: usize = 0
let kinds: usize = 0
let places: usize = 0

@inline
function f(p: usize, i: i32): usize {
  return p + ((<usize>i) << 3)
}

@inline
function w(p: usize, i: i32): usize {
  return p + ((<usize>i) << 2)
}

/** Numbers of float64 that `space` needs besides the two square matrices. */
export function divideSpace(n: i32): i32 {
  return 10 * n + 16
}

/**
 * d [n] becomes the eigenvalues, in the order that `sorted` [n] (int32) tells, and R [n, n] their
 * eigenvectors as rows. u and s are [n, n] of work space, `space` divideSpace(n). Returns false when a leaf
 * did not converge.
 */
export function divideAndConquer(
  n: i32,
  d0: usize,
  e0: usize,
  r0: usize,
  sorted: usize,
  u0: usize,
  s0: usize,
  space: usize,
): bool {
  d = d0
  e = e0
  r = r0
  ldr = (<usize>n) << 3
  order = sorted
  u = u0
  s = s0
  z = space
  poles = f(z, n)
  weights = f(poles, n)
  squares = f(weights, n)
  corrected = f(squares, n)
  spare = f(corrected, n)
  kept = f(spare, n)
  dropped = w(kept, n)
  merged = w(dropped, n)
  kinds = w(merged, n)
  places = w(kinds, n)
  memory.fill(r, 0, <usize>n * ldr)
  return solve(0, n)
}

function solve(lo: i32, n: i32): bool {
  if (n <= LEAF) return leaf(lo, n)
  const n1 = n / 2
  const rho = load<f64>(f(e, lo + n1 - 1))
  const above = f(d, lo + n1 - 1)
  store<f64>(above, load<f64>(above) - abs(rho))
  store<f64>(above, load<f64>(above, 8) - abs(rho), 8)
  if (!solve(lo, n1) || !solve(lo + n1, n - n1)) return false
  merge(lo, n1, n, rho)
  return true
}

function leaf(lo: i32, n: i32): bool {
  const block = r + <usize>lo * ldr + ((<usize>lo) << 3)
  for (let i = 0; i < n; i++) store<f64>(f(block + <usize>i * ldr, i), 1)
  memory.copy(spare, f(e, lo), (<usize>(n - 1)) << 3)
  if (!implicitQl(n, f(d, lo), spare, block, ldr)) return false
  for (let i = 0; i < n; i++) store<i32>(w(order, lo + i), i)
  sortIndices(f(d, lo), w(order, lo), n)
  return true
}

/** Insertion sort of row numbers by value: lists here are short or nearly in order. */
function sortIndices(values: usize, indices: usize, n: i32): void {
  for (let i = 1; i < n; i++) {
    const index = load<i32>(w(indices, i))
    const value = load<f64>(f(values, index))
    let j = i - 1
    while (j >= 0 && load<f64>(f(values, load<i32>(w(indices, j)))) > value) {
      store<i32>(w(indices, j + 1), load<i32>(w(indices, j)))
      j--
    }
    store<i32>(w(indices, j + 1), index)
  }
}

/** out ← the two ascending lists of row numbers, merged by value. */
function mergeIndices(values: usize, a: usize, na: i32, b: usize, nb: i32, shiftB: i32, out: usize): void {
  let i = 0
  let j = 0
  while (i < na || j < nb) {
    const takeA =
      j == nb ||
      (i < na &&
        load<f64>(f(values, load<i32>(w(a, i)))) <= load<f64>(f(values, load<i32>(w(b, j)) + shiftB)))
    store<i32>(out, takeA ? load<i32>(w(a, i++)) : load<i32>(w(b, j++)) + shiftB)
    out += 4
  }
}

/** Joins the solved halves [0, n1) and [n1, n) of the block at lo, coupled by rho. */
function merge(lo: i32, n1: i32, n: i32, coupling: f64): void {
  const values = f(d, lo)
  const rows = r + <usize>lo * ldr + ((<usize>lo) << 3)
  mergeIndices(values, w(order, lo), n1, w(order, lo + n1), n - n1, n1, merged)
  // T = diag + rho z zᵀ, z of norm one: the last row of the first half and the first row of the second
  const half = 0.7071067811865476
  const sign = coupling < 0 ? -half : half
  for (let i = 0; i < n; i++) {
    const row = rows + <usize>i * ldr
    store<f64>(f(z, i), i < n1 ? half * load<f64>(f(row, n1 - 1)) : sign * load<f64>(f(row, n1)))
    store<i32>(w(kinds, i), i < n1 ? TOP : BOTTOM)
  }
  const rho = 2 * abs(coupling)
  const k = deflate(n, values, rows, rho)
  if (k > 0) update(k, n1, n, values, rows, rho)
  // poles come first now, then what was deflated: merge the two ascending lists
  const left = n - k
  if (k == 0) {
    memory.copy(w(order, lo), dropped, (<usize>n) << 2)
    sortIndices(values, w(order, lo), n)
    return
  }
  for (let i = 0; i < k; i++) store<i32>(w(kept, i), i)
  for (let i = 0; i < left; i++) store<i32>(w(dropped, i), k + i)
  sortIndices(values, dropped, left)
  mergeIndices(values, kept, k, dropped, left, 0, w(order, lo))
}

/**
 * Sorts out components that need no work: small z, or poles so close that a rotation makes one of their z
 * zero.
 */
function deflate(n: i32, values: usize, rows: usize, rho: f64): i32 {
  const tolerance = 8 * EPS * max(largest(values, n), largest(z, n))
  let k = 0
  let out = 0
  let previous = -1
  for (let i = 0; i < n; i++) {
    const j = load<i32>(w(merged, i))
    const zj = load<f64>(f(z, j))
    if (rho * abs(zj) <= tolerance) {
      store<i32>(w(dropped, out++), j)
      continue
    }
    if (previous >= 0) {
      const zi = load<f64>(f(z, previous))
      const di = load<f64>(f(values, previous))
      const dj = load<f64>(f(values, j))
      const size = sqrt(zi * zi + zj * zj)
      const c = zj / size
      const sn = -zi / size
      if (abs((dj - di) * c * sn) <= tolerance) {
        store<f64>(f(z, j), size)
        if (load<i32>(w(kinds, previous)) != load<i32>(w(kinds, j))) store<i32>(w(kinds, j), MIXED)
        rotate(rows + <usize>previous * ldr, rows + <usize>j * ldr, n, c, sn)
        store<f64>(f(values, previous), di * c * c + dj * sn * sn)
        store<f64>(f(values, j), di * sn * sn + dj * c * c)
        store<i32>(w(dropped, out++), previous)
      } else keep(k++, previous, values)
    }
    previous = j
  }
  if (previous >= 0) keep(k++, previous, values)
  return k
}

@inline
function keep(k: i32, row: i32, values: usize): void {
  store<i32>(w(kept, k), row)
  store<f64>(f(poles, k), load<f64>(f(values, row)))
  store<f64>(f(weights, k), load<f64>(f(z, row)))
}

/** Solves the secular equation of the k kept poles and puts the new rows first, the deflated ones after. */
function update(k: i32, n1: i32, n: i32, values: usize, rows: usize, rho: f64): void {
  const ldu = (<usize>k) << 3
  const lds = (<usize>n) << 3
  // kept rows grouped by support: first half only, both, second half only
  let place = 0
  let tops = 0
  let mixed = 0
  for (let kind = TOP; kind <= BOTTOM; kind++) {
    for (let i = 0; i < k; i++) {
      const row = load<i32>(w(kept, i))
      if (load<i32>(w(kinds, row)) != kind) continue
      memory.copy(s + <usize>place * lds, rows + <usize>row * ldr, (<usize>n) << 3)
      store<i32>(w(places, i), place++)
    }
    if (kind == TOP) tops = place
    if (kind == MIXED) mixed = place
  }
  for (let i = 0; i < n - k; i++) {
    const row = load<i32>(w(dropped, i))
    memory.copy(s + <usize>(k + i) * lds, rows + <usize>row * ldr, (<usize>n) << 3)
    store<f64>(f(z, i), load<f64>(f(values, row)))
  }
  vectors(k, ldu, values, rho)
  for (let i = 0; i < n - k; i++) store<f64>(f(values, k + i), load<f64>(f(z, i)))
  for (let i = 0; i < k; i++) memory.fill(rows + <usize>i * ldr, 0, (<usize>n) << 3)
  for (let i = k; i < n; i++) memory.copy(rows + <usize>i * ldr, s + <usize>i * lds, (<usize>n) << 3)
  product(false, false, k, n1, mixed, 1, u, ldu, s, lds, rows, ldr, ALL)
  const right = (<usize>n1) << 3
  product(
    false,
    false,
    k,
    n - n1,
    k - tops,
    1,
    u + ((<usize>tops) << 3),
    ldu,
    s + <usize>tops * lds + right,
    lds,
    rows + right,
    ldr,
    ALL,
  )
}

/**
 * values[0, k) ← the roots; U [k, k] ← the eigenvectors of diag(poles) + rho z zᵀ as rows, columns in grouped
 * places.
 */
function vectors(k: i32, ldu: usize, values: usize, rho: f64): void {
  if (k == 1) {
    const x = load<f64>(weights)
    store<f64>(values, load<f64>(poles) + rho * x * x)
    store<f64>(u, 1)
    return
  }
  for (let i = 0; i < k; i++) {
    const x = load<f64>(f(weights, i))
    store<f64>(f(squares, i), x * x)
    store<f64>(f(corrected, i), 1)
  }
  for (let j = 0; j < k; j++) {
    const delta = u + <usize>j * ldu
    store<f64>(f(values, j), secularRoot(j, k, poles, squares, rho, delta))
    // the z whose secular equation has exactly these roots makes the eigenvectors orthogonal to rounding
    const own = f(corrected, j)
    const before = load<f64>(own)
    loewner(delta, poles, load<f64>(f(poles, j)), corrected, 0, j)
    loewner(delta, poles, load<f64>(f(poles, j)), corrected, j + 1, k)
    store<f64>(own, before * load<f64>(f(delta, j)))
  }
  for (let i = 0; i < k; i++) {
    const size = sqrt(abs(load<f64>(f(corrected, i))))
    store<f64>(f(corrected, i), load<f64>(f(weights, i)) < 0 ? -size : size)
  }
  for (let j = 0; j < k; j++) {
    const row = u + <usize>j * ldu
    const inverse = 1 / eigenvectorOf(corrected, row, k)
    memory.copy(spare, row, ldu)
    for (let i = 0; i < k; i++) store<f64>(f(row, load<i32>(w(places, i))), inverse * load<f64>(f(spare, i)))
  }
}

import { product, UPPER } from './product'
import { axpy, dot, scale } from './vector'

/** Columns reduced between two updates of the trailing matrix. */
export const PANEL: i32 = 32

@inline
function v(at: usize, i: i32): usize {
  return at + ((<usize>i) << 3)
}

/**
 * y += A x for a symmetric matrix given by its upper triangle (rows contiguous), four rows at a time: each
 * stored element is read once and used on both sides of the diagonal.
 */
function symmetricTimes(n: i32, a: usize, ld: usize, x: usize, y: usize): void {
  let i = 0
  for (; i + 4 <= n; i += 4) {
    // the 4 by 4 corner, then the rest of the four rows
    for (let r = i; r < i + 4; r++) {
      const row = a + <usize>r * ld
      store<f64>(v(y, r), load<f64>(v(y, r)) + load<f64>(v(row, r)) * load<f64>(v(x, r)))
      for (let c = r + 1; c < i + 4; c++) {
        const e = load<f64>(v(row, c))
        store<f64>(v(y, r), load<f64>(v(y, r)) + e * load<f64>(v(x, c)))
        store<f64>(v(y, c), load<f64>(v(y, c)) + e * load<f64>(v(x, r)))
      }
    }
    fourRows(n - i - 4, a + <usize>i * ld + ((<usize>(i + 4)) << 3), ld, v(x, i), v(y, i))
  }
  for (; i < n; i++) {
    const row = a + <usize>i * ld
    store<f64>(
      v(y, i),
      load<f64>(v(y, i)) +
        load<f64>(v(row, i)) * load<f64>(v(x, i)) +
        dot(v(row, i + 1), v(x, i + 1), n - i - 1),
    )
    axpy(load<f64>(v(x, i)), v(row, i + 1), v(y, i + 1), n - i - 1)
  }
}

/**
 * Four rows of n elements right of a corner: x and y point at the corner, their next n elements lie four
 * further.
 */
function fourRows(n: i32, a: usize, ld: usize, x: usize, y: usize): void {
  const x0 = v128.load64_splat(x)
  const x1 = v128.load64_splat(x, 8)
  const x2 = v128.load64_splat(x, 16)
  const x3 = v128.load64_splat(x, 24)
  let s0 = f64x2.splat(0)
  let s1 = f64x2.splat(0)
  let s2 = f64x2.splat(0)
  let s3 = f64x2.splat(0)
  let p0 = a
  let p1 = a + ld
  let p2 = p1 + ld
  let p3 = p2 + ld
  let px = x + 32
  let py = y + 32
  const end = px + ((<usize>(n & ~1)) << 3)
  while (px < end) {
    const w = v128.load(px)
    const a0 = v128.load(p0)
    const a1 = v128.load(p1)
    const a2 = v128.load(p2)
    const a3 = v128.load(p3)
    s0 = f64x2.add(s0, f64x2.mul(a0, w))
    s1 = f64x2.add(s1, f64x2.mul(a1, w))
    s2 = f64x2.add(s2, f64x2.mul(a2, w))
    s3 = f64x2.add(s3, f64x2.mul(a3, w))
    const left = f64x2.add(f64x2.mul(a0, x0), f64x2.mul(a1, x1))
    const right = f64x2.add(f64x2.mul(a2, x2), f64x2.mul(a3, x3))
    v128.store(py, f64x2.add(v128.load(py), f64x2.add(left, right)))
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
    px += 16
    py += 16
  }
  let t0 = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  let t1 = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1)
  let t2 = f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1)
  let t3 = f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1)
  if (n & 1) {
    const w = load<f64>(px)
    t0 += load<f64>(p0) * w
    t1 += load<f64>(p1) * w
    t2 += load<f64>(p2) * w
    t3 += load<f64>(p3) * w
    const sum = load<f64>(p0) * load<f64>(x) + load<f64>(p1) * load<f64>(x, 8)
    store<f64>(
      py,
      load<f64>(py) + (sum + (load<f64>(p2) * load<f64>(x, 16) + load<f64>(p3) * load<f64>(x, 24))),
    )
  }
  store<f64>(y, load<f64>(y) + t0)
  store<f64>(y, load<f64>(y, 8) + t1, 8)
  store<f64>(y, load<f64>(y, 16) + t2, 16)
  store<f64>(y, load<f64>(y, 24) + t3, 24)
}

/**
 * The Householder reflector H = I - tau v vᵀ, v[0] = 1, with H x = beta e1: v overwrites x, tau is returned
 * and beta is stored. x has been scaled so that its squares neither overflow nor vanish.
 */
function reflector(n: i32, x: usize, beta: usize): f64 {
  const alpha = load<f64>(x)
  const rest = dot(x + 8, x + 8, n - 1)
  if (rest == 0) {
    store<f64>(beta, alpha)
    store<f64>(x, 1)
    return 0
  }
  const size = sqrt(alpha * alpha + rest)
  const b = alpha > 0 ? -size : size
  store<f64>(beta, b)
  scale(1 / (alpha - b), x + 8, n - 1)
  store<f64>(x, 1)
  return (b - alpha) / b
}

/**
 * Reduces a symmetric matrix (upper triangle, rows contiguous) to tridiagonal form T = Qᵀ A Q by panels
 * (LAPACK's dsytrd and dlatrd, on rows). On return d [n] and e [n - 1] hold T; row i of A holds from column i
 * + 1 on the i-th Householder vector with its leading one, and tau [n - 1] its factor. `space` is [3 PANEL,
 * n].
 */
export function tridiagonalize(
  n: i32,
  a: usize,
  ld: usize,
  d: usize,
  e: usize,
  tau: usize,
  space: usize,
): void {
  const ldw = (<usize>n) << 3
  const w = space + <usize>PANEL * ldw
  for (let k = 0; k < n; k += PANEL) {
    const columns = min(PANEL, n - k)
    for (let j = 0; j < columns; j++) reduceRow(n, k, k + j, a, ld, d, e, tau, w, ldw)
    const next = k + columns
    const rest = n - next
    if (rest == 0) break
    // A -= Vᵀ W + Wᵀ V over the trailing matrix: one product of [V; W] and [W; V], which lie in rows V, W, V
    const shift = (<usize>next) << 3
    for (let j = 0; j < columns; j++) {
      const row = a + <usize>(k + j) * ld + shift
      const to = space + <usize>j * ldw + shift
      memory.copy(to, row, (<usize>rest) << 3)
      memory.copy(to + <usize>(2 * PANEL) * ldw, row, (<usize>rest) << 3)
    }
    // only the last panel is narrower, and it has no trailing matrix
    product(
      true,
      false,
      rest,
      rest,
      2 * PANEL,
      -1,
      space + shift,
      ldw,
      w + shift,
      ldw,
      a + <usize>next * ld + shift,
      ld,
      UPPER,
    )
  }
}

/**
 * Row i of a panel that began at k: brought up to date, reflected, and the vector w of its two-sided update.
 */
function reduceRow(
  n: i32,
  k: i32,
  i: i32,
  a: usize,
  ld: usize,
  d: usize,
  e: usize,
  tau: usize,
  w: usize,
  ldw: usize,
): void {
  const row = a + <usize>i * ld
  for (let p = k; p < i; p++) {
    const vp = a + <usize>p * ld
    const wp = w + <usize>(p - k) * ldw
    const vi = load<f64>(v(vp, i))
    const wi = load<f64>(v(wp, i))
    axpy(-vi, v(wp, i), v(row, i), n - i)
    axpy(-wi, v(vp, i), v(row, i), n - i)
  }
  store<f64>(v(d, i), load<f64>(v(row, i)))
  const m = n - i - 1
  if (m == 0) return
  const x = v(row, i + 1)
  const t = reflector(m, x, v(e, i))
  store<f64>(v(tau, i), t)
  const y = v(w + <usize>(i - k) * ldw, i + 1)
  memory.fill(y, 0, (<usize>m) << 3)
  if (t == 0) return
  symmetricTimes(m, a + <usize>(i + 1) * ld + ((<usize>(i + 1)) << 3), ld, x, y)
  for (let p = k; p < i; p++) {
    const vp = v(a + <usize>p * ld, i + 1)
    const wp = v(w + <usize>(p - k) * ldw, i + 1)
    const wx = dot(wp, x, m)
    const vx = dot(vp, x, m)
    axpy(-wx, vp, y, m)
    axpy(-vx, wp, y, m)
  }
  scale(t, y, m)
  axpy(-0.5 * t * dot(y, x, m), x, y, m)
}

/**
 * Roots of the secular equation f(λ) = 1/ρ + Σ z_i^2 / (d_i - λ) = 0, d ascending and distinct, ρ > 0: root j
 * lies between d_j and d_{j+1}, the last one right of d_{K-1}. Rational interpolation of the two sides
 * (Bunch, Nielsen, Sorensen 1978; LAPACK's dlaed4) inside a bracket. Differences to the nearer pole are what
 * is iterated, so that d_i - λ_j comes out with high relative accuracy.
 */

const EPS: f64 = 1.1102230246251565e-16

let sum: f64 = 0
let slope: f64 = 0

@inline
function at(p: usize, i: i32): usize {
  return p + ((<usize>i) << 3)
}

/** sum and slope ← Σ z2_i / (δ_i - μ) and its derivative, over i in [from, to). */
function evaluate(delta: usize, z2: usize, from: i32, to: i32, mu: f64): void {
  const shift = f64x2.splat(mu)
  let s = f64x2.splat(0)
  let t = f64x2.splat(0)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const gap = f64x2.sub(v128.load(at(delta, i)), shift)
    const term = f64x2.div(v128.load(at(z2, i)), gap)
    s = f64x2.add(s, term)
    t = f64x2.add(t, f64x2.div(term, gap))
  }
  sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  slope = f64x2.extract_lane(t, 0) + f64x2.extract_lane(t, 1)
  if (i < to) {
    const gap = load<f64>(at(delta, i)) - mu
    const term = load<f64>(at(z2, i)) / gap
    sum += term
    slope += term / gap
  }
}

function shifted(k: i32, d: usize, origin: f64, delta: usize): void {
  const shift = f64x2.splat(origin)
  let i = 0
  for (; i + 2 <= k; i += 2) v128.store(at(delta, i), f64x2.sub(v128.load(at(d, i)), shift))
  if (i < k) store<f64>(at(delta, i), load<f64>(at(d, i)) - origin)
}

/** The start for an inner root: the two neighbouring poles with the rest of the sum frozen at the middle. */
@inline
function innerStart(c: f64, zj: f64, zk: f64, gap: f64, left: bool): f64 {
  if (left) {
    const a = c * gap + zj + zk
    const b = zj * gap
    const root = sqrt(abs(a * a - 4 * b * c))
    return a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * c)
  }
  const a = c * gap - zj - zk
  const b = zk * gap
  const root = sqrt(abs(a * a + 4 * b * c))
  return a < 0 ? (2 * b) / (a - root) : -(a + root) / (2 * c)
}

@inline
function lastStart(c: f64, zj: f64, zk: f64, gap: f64): f64 {
  const a = zj + zk - c * gap
  const b = zk * gap
  const root = sqrt(abs(a * a + 4 * b * c))
  return a < 0 ? (2 * b) / (root - a) : (a + root) / (2 * c)
}

@inline
function inside(x: f64, low: f64, high: f64): f64 {
  if (x > low && x < high) return x
  const product = low * high
  if (product > 0) return low > 0 ? sqrt(low) * sqrt(high) : -(sqrt(-low) * sqrt(-high))
  return 0.5 * (low + high)
}

/** Root j of K >= 2: returns λ_j and leaves d_i - λ_j in `delta`. */
export function secularRoot(j: i32, k: i32, d: usize, z2: usize, rho: f64, delta: usize): f64 {
  const last = j == k - 1
  const inverse = 1 / rho
  // poles p (left) and q (right) of the interpolation; the sums are split after pole p
  const p = last ? k - 2 : j
  const q = p + 1
  const dp = load<f64>(at(d, p))
  const dq = load<f64>(at(d, q))
  const zp = load<f64>(at(z2, p))
  const zq = load<f64>(at(z2, q))
  const gap = dq - dp
  let origin = last ? dq : dp
  let low: f64 = 0
  let high: f64
  let mu: f64
  shifted(k, d, origin, delta)
  if (last) {
    let total: f64 = 0
    for (let i = 0; i < k; i++) total += load<f64>(at(z2, i))
    high = rho * total * (1 + 8 * EPS)
    const middle = 0.5 * high
    evaluate(delta, z2, 0, k - 2, middle)
    const c = inverse + sum
    const w = c + zp / (-gap - middle) - zq / middle
    mu = lastStart(c, zp, zq, gap)
    if (w < 0) low = middle
    else high = middle
  } else {
    const middle = 0.5 * gap
    evaluate(delta, z2, 0, p, middle)
    let c = inverse + sum
    evaluate(delta, z2, q + 1, k, middle)
    c += sum
    const left = c + (zq - zp) / middle >= 0
    if (left) high = middle
    else {
      origin = dq
      shifted(k, d, origin, delta)
      low = -middle
      high = 0
    }
    mu = innerStart(c, zp, zq, gap, left)
  }
  mu = inside(mu, low, high)

  for (let turn = 0; turn < 100; turn++) {
    evaluate(delta, z2, 0, q, mu)
    const psi = sum
    const dpsi = slope
    evaluate(delta, z2, q, k, mu)
    const phi = sum
    const dphi = slope
    const w = inverse + psi + phi
    const noise = 8 * (abs(phi) + abs(psi)) + inverse + abs(mu) * (dpsi + dphi)
    if (abs(w) <= EPS * noise) break
    if (w < 0) low = mu
    else high = mu
    const A = load<f64>(at(delta, p)) - mu
    const B = load<f64>(at(delta, q)) - mu
    let c = w - A * dpsi - B * dphi
    const a = (A + B) * w - A * B * (dpsi + dphi)
    const b = A * B * w
    let step: f64
    if (last) {
      c = abs(c)
      const root = sqrt(abs(a * a - 4 * b * c))
      step = a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root)
    } else {
      const root = sqrt(abs(a * a - 4 * b * c))
      step = c == 0 ? b / a : a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root)
    }
    if (!(w * step < 0)) step = -w / (dpsi + dphi)
    const next = inside(mu + step, low, high)
    if (next == mu) break
    mu = next
  }
  shiftBy(k, delta, mu)
  return origin + mu
}

function shiftBy(k: i32, delta: usize, mu: f64): void {
  const shift = f64x2.splat(mu)
  let i = 0
  for (; i + 2 <= k; i += 2) v128.store(at(delta, i), f64x2.sub(v128.load(at(delta, i)), shift))
  if (i < k) store<f64>(at(delta, i), load<f64>(at(delta, i)) - mu)
}

/** w_i *= δ_i / (d_i - d_j) for i in [from, to): the factors of Löwner's formula for z that root j brings. */
export function loewner(delta: usize, d: usize, dj: f64, w: usize, from: i32, to: i32): void {
  const shift = f64x2.splat(dj)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const ratio = f64x2.div(v128.load(at(delta, i)), f64x2.sub(v128.load(at(d, i)), shift))
    v128.store(at(w, i), f64x2.mul(v128.load(at(w, i)), ratio))
  }
  if (i < to) {
    const ratio = load<f64>(at(delta, i)) / (load<f64>(at(d, i)) - dj)
    store<f64>(at(w, i), load<f64>(at(w, i)) * ratio)
  }
}

/** delta_i ← z_i / delta_i, and the norm of the result. */
export function eigenvectorOf(z: usize, delta: usize, k: i32): f64 {
  let s = f64x2.splat(0)
  let i = 0
  for (; i + 2 <= k; i += 2) {
    const u = f64x2.div(v128.load(at(z, i)), v128.load(at(delta, i)))
    v128.store(at(delta, i), u)
    s = f64x2.add(s, f64x2.mul(u, u))
  }
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  if (i < k) {
    const u = load<f64>(at(z, i)) / load<f64>(at(delta, i))
    store<f64>(at(delta, i), u)
    total += u * u
  }
  return sqrt(total)
}

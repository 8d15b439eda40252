import { largest, rotate } from './vector'

const EPS: f64 = 2.220446049250313e-16

/**
 * Off-diagonals below this part of the matrix's size count as zero: graded matrices would settle slowly
 * without.
 */
const NEGLIGIBLE: f64 = 5.551115123125783e-17

@inline
function at(p: usize, i: i32): usize {
  return p + ((<usize>i) << 3)
}

/**
 * Implicit QL iteration on a symmetric tridiagonal matrix (EISPACK's tql2): d [n] becomes the eigenvalues,
 * unsorted; e [n] is destroyed (its last element is space). Rows of `q`, when not 0, are rotated along:
 * started as the identity they end as the eigenvectors. Returns false when an eigenvalue did not settle.
 */
export function implicitQl(n: i32, d: usize, e: usize, q: usize, ld: usize): bool {
  if (n == 0) return true
  store<f64>(at(e, n - 1), 0)
  const floor = NEGLIGIBLE * max(largest(d, n), largest(e, n))
  for (let l = 0; l < n; l++) {
    for (let turn = 0; ; turn++) {
      let m = l
      for (; m < n - 1; m++) {
        const dd = abs(load<f64>(at(d, m))) + abs(load<f64>(at(d, m + 1)))
        if (abs(load<f64>(at(e, m))) <= max(EPS * dd, floor)) break
      }
      if (m == l) break
      if (turn == 60) return false
      sweep(l, m, n, d, e, q, ld)
    }
  }
  return true
}

/** One QL sweep with Wilkinson's shift on the unreduced block [l, m]. */
function sweep(l: i32, m: i32, n: i32, d: usize, e: usize, q: usize, ld: usize): void {
  const dl = load<f64>(at(d, l))
  const el = load<f64>(at(e, l))
  let g = (load<f64>(at(d, l + 1)) - dl) / (2 * el)
  let r = hypot(g, 1)
  g = load<f64>(at(d, m)) - dl + el / (g + (g >= 0 ? r : -r))
  let s: f64 = 1
  let c: f64 = 1
  let p: f64 = 0
  for (let i = m - 1; i >= l; i--) {
    const ei = load<f64>(at(e, i))
    const f = s * ei
    const b = c * ei
    r = hypot(f, g)
    store<f64>(at(e, i + 1), r)
    if (r == 0) {
      store<f64>(at(d, i + 1), load<f64>(at(d, i + 1)) - p)
      store<f64>(at(e, m), 0)
      return
    }
    s = f / r
    c = g / r
    g = load<f64>(at(d, i + 1)) - p
    r = (load<f64>(at(d, i)) - g) * s + 2 * c * b
    p = s * r
    store<f64>(at(d, i + 1), g + p)
    g = c * r - b
    if (q) rotate(q + <usize>(i + 1) * ld, q + <usize>i * ld, n, c, s)
  }
  store<f64>(at(d, l), load<f64>(at(d, l)) - p)
  store<f64>(at(e, l), g)
  store<f64>(at(e, m), 0)
}

/** sqrt(a^2 + b^2) for numbers scaled to about one; tiny ones may vanish, which only deflates. */
@inline
function hypot(a: f64, b: f64): f64 {
  const x = max(abs(a), abs(b))
  if (x == 0) return 0
  const y = min(abs(a), abs(b)) / x
  return x * sqrt(1 + y * y)
}

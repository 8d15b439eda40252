import { ALL, product } from './product'
import { dot } from './vector'

/** Reflectors applied at a time. */
const BLOCK: i32 = 128

/**
 * Copies the lower triangle of a square matrix onto the upper one, times a factor (both triangles), in tiles.
 */
export function mirror(n: i32, a: usize, ld: usize, factor: f64): void {
  for (let i0 = 0; i0 < n; i0 += 16) {
    for (let j0 = 0; j0 <= i0; j0 += 16) {
      for (let i = i0; i < min(n, i0 + 16); i++) {
        for (let j = j0; j < min(i + 1, j0 + 16); j++) {
          const at = a + <usize>i * ld + ((<usize>j) << 3)
          const x = load<f64>(at) * factor
          store<f64>(at, x)
          store<f64>(a + <usize>j * ld + ((<usize>i) << 3), x)
        }
      }
    }
  }
}

/**
 * R ← R Qᵀ, rows of R being eigenvectors of the tridiagonal matrix: the reflectors that tridiagonalize left
 * in A and tau, block by block from the last, each as I - Vᵀ T V. `v` is space for [BLOCK, n], `p` and `p2`
 * for [n, BLOCK], `t` for [BLOCK, BLOCK].
 */
export function backTransform(
  n: i32,
  a: usize,
  ld: usize,
  tau: usize,
  r: usize,
  v: usize,
  p: usize,
  p2: usize,
  t: usize,
): void {
  const ldr = (<usize>n) << 3
  const ldp = (<usize>BLOCK) << 3
  if (n < 2) return
  for (let k = ((n - 2) / BLOCK) * BLOCK; k >= 0; k -= BLOCK) {
    const columns = min(BLOCK, n - 1 - k)
    const length = n - k - 1
    const ldv = (<usize>length) << 3
    // V with its leading ones, zeros before them
    for (let j = 0; j < columns; j++) {
      const row = v + <usize>j * ldv
      memory.fill(row, 0, (<usize>j) << 3)
      memory.copy(
        row + ((<usize>j) << 3),
        a + <usize>(k + j) * ld + ((<usize>(k + j + 1)) << 3),
        (<usize>(length - j)) << 3,
      )
    }
    triangle(columns, length, v, ldv, tau + ((<usize>k) << 3), t, ldp)
    const part = r + ((<usize>(k + 1)) << 3)
    memory.fill(p, 0, <usize>n * ldp)
    memory.fill(p2, 0, <usize>n * ldp)
    product(false, true, n, columns, length, 1, part, ldr, v, ldv, p, ldp, ALL)
    product(false, true, n, columns, columns, 1, p, ldp, t, ldp, p2, ldp, ALL)
    product(false, false, n, length, columns, -1, p2, ldp, v, ldv, part, ldr, ALL)
  }
}

/** The upper triangular T of a product of reflectors I - Vᵀ T V (Schreiber and Van Loan 1989). */
function triangle(columns: i32, length: i32, v: usize, ldv: usize, tau: usize, t: usize, ldt: usize): void {
  for (let j = 0; j < columns; j++) {
    const tj = load<f64>(tau + ((<usize>j) << 3))
    for (let i = 0; i < columns; i++) store<f64>(t + <usize>i * ldt + ((<usize>j) << 3), 0)
    // column j of T: -tau T (V v_j), T being upper triangular
    for (let i = 0; i < j; i++) {
      const x = -tj * dot(v + <usize>i * ldv, v + <usize>j * ldv, length)
      for (let q = 0; q <= i; q++) {
        const row = t + <usize>q * ldt
        const at = row + ((<usize>j) << 3)
        store<f64>(at, load<f64>(at) + load<f64>(row + ((<usize>i) << 3)) * x)
      }
    }
    store<f64>(t + <usize>j * ldt + ((<usize>j) << 3), tj)
  }
}

import { LOWER, product } from './product'
import { solveRight } from './triangular'
import { dot } from './vector'

const BLOCK: i32 = 128
const BASE: i32 = 16

/** Row by row, for small orders; returns the first pivot that is not positive, or -1. */
function base(n: i32, a: usize, ld: usize): i32 {
  for (let i = 0; i < n; i++) {
    const row = a + <usize>i * ld
    for (let j = 0; j < i; j++) {
      const other = a + <usize>j * ld
      const at = row + ((<usize>j) << 3)
      store<f64>(at, (load<f64>(at) - dot(row, other, j)) / load<f64>(other + ((<usize>j) << 3)))
    }
    const at = row + ((<usize>i) << 3)
    const pivot = load<f64>(at) - dot(row, row, i)
    if (!(pivot > 0) || pivot == Infinity) return i
    store<f64>(at, sqrt(pivot))
  }
  return -1
}

/**
 * A = L Lᵀ on the lower triangle, in place, by blocks of halves. Returns -1 or the index of the failing
 * pivot.
 */
export function cholesky(n: i32, a: usize, ld: usize): i32 {
  if (n <= BASE) return base(n, a, ld)
  const block = n > BLOCK ? BLOCK : ((n / 2 + BASE - 1) / BASE) * BASE
  for (let k = 0; k < n; k += block) {
    const kb = min(block, n - k)
    const diagonal = a + <usize>k * ld + ((<usize>k) << 3)
    const failed = cholesky(kb, diagonal, ld)
    if (failed >= 0) return k + failed
    const rest = n - k - kb
    if (rest == 0) break
    const below = diagonal + <usize>kb * ld
    const trailing = below + ((<usize>kb) << 3)
    solveRight(true, true, false, kb, diagonal, ld, below, rest, ld)
    product(false, true, rest, rest, kb, -1, below, ld, below, ld, trailing, ld, LOWER)
  }
  return -1
}

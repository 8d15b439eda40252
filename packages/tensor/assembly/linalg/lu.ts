import { ALL, product } from './product'
import { solveLeft } from './triangular'
import { axpy, swap } from './vector'

const BASE: i32 = 8

/** Columns [from, to) of the panel below row `from`, one after another; whole rows are exchanged. */
function base(n: i32, cols: i32, a: usize, ld: usize, from: i32, to: i32, pivots: usize): i32 {
  let failed = -1
  for (let j = from; j < to; j++) {
    const column = a + ((<usize>j) << 3)
    let best = j
    let top: f64 = -1
    for (let i = j; i < n; i++) {
      const x = abs(load<f64>(column + <usize>i * ld))
      if (x > top) {
        top = x
        best = i
      }
    }
    store<i32>(pivots + ((<usize>j) << 2), best)
    const pivotRow = a + <usize>j * ld
    if (best != j) swap(pivotRow, a + <usize>best * ld, cols)
    const pivot = load<f64>(column + <usize>j * ld)
    if (pivot == 0) {
      if (failed < 0) failed = j
      continue
    }
    for (let i = j + 1; i < n; i++) {
      const row = a + <usize>i * ld
      const at = row + ((<usize>j) << 3)
      const l = load<f64>(at) / pivot
      store<f64>(at, l)
      axpy(-l, pivotRow + ((<usize>(j + 1)) << 3), row + ((<usize>(j + 1)) << 3), to - j - 1)
    }
  }
  return failed
}

/** P A = L U by recursion on the columns [from, to) (Toledo 1997); returns -1 or the first zero pivot. */
export function lu(n: i32, cols: i32, a: usize, ld: usize, from: i32, to: i32, pivots: usize): i32 {
  if (to - from <= BASE) return base(n, cols, a, ld, from, to, pivots)
  const middle = from + (((to - from) / 2 + BASE - 1) / BASE) * BASE
  const left = lu(n, cols, a, ld, from, middle, pivots)
  const row = a + <usize>from * ld
  const below = a + <usize>middle * ld
  const w = middle - from
  solveLeft(
    true,
    false,
    true,
    w,
    row + ((<usize>from) << 3),
    ld,
    row + ((<usize>middle) << 3),
    to - middle,
    ld,
  )
  product(
    false,
    false,
    n - middle,
    to - middle,
    w,
    -1,
    below + ((<usize>from) << 3),
    ld,
    row + ((<usize>middle) << 3),
    ld,
    below + ((<usize>middle) << 3),
    ld,
    ALL,
  )
  const right = lu(n, cols, a, ld, middle, to, pivots)
  return left >= 0 ? left : right
}

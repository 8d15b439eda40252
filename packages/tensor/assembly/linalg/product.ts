import { kernel64 } from '../gemm/kernel64'
import { KC, pack64 } from '../gemm/pack'
import { scale } from './vector'

const MC: i32 = 128
const NC: i32 = 1024

/** Which part of C is wanted: tiles wholly outside are skipped (tiles on the diagonal are written whole). */
export const ALL: i32 = 0
export const LOWER: i32 = 1
export const UPPER: i32 = 2

let work: usize = 0

/** Bytes of packing space that setWork must be given. */
export function workBytes(): i32 {
  return MC * KC * 8 + NC * KC * 8 + 128
}

export function setWork(at: usize): void {
  work = at
}

/** The tiles of one packed block pair; tiles over the edge of C go through a scratch tile. */
function tiles(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  b: usize,
  c: usize,
  ldc: usize,
  part: i32,
  diagonal: i32,
  scratch: usize,
): void {
  const panel = (<usize>k) << 5
  for (let j = 0; j < n; j += 4) {
    for (let i = 0; i < m; i += 4) {
      // `diagonal` is the column index minus the row index of the block's corner
      if (part == LOWER && j + diagonal > i + 3) continue
      if (part == UPPER && j + diagonal + 3 < i) continue
      const ap = a + <usize>(i >> 2) * panel
      const cp = c + <usize>i * ldc + ((<usize>j) << 3)
      if (i + 4 <= m && j + 4 <= n) kernel64(k, ap, b, cp, ldc)
      else {
        memory.fill(scratch, 0, 128)
        kernel64(k, ap, b, scratch, 32)
        for (let r = 0; r < min(4, m - i); r++) {
          for (let s = 0; s < min(4, n - j); s++) {
            const at = cp + <usize>r * ldc + ((<usize>s) << 3)
            store<f64>(at, load<f64>(at) + load<f64>(scratch + ((<usize>(r * 4 + s)) << 3)))
          }
        }
      }
    }
    b += panel
  }
}

/** C += alpha op(A) op(B) on matrices in memory, leading dimensions in bytes. */
export function product(
  transA: bool,
  transB: bool,
  m: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  part: i32,
): void {
  const packedA = work
  const packedB = work + MC * KC * 8
  const scratch = packedB + NC * KC * 8
  for (let j = 0; j < n; j += NC) {
    const nc = min(NC, n - j)
    for (let p = 0; p < k; p += KC) {
      const kc = min(KC, k - p)
      const pb = (<usize>p) << 3
      const jb = (<usize>j) << 3
      if (transB) pack64(b + <usize>j * ldb + pb, ldb, nc, kc, true, packedB)
      else pack64(b + <usize>p * ldb + jb, ldb, nc, kc, false, packedB)
      for (let i = 0; i < m; i += MC) {
        const mc = min(MC, m - i)
        if (part == LOWER && j > i + mc) continue
        if (part == UPPER && j + nc < i) continue
        const ib = (<usize>i) << 3
        if (transA) pack64(a + <usize>p * lda + ib, lda, mc, kc, false, packedA)
        else pack64(a + <usize>i * lda + pb, lda, mc, kc, true, packedA)
        if (alpha != 1) scale(alpha, packedA, ((mc + 3) & ~3) * kc)
        tiles(mc, nc, kc, packedA, packedB, c + <usize>i * ldc + jb, ldc, part, j - i, scratch)
      }
    }
  }
}

/**
 * dst[j, i] = src[i, j] of float64, rows even and cols a multiple of 4; `ld` and `ldDst` are the bytes from row to row.
 * Columns come in lines of the cache, which all rows use up before they go: keep rows few.
 */
export function transpose64(src: usize, rows: i32, cols: i32, ld: usize, dst: usize, ldDst: usize): void {
  const end = src + ((<usize>cols) << 3)
  for (; src < end; src += 32) {
    let from = src
    let to = dst
    for (let i = 0; i < rows; i += 2) {
      const a0 = v128.load(from)
      const a1 = v128.load(from, 16)
      const b0 = v128.load(from + ld)
      const b1 = v128.load(from + ld, 16)
      v128.store(to, v128.shuffle<f64>(a0, b0, 0, 2))
      v128.store(to + ldDst, v128.shuffle<f64>(a0, b0, 1, 3))
      v128.store(to + 2 * ldDst, v128.shuffle<f64>(a1, b1, 0, 2))
      v128.store(to + 3 * ldDst, v128.shuffle<f64>(a1, b1, 1, 3))
      from += 2 * ld
      to += 16
    }
    dst += 4 * ldDst
  }
}

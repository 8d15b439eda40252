import { NtkError, type TypedArray } from '@ntk/tensor'

/** Side of the square tiles that a matrix is compared with its transpose in: two of them fit the first-level cache. */
const side = 32

/** Throws NtkError 'value' unless a matrix [n, n] of finite numbers is symmetric but for rounding. */
export function requireSymmetric(a: TypedArray, n: number, name: string): void {
  const allowed = 1e-5 * largestOf(a)
  const tile = new Float64Array(side * side)
  for (let i0 = 0; i0 < n; i0 += side) {
    for (let j0 = 0; j0 <= i0; j0 += side) {
      const at = asymmetry(a, n, i0, j0, tile, allowed)
      if (at < 0) continue
      const [i, j] = [Math.floor(at / n), at % n]
      throw new NtkError('value', {
        what: `${name} needs a symmetric kernel.`,
        got: `${a[i * n + j]} at [${i}, ${j}] and ${a[j * n + i]} at [${j}, ${i}]`,
        fix: 'Hand in the kernel of the training set with itself.',
      })
    }
  }
}

function largestOf(a: TypedArray): number {
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const v = Math.abs(a[i] as number)
    if (v > largest) largest = v
  }
  return largest
}

/** The place of an entry of the tile at [i0, j0] that differs from its mirror image, or −1. */
function asymmetry(
  a: TypedArray,
  n: number,
  i0: number,
  j0: number,
  tile: Float64Array,
  allowed: number,
): number {
  const [rows, columns] = [Math.min(side, n - i0), Math.min(side, n - j0)]
  // the mirror image by its rows, so that no read walks down a column of the matrix
  for (let j = 0; j < columns; j++) {
    const from = (j0 + j) * n + i0
    for (let i = 0; i < rows; i++) tile[j * side + i] = a[from + i] as number
  }
  for (let i = 0; i < rows; i++) {
    const from = (i0 + i) * n + j0
    for (let j = 0; j < columns; j++) {
      if (Math.abs((a[from + j] as number) - (tile[j * side + i] as number)) > allowed) return from + j
    }
  }
  return -1
}

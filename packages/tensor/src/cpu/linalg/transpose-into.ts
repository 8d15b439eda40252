import type { TypedArray } from '../../dtype.js'

/** Side of the square tiles: two of them in float64 fit the first-level cache. */
const side = 32

/** The transpose of `from` [n, n] into `to`, which may be `from` itself or of another type. */
export function transposeInto(from: TypedArray, to: TypedArray, n: number): void {
  for (let i0 = 0; i0 < n; i0 += side) {
    for (let j0 = 0; j0 <= i0; j0 += side) exchange(from, to, n, i0, j0)
  }
}

/** A tile below the diagonal and its mirror image, both ways at once. */
function exchange(from: TypedArray, to: TypedArray, n: number, i0: number, j0: number): void {
  const [iEnd, jEnd] = [Math.min(n, i0 + side), Math.min(n, j0 + side)]
  for (let i = i0; i < iEnd; i++) {
    const last = Math.min(jEnd, i + 1)
    for (let j = j0; j < last; j++) {
      const below = from[i * n + j] as number
      to[i * n + j] = from[j * n + i] as number
      to[j * n + i] = below
    }
  }
}

import { NtkError, type Tensor, type TypedArray } from '@ntk/tensor'
import { readFinite } from './host.js'

/** Side of the square tiles that a matrix is compared with its transpose in, so that what is read down a column is still at hand. */
const side = 64

/**
 * Looks at a kernel once: throws NtkError 'not-finite' or 'value' unless its matrix `a` [n, n] holds finite numbers and is symmetric
 * but for rounding.
 */
export function requireSymmetric(kernel: Tensor, a: TypedArray, n: number, name: string): void {
  // what is not finite differs from itself; the diagonal of a kernel holds its largest entry
  if (asymmetry(a, n, relative * largestOf(a, n + 1)) < 0) return
  readFinite(kernel, name)
  const at = asymmetry(a, n, relative * largestOf(a, 1))
  if (at < 0) return
  const [i, j] = [Math.floor(at / n), at % n]
  throw new NtkError('value', {
    what: `${name} needs a symmetric kernel.`,
    got: `${a[i * n + j]} at [${i}, ${j}] and ${a[j * n + i]} at [${j}, ${i}]`,
    fix: 'Hand in the kernel of the training set with itself.',
  })
}

/** Differences that count as rounding, relative to the largest entry. */
const relative = 1e-5

/** The largest absolute value of every `step`-th number. */
function largestOf(a: TypedArray, step: number): number {
  let largest = 0
  for (let i = 0; i < a.length; i += step) {
    const v = Math.abs(a[i] as number)
    if (v > largest) largest = v
  }
  return largest
}

/** The place of a number that differs from its mirror image by more than is allowed, or is not finite; −1 where none does. */
function asymmetry(a: TypedArray, n: number, allowed: number): number {
  for (let i0 = 0; i0 < n; i0 += side) {
    for (let j0 = 0; j0 <= i0; j0 += side) {
      const at = asymmetryOfTile(a, n, i0, j0, allowed)
      if (at >= 0) return at
    }
  }
  return -1
}

function asymmetryOfTile(a: TypedArray, n: number, i0: number, j0: number, allowed: number): number {
  const [iEnd, jEnd] = [Math.min(n, i0 + side), Math.min(n, j0 + side)]
  for (let i = i0; i < iEnd; i++) {
    let mirror = j0 * n + i
    for (let j = j0; j < jEnd; j++) {
      if (!(Math.abs((a[i * n + j] as number) - (a[mirror] as number)) <= allowed)) return i * n + j
      mirror += n
    }
  }
  return -1
}

import { choleskyInPlace, dotGeneral, matmul, tensorFromData, transpose, triangularSolve } from '@ntk/tensor'
import type { KernelMatrix } from './kernel.js'

/** z = P⁻¹ r of columns [size, k], P ≈ K + shift. */
export type Preconditioner = (r: Float64Array, k: number) => Float64Array

/** Diagonal entries below this share of the largest are rounding. */
const rounding = 1e-12

/**
 * P = L Lᵀ + D with L [size, rank] the partial Cholesky factorization of K that takes the largest diagonal entry that is left as its next
 * pivot (Gardner et al. 2018, Section 4.1 and Appendix C), and D = share · diag(K) + shift with the share of the diagonal that L leaves, on
 * average. Rank 0 is the diagonal alone. Gardner et al. have D = shift: that needs a shift, and took up to three times the iterations on NTKs
 * of ReLU networks, whose eigenvalues beyond the rank are large beside it. Reads one row of the kernel for each of `rank`, and holds one
 * array [rank, size].
 *
 * With W = D^(−1/2) L: P⁻¹ = D^(−1/2) (I − W (I + Wᵀ W)⁻¹ Wᵀ) D^(−1/2).
 */
export async function pivotedPreconditioner(
  kernel: KernelMatrix,
  diagonal: Float64Array,
  shift: number,
  rank: number,
): Promise<Preconditioner> {
  const { size } = kernel
  const { columns, left } = await partialCholesky(kernel, diagonal, rank)
  const least = rounding * largestOf(diagonal)
  const share = left.reduce((sum, v, i) => sum + (v === 0 ? 0 : v / (diagonal[i] as number)), 0) / size
  const roots = diagonal.map((v) => 1 / Math.sqrt(Math.max(share * v + shift, least)))
  const scaled = (x: Float64Array, k: number): Float64Array =>
    x.map((v, i) => v * (roots[Math.floor(i / k)] as number))
  const r = columns.length
  if (r === 0) return (x, k) => scaled(scaled(x, k), k)
  const data = new Float64Array(r * size)
  columns.forEach((column, i) => {
    data.set(
      column.map((v, j) => v * (roots[j] as number)),
      i * size,
    )
  })
  const w = tensorFromData(data, [r, size])
  const inner = Float64Array.from(matmul(w, transpose(w)).dataSync())
  for (let i = 0; i < inner.length; i += r + 1) inner[i] = (inner[i] as number) + 1
  const root = choleskyInPlace(tensorFromData(inner, [r, r]))
  return (x, k) => {
    const out = scaled(x, k)
    const seen = matmul(w, tensorFromData(out, [size, k]))
    const solved = triangularSolve(root, triangularSolve(root, seen), { transpose: true })
    const back = dotGeneral(w, solved, { lhsContract: [0], rhsContract: [0] }).dataSync()
    return scaled(
      out.map((v, i) => v - (back[i] as number)),
      k,
    )
  }
}

interface PartialCholesky {
  /** Columns of L. */
  readonly columns: readonly Float64Array[]
  /** The diagonal of K − L Lᵀ, never below 0. */
  readonly left: Float64Array
}

async function partialCholesky(
  kernel: KernelMatrix,
  diagonal: Float64Array,
  rank: number,
): Promise<PartialCholesky> {
  const columns: Float64Array[] = []
  const left = diagonal.slice()
  const enough = rounding * largestOf(left)
  while (columns.length < Math.min(rank, left.length)) {
    const pivot = left.reduce((best, v, i) => (v > (left[best] as number) ? i : best), 0)
    const height = left[pivot] as number
    if (!(height > enough)) break
    const column = Float64Array.from(await kernel.row(pivot))
    for (const before of columns) {
      const at = before[pivot] as number
      for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) - at * (before[i] as number)
    }
    const scale = 1 / Math.sqrt(height)
    for (let i = 0; i < column.length; i++) {
      const v = (column[i] as number) * scale
      column[i] = v
      left[i] = Math.max(0, (left[i] as number) - v * v)
    }
    left[pivot] = 0
    columns.push(column)
  }
  return { columns, left }
}

function largestOf(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0)
}

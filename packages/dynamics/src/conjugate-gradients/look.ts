import { NtkError } from '@ntk/tensor'
import { zeroKernel } from '../spectrum.js'
import { dots } from './iterate.js'
import type { KernelMatrix } from './kernel.js'

/** Differences that count as rounding, relative to the largest entry of the diagonal. */
const relative = 1e-5

/**
 * One pass over a kernel: its diagonal, and whether uᵀ K v is vᵀ K u for two irregular vectors u, v, which it is of nothing but a
 * symmetric matrix, chance apart. Throws NtkError 'value' where it is not, 'not-positive-definite' where an entry of the diagonal is negative or all are 0.
 */
export async function lookAt(kernel: KernelMatrix): Promise<Float64Array> {
  const { size } = kernel
  const diagonal = new Float64Array(size)
  // [size, 2]: u and v
  const probes = new Float64Array(2 * size).map((_, i) => Math.sin(12.9898 * (i + 1) ** 2))
  const swapped = probes.map((_, i) => probes[i ^ 1] as number)
  const product = await kernel.times(probes, 2, ({ row, col, rows, cols, data }) => {
    const end = Math.min(row + rows, col + cols)
    for (let i = Math.max(row, col); i < end; i++) diagonal[i] = data[(i - row) * cols + i - col] as number
  })
  const worst = diagonal.reduce((at, v, i) => (v < (diagonal[at] as number) ? i : at), 0)
  const largest = diagonal.reduce((a, b) => Math.max(a, b), 0)
  if ((diagonal[worst] as number) < 0 || largest === 0) {
    throw new NtkError('not-positive-definite', {
      what: 'solveByConjugateGradients needs a positive definite kernel.',
      got: largest === 0 ? 'no positive entry on the diagonal' : `${diagonal[worst]} at [${worst}, ${worst}]`,
      fix: largest === 0 ? zeroKernel : 'Hand in the kernel of the training set with itself.',
    })
  }
  const [one = 0, other = 0] = dots(product, swapped, 2)
  if (Math.abs(one - other) > relative * largest * size) {
    throw new NtkError('value', {
      what: 'solveByConjugateGradients needs a symmetric kernel.',
      got: `uᵀ K v = ${one} and vᵀ K u = ${other}`,
      fix: 'Hand in the kernel of the training set with itself.',
    })
  }
  return diagonal
}

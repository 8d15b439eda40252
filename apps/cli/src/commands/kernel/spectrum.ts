import { eigh, type Tensor } from '@ntk/tensor'
import type { KernelSummary } from './summary.js'

/** What the eigenvalues of a kernel say. */
export function summarizeSpectrum(kernel: Tensor): Partial<KernelSummary> {
  const values = eigh(kernel).values.dataSync()
  const smallest = values[0] ?? Number.NaN
  const largest = values[values.length - 1] ?? Number.NaN
  return {
    smallestEigenvalue: smallest,
    largestEigenvalue: largest,
    condition: smallest > 0 ? largest / smallest : null,
  }
}

import { conditionNumberOf, kernelMatrix, spectrum } from '@ntk/kernels-empirical'
import { cast, eigh, type Tensor } from '@ntk/tensor'

/** Eigenvalues of a symmetric matrix, largest first. */
export function eigenvaluesOf(matrix: Tensor): number[] {
  return Array.from(eigh(cast(matrix, 'float64')).values.dataSync()).reverse()
}

/** Largest over smallest eigenvalue; null where the smallest is not positive, as JSON knows no infinity. */
export function conditionOf(eigenvalues: readonly number[]): number | null {
  const condition = conditionNumberOf(eigenvalues)
  return Number.isFinite(condition) ? condition : null
}

/** Above this many rows a spectrum would take longer than the kernel. */
export const spectrumLimit = 2000

/** What the eigenvalues of a kernel say. */
export interface SpectrumSummary {
  /** Largest first. */
  readonly eigenvalues: readonly number[]
  /** Eigenvalues that are more than rounding. */
  readonly rank: number
  /** Largest over smallest eigenvalue; null where the smallest is zero to rounding. */
  readonly conditionNumber: number | null
  /** exp of the entropy of the eigenvalues as shares of their sum (Roy and Vetterli 2007). */
  readonly effectiveRank: number
  readonly trace: number
}

/** The spectrum of a kernel [n, n] or [n, n, k, k]; null above the limit. */
export async function summarizeSpectrum(kernel: Tensor): Promise<SpectrumSummary | null> {
  const size = kernelMatrix(kernel).shape[0] ?? 0
  if (size > spectrumLimit) return null
  const { eigenvalues, conditionNumber, effectiveRank, trace } = await spectrum(kernel)
  const values = Array.from(await eigenvalues.data()).reverse()
  // Below this an eigenvalue is zero as far as the kernel's numbers can tell.
  const rounding = size * (kernel.dtype === 'float32' ? 2 ** -23 : 2 ** -52) * (values[0] ?? 0)
  const rank = values.filter((value) => value > rounding).length
  return {
    eigenvalues: values,
    rank,
    conditionNumber: rank === size ? conditionNumber : null,
    effectiveRank,
    trace,
  }
}

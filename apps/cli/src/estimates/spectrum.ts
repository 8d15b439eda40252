import type { NetDescription } from '@ntk/kernels-analytic'

/** Above this many samples the spectrum would take longer than the kernel. */
const spectrumLimit = 2000

/** Whether a kernel of this shape has eigenvalues that are worth the time: of samples with themselves, not too many. */
export function wantsSpectrum(shape: readonly number[], n2: number | null): boolean {
  return n2 === null && shape.length === 2 && (shape[0] ?? 0) <= spectrumLimit
}

/** The same of a kernel that is not made yet. */
export function hasSpectrum({ layers, resultBytes }: NetDescription, n1: number, n2: number | null): boolean {
  const matrix = layers.length === 0 || resultBytes === 8 * n1 * (n2 ?? n1)
  return wantsSpectrum(matrix ? [n1, n1] : [], n2)
}

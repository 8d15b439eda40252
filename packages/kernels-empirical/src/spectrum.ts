import { cast, eigh, NtkError, reshape, type Shape, showShape, type Tensor, transpose } from '@ntk/tensor'
import { requireTensor, show } from '@ntk/tensor/options'

/**
 * A kernel as a square matrix of float64: [n, n] as it is; [n, n, k, k, l, l, ...] as [n k l..., n k l...], rows and
 * columns numbered by (sample, output).
 */
export function kernelMatrix(kernel: Tensor): Tensor {
  requireTensor(kernel, 'The kernel of kernelMatrix')
  const { shape } = kernel
  const pairs = shape.length / 2
  const paired = shape.length >= 2 && shape.every((d, i) => d === shape[i ^ 1])
  if (!paired) {
    throw new NtkError('shape', {
      what: 'kernelMatrix needs a kernel [n, n] or [n, n, k, k, ...] of one set of samples with itself.',
      got: showShape(shape),
      fix: 'Trace axes, or take one entry of a diagonal axis.',
    })
  }
  const evens: Shape = Array.from({ length: pairs }, (_, i) => 2 * i)
  const size = evens.reduce((s, i) => s * (shape[i] as number), 1)
  return cast(reshape(transpose(kernel, [...evens, ...evens.map((i) => i + 1)]), [size, size]), 'float64')
}

export interface Spectrum {
  /** Ascending, float64 [n]. */
  readonly eigenvalues: Tensor
  /** λ_max / λ_min; Infinity where λ_min <= 0. */
  readonly conditionNumber: number
  /** exp of the entropy of λ / Σ λ (Roy and Vetterli 2007): between 1 and n. Eigenvalues below 0 by rounding count 0. */
  readonly effectiveRank: number
  readonly trace: number
}

/** Eigenvalues of a symmetric kernel and what follows from them. Kernels with output axes are taken as matrices first. */
export async function spectrum(kernel: Tensor): Promise<Spectrum> {
  const eigenvalues = eigh(kernelMatrix(kernel)).values
  const values = Array.from(await eigenvalues.data())
  const trace = values.reduce((a, b) => a + b, 0)
  return {
    eigenvalues,
    conditionNumber: conditionNumberOf(values),
    effectiveRank: effectiveRankOf(values),
    trace,
  }
}

/** The largest of a symmetric matrix's eigenvalues over the smallest, in any order; infinite where the smallest is not positive. Throws NtkError 'not-finite' on NaN and infinities. */
export function conditionNumberOf(eigenvalues: readonly number[]): number {
  requireNumbers('conditionNumberOf', eigenvalues)
  const smallest = eigenvalues.reduce((a, b) => Math.min(a, b), Infinity)
  const largest = eigenvalues.reduce((a, b) => Math.max(a, b), -Infinity)
  return eigenvalues.length > 0 && smallest > 0 ? largest / smallest : Infinity
}

/**
 * exp(−Σ p log p) of p = λ / Σ λ, of a list of singular values or of a PSD matrix's eigenvalues, at any scale. Throws
 * NtkError 'not-finite' on NaN and infinities.
 */
export function effectiveRankOf(values: readonly number[]): number {
  requireNumbers('effectiveRankOf', values)
  const largest = values.reduce((a, b) => Math.max(a, b), 0)
  if (largest === 0) return 0
  const shares = values.filter((v) => v > 0).map((v) => v / largest)
  const total = shares.reduce((a, b) => a + b, 0)
  return Math.exp(-shares.reduce((sum, v) => (v === 0 ? sum : sum + (v / total) * Math.log(v / total)), 0))
}

function requireNumbers(owner: string, values: unknown): asserts values is readonly number[] {
  const list = Array.isArray(values) ? values : undefined
  const wrong = list === undefined ? undefined : list.findIndex((v) => typeof v !== 'number')
  if (list === undefined || wrong !== -1) {
    throw new NtkError('value', {
      what: `${owner} needs a list of numbers.`,
      got: list === undefined ? show(values) : `${show(list[wrong as number])} at ${wrong}`,
      fix: ArrayBuffer.isView(values) ? 'Write [...values].' : undefined,
    })
  }
  const at = list.findIndex((v) => !Number.isFinite(v))
  if (at === -1) return
  throw new NtkError('not-finite', { what: `${owner} needs finite numbers.`, got: `${list[at]} at ${at}` })
}

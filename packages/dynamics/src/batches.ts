import type { Tensor } from '@ntk/tensor'

/** Kernels of batches, by that of the whole training set. */
export interface Batches {
  readonly samples: number
  readonly batchSize: number
  /** λ_max of the whole kernel. */
  readonly largest: number
  /** The loss is a mean: a batch of b of n samples counts n / b times as much. */
  readonly mean: boolean
}

/**
 * A bound on λ_max of the kernel of every batch, those at the end of an epoch too, which may be smaller. A principal submatrix has no
 * eigenvalue above that of the whole, nor above its largest row sum of magnitudes (Gershgorin); the b largest of a row bound the latter.
 */
export function largestOfBatches(kernel: Tensor, { samples, batchSize, largest, mean }: Batches): number {
  const rest = samples % batchSize
  const sizes = rest === 0 ? [batchSize] : [batchSize, rest]
  const sums = largestRowSums(kernel, samples, sizes)
  return Math.max(
    ...sizes.map((size, i) => Math.min(largest, sums[i] as number) * (mean ? samples / size : 1)),
  )
}

/** Of a kernel [n k, n k] with the samples outermost: for each size the largest row sum over that many samples. */
function largestRowSums(kernel: Tensor, samples: number, sizes: readonly number[]): number[] {
  const rows = kernel.shape[0] as number
  const outputs = rows / samples
  const data = kernel.dataSync()
  const most = sizes.map(() => 0)
  const shares = new Float64Array(samples)
  for (let row = 0; row < rows; row++) {
    shares.fill(0)
    for (let column = 0; column < rows; column++) {
      const sample = Math.floor(column / outputs)
      shares[sample] = (shares[sample] as number) + Math.abs(data[row * rows + column] as number)
    }
    shares.sort()
    sizes.forEach((size, i) => {
      let sum = 0
      for (let j = samples - size; j < samples; j++) sum += shares[j] as number
      most[i] = Math.max(most[i] as number, sum)
    })
  }
  return most
}

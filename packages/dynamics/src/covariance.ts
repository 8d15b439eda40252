import { type Tensor, tensorFromData } from '@ntk/tensor'

/** A matrix [m, m] that is a covariance but for rounding, made one: symmetric to the bit, no variance below 0. */
export function asCovariance(x: Tensor): Tensor {
  const m = x.shape[0] as number
  const from = x.dataSync()
  const to = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < i; j++) {
      const mean = ((from[i * m + j] as number) + (from[j * m + i] as number)) / 2
      to[i * m + j] = mean
      to[j * m + i] = mean
    }
    const variance = from[i * m + i] as number
    // NaN stays, and is an error where results are given
    to[i * m + i] = variance < 0 ? 0 : variance
  }
  return tensorFromData(to, [m, m], x.backend)
}

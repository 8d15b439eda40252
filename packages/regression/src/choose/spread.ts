import { type Tensor, tensorFromData } from '@ntk/tensor'

/** Positions of so many of n samples, evenly spread; of all where there are fewer. */
export function spreadRows(n: number, samples: number): Tensor {
  const count = Math.min(n, samples)
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * n) / count))
  return tensorFromData(rows, [count])
}

import type { Tensor } from '@ntk/tensor'

/** Samples [n, ...] and their targets [n, k...]. */
export interface DataPair {
  readonly x: Tensor
  readonly y: Tensor
}

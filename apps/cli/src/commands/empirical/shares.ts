import { kernelMatrix } from '@ntk/kernels-empirical'
import type { Tensor } from '@ntk/tensor'

/** How much of the trace of the kernel comes from the parameters of one layer. */
export interface LayerShare {
  /** Place and kind, as in the npz file: `3_Conv`, `1.0.2_Dense`. */
  readonly name: string
  readonly share: number
}

function traceOf(kernel: Tensor): number {
  const matrix = kernelMatrix(kernel)
  const size = matrix.shape[0] ?? 0
  const data = matrix.dataSync()
  let sum = 0
  for (let i = 0; i < size; i++) sum += data[i * size + i] ?? 0
  return sum
}

/** What each of the terms of a symmetric kernel adds to its trace. */
export function sharesOf(parts: Readonly<Record<string, Tensor>>): LayerShare[] {
  const traces = Object.entries(parts).map(([name, kernel]) => ({ name, trace: traceOf(kernel) }))
  const total = traces.reduce((sum, { trace }) => sum + trace, 0)
  return traces.map(({ name, trace }) => ({ name, share: trace / total }))
}

import { concatenate, slice, type Tensor } from '@ntk/tensor'
import type { Loss } from './loss.js'
import type { SetRecord } from './train-state.js'

/** Outputs of f over x, `size` rows at a time. */
export function predictInBatches(f: (x: Tensor) => Tensor, x: Tensor, size: number): Tensor {
  const n = x.shape[0] as number
  if (n <= size) return f(x)
  const parts: Tensor[] = []
  for (let start = 0; start < n; start += size) parts.push(f(slice(x, [start, Math.min(n, start + size)])))
  return concatenate(parts)
}

/** The number a scalar tensor holds, on any backend. */
export async function numberOf(scalar: Tensor): Promise<number> {
  return (await scalar.data())[0] as number
}

/** Metrics of outputs against targets: all are computed, then all are read. */
export async function recordSet(
  outputs: Tensor,
  y: Tensor,
  metrics: Readonly<Record<string, Loss>>,
  keepOutputs: boolean,
): Promise<SetRecord> {
  const read = Object.entries(metrics).map(async ([name, metric]) => {
    return [name, await numberOf(metric(outputs, y))] as const
  })
  const values: Record<string, number> = Object.fromEntries(await Promise.all(read))
  return keepOutputs ? { metrics: values, outputs } : { metrics: values }
}

import {
  constantFromData,
  foldIn,
  type Key,
  NtkError,
  permutation,
  slice,
  type Tensor,
  take,
  unscoped,
} from '@ntk/tensor'

/** Rows of x and y that one step sees. */
export interface Batch {
  readonly x: Tensor
  readonly y: Tensor
}

/**
 * The batch of a step. Each epoch visits every sample once in an order of its own, drawn from the key and the epoch's
 * number, so that a step's batch depends on nothing but the key and the step; the last batch of an epoch may be smaller.
 */
export function batches(
  x: Tensor,
  y: Tensor,
  batchSize: number | undefined,
  key: Key | undefined,
): (step: number) => Batch {
  const n = x.shape[0] as number
  if (batchSize === undefined) return () => ({ x, y })
  if (key === undefined) {
    throw new NtkError('option', {
      what: 'Training on mini-batches needs a key.',
      fix: 'Give `key: key(0)`.',
    })
  }
  const perEpoch = Math.ceil(n / batchSize)
  let epoch = -1
  let order: Tensor | undefined
  return (step) => {
    const now = Math.floor(step / perEpoch)
    if (now !== epoch || order === undefined) {
      epoch = now
      // kept for an epoch, beyond the step that draws it; where the samples are
      order?.dispose()
      order = unscoped(() => constantFromData(permutation(foldIn(key, now), n).dataSync(), [n], x.backend))
    }
    const start = (step % perEpoch) * batchSize
    const rows = slice(order, [start, Math.min(n, start + batchSize)])
    return { x: take(x, rows), y: take(y, rows) }
  }
}

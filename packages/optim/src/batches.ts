import { constantFromData, foldIn, type Key, NtkError, showShape, type Tensor, take } from '@ntk/tensor'
import { isRecord, requireTensor, show } from '@ntk/tensor/options'
import { batchRows } from './batch-rows.js'
import type { DataPair } from './data-pair.js'

/** Folded into the key for the keys of `augment`; the orders of epochs are drawn from smaller numbers. */
const augmentation = 2 ** 32 - 1

/**
 * The batch of a step. Each epoch visits every sample once in an order of its own, drawn from the key and the epoch's
 * number, so that a step's batch depends on nothing but the key and the step; the last batch of an epoch may be smaller.
 */
export function batches(
  x: Tensor,
  y: Tensor,
  batchSize: number | undefined,
  key: Key | undefined,
  augment?: (key: Key, batch: DataPair) => DataPair,
): (step: number) => DataPair {
  const plain = ordered(x, y, batchSize, key)
  if (augment === undefined) return plain
  const own = foldIn(required(key, 'Augmentation of data'), augmentation)
  return (step) => checked(augment(foldIn(own, step), plain(step)))
}

function required(key: Key | undefined, what: string): Key {
  if (key !== undefined) return key
  throw new NtkError('option', { what: `${what} needs a key.`, fix: 'Give `key: key(0)`.' })
}

function checked(batch: unknown): DataPair {
  if (!isRecord(batch)) {
    throw new NtkError('value', { what: '`augment` of train must give { x, y }.', got: show(batch) })
  }
  const { x, y } = batch
  requireTensor(x, 'x of what `augment` gives')
  requireTensor(y, 'y of what `augment` gives')
  if (x.shape.length > 0 && x.shape[0] === y.shape[0]) return { x, y }
  throw new NtkError('shape', {
    what: 'x and y of what `augment` gives must hold as many samples along axis 0.',
    got: `${showShape(x.shape)} and ${showShape(y.shape)}`,
  })
}

function ordered(
  x: Tensor,
  y: Tensor,
  batchSize: number | undefined,
  givenKey: Key | undefined,
): (step: number) => DataPair {
  const n = x.shape[0] as number
  if (batchSize === undefined) return () => ({ x, y })
  const key = required(givenKey, 'Training on mini-batches')
  const rowsAt = batchRows(n, { batchSize, key })
  return (step) => {
    // a device checks indices that came from the host, and need not be read for it
    const order = rowsAt(step)
    const rows = constantFromData(order, [order.length], x.backend)
    return { x: take(x, rows), y: take(y, rows) }
  }
}

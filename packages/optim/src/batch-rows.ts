import { foldIn, type Key, permutation, type Tensor } from '@ntk/tensor'
import { aKey, positiveInteger, type RulesFor, readOptions, requireInteger } from '@ntk/tensor/options'

export interface BatchRowsOptions {
  /** Samples a step; the last batch of an epoch may be smaller. */
  readonly batchSize: number
  /** Draws the order of samples in each epoch. */
  readonly key: Key
}

const rules = { batchSize: positiveInteger(), key: aKey() } satisfies RulesFor<BatchRowsOptions>

/**
 * The rows of a training set of so many samples that `train` with this batch size and key sees at each step, which counts from 0. For loops of
 * your own, and for predictions of such a run (`gradientDescentSteps` of @ntk/dynamics).
 */
export function batchRows(samples: number, options: BatchRowsOptions): (step: number) => Int32Array {
  requireInteger(samples, 'The number of samples of batchRows', 1)
  const { batchSize, key } = readOptions('batchRows', rules, options)
  let epoch = -1
  let order = new Int32Array()
  return (step) => {
    requireInteger(step, 'A step of batchRows', 0)
    const place = placeOf(step, samples, batchSize)
    if (place.epoch !== epoch) {
      epoch = place.epoch
      order = Int32Array.from(orderOf(epoch, samples, key).dataSync())
    }
    return order.slice(place.from, place.to)
  }
}

/** Where a step stands: its epoch, and what of the epoch's order it sees. */
export function placeOf(
  step: number,
  samples: number,
  batchSize: number,
): { readonly epoch: number; readonly from: number; readonly to: number } {
  const perEpoch = Math.ceil(samples / batchSize)
  const from = (step % perEpoch) * batchSize
  return { epoch: Math.floor(step / perEpoch), from, to: Math.min(samples, from + batchSize) }
}

/** The order of samples in an epoch, drawn from the key and the epoch's number. */
export function orderOf(epoch: number, samples: number, key: Key): Tensor {
  return permutation(foldIn(key, epoch), samples)
}

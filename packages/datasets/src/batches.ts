import { type Key, permutation } from '@ntk/tensor'
import { aKey, optional, positiveInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { type Dataset, sizeOfDataset, takeExamples } from './dataset.js'

export interface DatasetBatchesOptions {
  /** Images a batch; the last may have fewer. */
  readonly batchSize: number
  /** Draws the order; as they are unless given. */
  readonly key?: Key | undefined
}

const rules = {
  batchSize: positiveInteger(),
  key: optional(aKey()),
} satisfies RulesFor<DatasetBatchesOptions>

/** All images of a set once, batch by batch; each is made when it is asked for. */
export function datasetBatches(
  dataset: Dataset,
  options: DatasetBatchesOptions,
): Generator<Dataset, void, undefined> {
  const { batchSize, key } = readOptions('datasetBatches', rules, options)
  const n = sizeOfDataset(dataset)
  const order =
    key === undefined ? Int32Array.from({ length: n }, (_, i) => i) : permutation(key, n).dataSync()
  return (function* () {
    for (let start = 0; start < n; start += batchSize)
      yield takeExamples(dataset, order.subarray(start, start + batchSize))
  })()
}

import { centredModel, gradientDescent, type SetRecord, train } from '@ntk/optim'
import { type Key, NtkError } from '@ntk/tensor'
import { accuracyOf } from '../../measures/numbers.js'
import { applyOf } from '../../networks/apply.js'
import { type ClassesOutput, classCount } from '../classes.js'
import type { NetKind } from '../depth/kernels.js'
import { netOf, type Variances } from './kernels.js'

/** Accuracies of one network of finite width. */
export interface Accuracies {
  readonly train: number
  readonly test: number
}

/**
 * Trains a network less itself at its start, f(x; θ) − f(x; θ₀), by gradient descent on the total loss ½ Σ (f − y)²; NaN where its loss left the range
 * of numbers.
 */
export async function trainedAccuracies(
  kind: NetKind,
  depth: number,
  { wVar, bVar }: Variances,
  { x_train, x_test, y_train, y_test }: ClassesOutput['arrays'],
  {
    width,
    batch,
    learningRate,
    steps,
    key,
    signal,
    onStep,
  }: {
    readonly width: number
    readonly batch: number | null
    readonly learningRate: number
    readonly steps: number
    readonly key: Key
    readonly signal: AbortSignal
    readonly onStep: (share: number) => void
  },
): Promise<Accuracies> {
  const net = netOf(kind, depth, { wVar, bVar }, { width, outputs: classCount })
  const { params } = net.init(key, [-1, ...x_train.shape.slice(1)])
  const { apply } = centredModel(applyOf(net), params)
  const batches = batch === null ? {} : { batchSize: batch, key }
  try {
    const { history } = await train({
      apply,
      params,
      x: x_train,
      y: y_train,
      evaluate: { test: { x: x_test, y: y_test } },
      loss: 'sum',
      optimizer: gradientDescent(learningRate),
      steps,
      outputs: true,
      signal,
      onProgress: ({ done, total }) => onStep(done / total),
      ...batches,
    })
    const sets = history.at(-1)?.sets
    const accuracy = (record: SetRecord | undefined, y: typeof y_train): number =>
      record?.outputs === undefined
        ? Number.NaN
        : accuracyOf(record.outputs.dataSync(), y.dataSync(), classCount)
    return { train: accuracy(sets?.train, y_train), test: accuracy(sets?.test, y_test) }
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'diverged')
      return { train: Number.NaN, test: Number.NaN }
    throw error
  }
}

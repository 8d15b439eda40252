import {
  accuracy,
  chain,
  crossEntropy,
  heavyBall,
  type Loss,
  mse,
  type Optimizer,
  scale,
  train,
  weightDecay,
} from '@ntk/optim'
import { fileCheckpoint } from '@ntk/optim/node'
import type { Params } from '@ntk/stax'
import { type Key, NtkError, type Tensor } from '@ntk/tensor'
import type { StageContext } from '../../experiment/stage.js'
import type { Apply } from '../../networks/apply.js'
import type { SamarinData } from './images.js'

/** How networks and linearizations are trained. */
export interface SgdConfig {
  epochs: number
  batch: number
  momentum: number
  dropEvery: number | null
}

/** Percent; null where training diverged. */
export interface Accuracies {
  readonly train: number | null
  readonly test: number | null
}

export type LossName = 'mse' | 'cross-entropy'

/**
 * The mean over samples and outputs without a half, as PyTorch's `MSELoss` has it. The paper's Equation 3 sums over outputs, but with a sum the
 * rate 0.1 is beyond what the linearization of LeNet ×10 on MNIST is stable at, 0.07 with momentum 0.9 by its kernel at the start; with the mean
 * that is 0.7, and 1 is stable on CIFAR-10 and not on MNIST, as the paper found.
 */
const losses: { readonly [L in LossName]: Loss } = {
  mse: (f, y) => mse(f, y, { half: false }),
  'cross-entropy': (f, y) => crossEntropy(f, y),
}

export const stepsOf = ({ epochs, batch }: Pick<SgdConfig, 'epochs' | 'batch'>, samples: number): number =>
  Math.max(1, Math.round(epochs * Math.ceil(samples / batch)))

/**
 * SGD as PyTorch has it: weights decay by their gradient, v' = m v + g, θ' = θ − η v', so that a new rate acts on all of the
 * velocity at once. The rate falls by ten every so many epochs.
 */
export function pyTorchSgd(rate: number, decay: number, config: SgdConfig, samples: number): Optimizer {
  const { momentum, dropEvery, batch } = config
  const every = dropEvery === null ? Number.POSITIVE_INFINITY : stepsOf({ epochs: dropEvery, batch }, samples)
  const factor = dropEvery === null ? -rate : (step: number) => -rate * 0.1 ** Math.floor(step / every)
  return chain(weightDecay(decay), heavyBall(momentum), scale(factor))
}

export interface Training {
  readonly apply: Apply
  readonly params: Params<Tensor>
  readonly rate: number
  readonly decay: number
  readonly loss?: LossName
  /** Of the order of samples: the same for a network and its linearization. */
  readonly key: Key
  /** Where the weights of a linearization decay to. */
  readonly decayFrom?: Params<Tensor>
  /** The file of its checkpoints, where it takes long. */
  readonly checkpoint?: string | undefined
}

/** A tenth of a training, or less where that is long, is what a kill costs. */
const checkpoints = 50

/** Trains to the end; null where the loss left the range of numbers, and no accuracy where it is not finite. */
export async function accuraciesAfter(
  training: Training,
  config: SgdConfig,
  { arrays }: SamarinData,
  context: Pick<StageContext, 'signal'>,
  onPart: (share: number) => void,
): Promise<Accuracies> {
  const { apply, params, rate, decay, loss = 'mse', key, decayFrom, checkpoint } = training
  const { x_train: x, y_train: y, x_test, y_test } = arrays
  const samples = x.shape[0] ?? 0
  const steps = stepsOf(config, samples)
  try {
    const { history } = await train({
      apply,
      params,
      x,
      y,
      loss: losses[loss],
      optimizer: pyTorchSgd(rate, decay, config, samples),
      steps,
      batchSize: config.batch,
      key,
      evaluate: { test: { x: x_test, y: y_test } },
      evaluateBatchSize: 200,
      metrics: { accuracy },
      at: [steps],
      decayFrom,
      signal: context.signal,
      onProgress: ({ done }) => onPart(done / steps),
      ...(checkpoint === undefined
        ? {}
        : { checkpoint: fileCheckpoint(checkpoint), checkpointEvery: Math.ceil(steps / checkpoints) }),
    })
    const percent = (set: 'train' | 'test'): number =>
      100 * (history.at(-1)?.sets[set]?.metrics.accuracy ?? Number.NaN)
    return { train: percent('train'), test: percent('test') }
  } catch (error) {
    if (NtkError.isInstance(error) && error.code === 'diverged') return { train: null, test: null }
    throw error
  }
}

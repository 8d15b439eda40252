import type { TrainConfig } from './settings.js'
import { requireWarmupEnds } from './setup.js'

/** How long a training is, once it is known of how many samples. */
export interface Length {
  readonly steps: number
  /** Steps in which every sample is seen once. */
  readonly perEpoch: number
  /** Samples a step; undefined for all. */
  readonly batchSize: number | undefined
  readonly evaluateEvery: number
  readonly checkpointEvery: number
}

/** Evaluations where the config is silent. */
const evaluations = 50

/** Checkpoints where the config is silent: each is flushed to the disk, which takes longer than many steps of a small network. */
const checkpoints = 10

/** Epochs where the config is silent. */
const epochsUnlessGiven = 20

/** @throws NtkError `config` where the warm-up does not end before training does */
export function lengthOf(config: TrainConfig, samples: number): Length {
  const { batch, epochs = epochsUnlessGiven } = config
  const perEpoch = batch === 'full' ? 1 : Math.ceil(samples / batch)
  const steps = config.steps ?? epochs * perEpoch
  requireWarmupEnds(config, steps)
  const evaluateEvery = config.evaluateEvery ?? Math.ceil(steps / evaluations)
  return {
    steps,
    perEpoch,
    batchSize: batch === 'full' ? undefined : batch,
    evaluateEvery,
    checkpointEvery: config.checkpointEvery ?? Math.ceil(steps / checkpoints),
  }
}

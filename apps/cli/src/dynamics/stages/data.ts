import {
  centredLabels,
  type Dataset,
  flatten,
  normalizeSamples,
  standardize,
  statistics,
} from '@ntk/datasets'
import type { Tensor } from '@ntk/tensor'
import { loadData } from '../../data/load.js'
import type { Io } from '../../io.js'
import type { Stage } from '../../runs/stages.js'
import { packArrays } from '../arrays.js'
import type { Setup } from '../setup.js'

export interface TwoSets {
  readonly train: Tensor
  readonly test: Tensor
}

/** Inputs scaled as the config says; statistics of pixels come from the training set alone. */
export function scaleInputs(how: 'sample' | 'pixel' | 'none', train: Tensor, test: Tensor): TwoSets {
  if (how === 'sample') return { train: normalizeSamples(train), test: normalizeSamples(test) }
  if (how === 'none') return { train, test }
  const found = statistics(train, 'pixel')
  return { train: standardize(train, found), test: standardize(test, found) }
}

/** Loads or generates the images and makes inputs and targets (one-hot minus 1/k, as Lee et al. 2019 train on). */
export function dataStage(setup: Setup, io: Io): Stage {
  return {
    name: 'data',
    title: `reading ${setup.config.data.name}`,
    async run({ progress, signal }) {
      const task = progress.task(this.title, 1)
      const { train, test } = await loadData(setup.config.data, setup.keys.data, { io, progress, signal })
      const inputs = scaleInputs(setup.config.data.normalize, train.images, test.images)
      const shaped = (images: Tensor): Tensor => (setup.vectors ? flatten(images) : images)
      const targets = (set: Dataset): Tensor => centredLabels(set.labels, set.classes.length)
      task.done(`${setup.config.data.train} to train, ${setup.config.data.test} to test`)
      return {
        values: { classes: [...train.classes] },
        files: packArrays({
          x_train: shaped(inputs.train),
          x_test: shaped(inputs.test),
          y_train: targets(train),
          y_test: targets(test),
        }),
      }
    },
  }
}

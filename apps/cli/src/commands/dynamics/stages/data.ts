import { centredLabels, type Dataset, flatten } from '@ntk/datasets'
import type { Tensor } from '@ntk/tensor'
import { loadData } from '../../../data/load.js'
import { scaleInputs } from '../../../data/scale.js'
import { type Stage, stage } from '../../../experiment/stage.js'
import type { Setup } from '../setup.js'

export interface DataOutput {
  readonly values: { readonly classes: readonly string[] }
  /** Inputs [n, ...] and targets [n, k]: one-hot minus 1/k, as Lee et al. 2019 train on. */
  readonly arrays: {
    readonly x_train: Tensor
    readonly x_test: Tensor
    readonly y_train: Tensor
    readonly y_test: Tensor
  }
}

/** Loads or generates the images and makes inputs and targets. */
export function dataStage(setup: Setup): Stage<DataOutput> {
  const { data } = setup.config
  const title = `reading ${data.name}`
  return stage({
    name: 'data',
    title,
    async run(_inputs, context) {
      const task = context.progress.task(title, 1)
      const { train, test } = await loadData(data, setup.keys.data, context)
      const inputs = scaleInputs(data.normalize, train.images, test.images)
      const shaped = (images: Tensor): Tensor => (setup.vectors ? flatten(images) : images)
      const targets = (set: Dataset): Tensor => centredLabels(set.labels, set.classes.length)
      task.done(`${data.train} to train, ${data.test} to test`)
      return {
        values: { classes: [...train.classes] },
        arrays: {
          x_train: shaped(inputs.train),
          x_test: shaped(inputs.test),
          y_train: targets(train),
          y_test: targets(test),
        },
      }
    },
  })
}

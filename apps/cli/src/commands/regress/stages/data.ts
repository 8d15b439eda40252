import { type Labelled, labelledImages, labelledRows } from '../../../data/labelled.js'
import { type Stage, stage } from '../../../experiment/stage.js'
import type { Setup } from '../setup.js'

export type DataOutput = Labelled

/** Reads images or a table, parts them, and makes inputs and targets. */
export function dataStage({ config, images, vectors, keys, source }: Setup): Stage<DataOutput> {
  const title = `reading ${source}`
  return stage({
    name: 'data',
    title,
    async run(_inputs, context) {
      const task = context.progress.task(title, 1)
      const output =
        images === null
          ? await labelledRows(config, { rows: keys.data, table: keys.table }, context)
          : await labelledImages(images, { key: keys.data, vectors }, context)
      const { x_train, x_test } = output.arrays
      task.done(`${x_train.shape[0]} to fit, ${x_test.shape[0]} to test`)
      return output
    },
  })
}

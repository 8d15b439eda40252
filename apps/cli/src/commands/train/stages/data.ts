import { centredLabels } from '@ntk/datasets'
import { NtkError, permutation, type Tensor, take, tensorFromData, zeros } from '@ntk/tensor'
import { type Labelled, labelledImages, labelledRows } from '../../../data/labelled.js'
import { scaleTargets, type TargetScale, targetScale } from '../../../data/targets.js'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { withBorder } from '../../../networks/border.js'
import { requireEnough, type Setup } from '../setup.js'

/** The sets of a training, in the order of figures and tables. */
export const setNames = ['train', 'validation', 'test'] as const

export type SetName = (typeof setNames)[number]

export interface DataOutput {
  readonly values: {
    readonly task: 'classes' | 'numbers'
    /** Names of the classes; none of numbers. */
    readonly classes: readonly string[]
    /** Outputs of the network. */
    readonly outputs: number
    /** What numbers were before they were brought to mean 0 and variance 1. */
    readonly targets: TargetScale | null
  }
  /**
   * Inputs [n, ...] and targets: one-hot less 1/k [n, k] of classes, with cross-entropy labels [n] (int32), and numbers [n, 1].
   * No rows where nothing is held out for validation.
   */
  readonly arrays: {
    readonly [K in `${'x' | 'y'}_${SetName}`]: Tensor
  }
}

/** Reads images or a table, parts them, and makes inputs and targets. */
export function dataStage(setup: Setup): Stage<DataOutput> {
  const title = `reading ${setup.source}`
  return stage({
    name: 'data',
    title,
    async run(_inputs, context) {
      const task = context.progress.task(title, 1)
      const read = await readSamples(setup, context)
      const output = targetsOf(setup, heldOut(setup, read))
      const { x_train, x_test } = output.arrays
      task.done(`${x_train.shape[0]} to train, ${x_test.shape[0]} to test`)
      return output
    },
  })
}

async function readSamples(setup: Setup, context: StageContext): Promise<Labelled> {
  const { config, images, vectors, keys } = setup
  if (images === null) return labelledRows(config, { rows: keys.data, table: keys.table }, context)
  const read = await labelledImages(images, { key: keys.data, vectors }, context)
  const bordered = (x: Tensor): Tensor => withBorder(x, setup, context.progress)
  const { x_train, x_test } = read.arrays
  return { ...read, arrays: { ...read.arrays, x_train: bordered(x_train), x_test: bordered(x_test) } }
}

interface Parts {
  readonly values: Labelled['values']
  readonly arrays: DataOutput['arrays']
}

/** Training samples drawn at random are kept for validation. */
function heldOut({ config, keys }: Setup, { values, arrays }: Labelled): Parts {
  const { validation } = config
  const { x_train, y_train } = arrays
  const n = x_train.shape[0] ?? 0
  requireEnough(config, n)
  if (validation === 0) {
    const none = (array: Tensor): Tensor => zeros([0, ...array.shape.slice(1)], array.dtype)
    return { values, arrays: { ...arrays, x_validation: none(x_train), y_validation: none(y_train) } }
  }
  const drawn = permutation(keys.validation, n).dataSync()
  const rows = (part: ArrayLike<number>): Tensor =>
    tensorFromData(Int32Array.from(part).sort(), [part.length])
  const [held, left] = [rows(drawn.subarray(0, validation)), rows(drawn.subarray(validation))]
  return {
    values,
    arrays: {
      ...arrays,
      x_train: take(x_train, left),
      y_train: take(y_train, left),
      x_validation: take(x_train, held),
      y_validation: take(y_train, held),
    },
  }
}

function targetsOf({ config }: Setup, { values, arrays }: Parts): DataOutput {
  const { task, classes } = values
  if (task === 'numbers') return numbersOf(config.loss, arrays)
  const known = { task, classes, outputs: classes.length, targets: null }
  if (config.loss === 'cross-entropy') return { values: known, arrays }
  const y = (labels: Tensor): Tensor => centredLabels(labels, classes.length)
  return {
    values: known,
    arrays: {
      ...arrays,
      y_train: y(arrays.y_train),
      y_validation: y(arrays.y_validation),
      y_test: y(arrays.y_test),
    },
  }
}

/** Numbers less the mean of those of the training set, over their standard deviation. */
function numbersOf(loss: 'mse' | 'cross-entropy', arrays: DataOutput['arrays']): DataOutput {
  if (loss === 'cross-entropy') {
    throw new NtkError('config', {
      what: 'The loss cross-entropy (--loss) is of classes, and the target of this table is a number.',
      fix: 'Take --loss mse, or --task classes.',
    })
  }
  const targets = targetScale(arrays.y_train)
  const scaled = (y: Tensor): Tensor => scaleTargets(y, targets)
  return {
    values: { task: 'numbers', classes: [], outputs: 1, targets },
    arrays: {
      ...arrays,
      y_train: scaled(arrays.y_train),
      y_validation: scaled(arrays.y_validation),
      y_test: scaled(arrays.y_test),
    },
  }
}

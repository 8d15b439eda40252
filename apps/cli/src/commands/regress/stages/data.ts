import { resolve } from 'node:path'
import {
  encodeTable,
  flatten,
  generateTable,
  splitTable,
  type Table,
  type TableEncoding,
  tableEncoding,
} from '@ntk/datasets'
import { readTable } from '@ntk/datasets/node'
import { NtkError, type Tensor } from '@ntk/tensor'
import { loadData } from '../../../data/load.js'
import { scaleInputs } from '../../../data/scale.js'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { generatedName, type Setup } from '../setup.js'

export interface DataOutput {
  readonly values: {
    readonly task: 'classes' | 'numbers'
    /** Names of the classes; none of numbers. */
    readonly classes: readonly string[]
    /** How rows of a table become inputs; null of images. */
    readonly encoding: TableEncoding | null
  }
  /** Inputs [n, ...], and labels [n] (int32) or numbers [n, 1]. */
  readonly arrays: {
    readonly x_train: Tensor
    readonly x_test: Tensor
    readonly y_train: Tensor
    readonly y_test: Tensor
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
      const output = setup.images === null ? await ofTable(setup, context) : await ofImages(setup, context)
      const { x_train, x_test } = output.arrays
      task.done(`${x_train.shape[0]} to fit, ${x_test.shape[0]} to test`)
      return output
    },
  })
}

async function ofImages({ images, vectors, keys }: Setup, context: StageContext): Promise<DataOutput> {
  if (images === null) throw new Error('there are no images')
  const { train, test } = await loadData(images, keys.data, context)
  const inputs = scaleInputs(images.normalize, train.images, test.images)
  const shaped = (x: Tensor): Tensor => (vectors ? flatten(x) : x)
  return {
    values: { task: 'classes', classes: [...train.classes], encoding: null },
    arrays: {
      x_train: shaped(inputs.train),
      x_test: shaped(inputs.test),
      y_train: train.labels,
      y_test: test.labels,
    },
  }
}

async function ofTable({ config, keys }: Setup, { io }: StageContext): Promise<DataOutput> {
  const { file = '', target, task, drop, impute } = config.table
  const name = generatedName(file)
  const made = name === undefined ? null : generateTable(name, { key: keys.table })
  const table: Table = made?.table ?? (await readTable(resolve(io.cwd, file), { name: file }))
  const { rows } = table
  const { test } = config.data
  const train =
    config.data.train ?? (test === undefined ? Math.floor((4 * rows) / 5) : Math.max(0, rows - test))
  const parts = splitTable(table, { train, test, key: keys.data })
  if (parts.train.rows === 0 || parts.test.rows === 0) {
    throw new NtkError('data', {
      what: `${file} needs rows to fit and rows to test.`,
      got: `${rows} rows, ${parts.train.rows} to fit and ${parts.test.rows} to test`,
      fix: 'Take a larger table, or say --train and --test.',
    })
  }
  const encoding = tableEncoding(parts.train, {
    target: target ?? made?.target,
    task: task ?? made?.task,
    drop,
    impute,
  })
  const [a, b] = [encodeTable(parts.train, encoding), encodeTable(parts.test, encoding)]
  const y = (rowsOf: typeof a): Tensor => {
    const found = rowsOf.labels ?? rowsOf.targets
    if (found === null) throw new Error('a table without its target')
    return found
  }
  return {
    values: { task: a.labels === null ? 'numbers' : 'classes', classes: [...a.classes], encoding },
    arrays: { x_train: a.inputs, x_test: b.inputs, y_train: y(a), y_test: y(b) },
  }
}

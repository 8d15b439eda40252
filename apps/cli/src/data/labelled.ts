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
import { type Key, NtkError, type Tensor } from '@ntk/tensor'
import type { ImagesConfig } from '../config/data.js'
import { generatedName, type SamplesConfig } from '../config/samples.js'
import type { LoadContext } from './context.js'
import { loadData } from './load.js'
import { scaleInputs } from './scale.js'

/** Samples to train on and to test, with what is to be learnt of them. */
export interface Labelled {
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

/** Images, each a vector where the network takes those. */
export async function labelledImages(
  images: ImagesConfig,
  { key, vectors }: { readonly key: Key; readonly vectors: boolean },
  context: LoadContext,
): Promise<Labelled> {
  const { train, test } = await loadData(images, key, context)
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

/**
 * Rows of a table, encoded as the training rows are.
 *
 * @throws NtkError `file` and `data` for what is wrong with it, `option` for columns that it does not have
 */
export async function labelledRows(
  { data, table: settings }: SamplesConfig,
  keys: { readonly rows: Key; readonly table: Key },
  { io }: LoadContext,
): Promise<Labelled> {
  const { file = '', target, task, drop, impute } = settings
  const name = generatedName(file)
  const made = name === undefined ? null : generateTable(name, { key: keys.table })
  const table: Table = made?.table ?? (await readTable(resolve(io.cwd, file), { name: file }))
  const { rows } = table
  const { test } = data
  const train = data.train ?? (test === undefined ? Math.floor((4 * rows) / 5) : Math.max(0, rows - test))
  const parts = splitTable(table, { train, test, key: keys.rows })
  if (parts.train.rows === 0 || parts.test.rows === 0) {
    throw new NtkError('data', {
      what: `${file} needs rows to train on and rows to test.`,
      got: `${rows} rows, ${parts.train.rows} to train on and ${parts.test.rows} to test`,
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

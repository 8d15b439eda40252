import { resolve } from 'node:path'
import { encodeTable, flatten, normalizeSamples } from '@ntk/datasets'
import { readTable } from '@ntk/datasets/node'
import { cast, NtkError, sameShape, showShape, type Tensor } from '@ntk/tensor'
import { readSamples } from '../../data/array.js'
import type { Outcome, Prepared, Request } from '../../frame/command.js'
import { requireFinite } from '../../measures/finite.js'
import { writeAtomic } from '../../runs/atomic.js'
import { outputFile } from '../../runs/output-file.js'
import { type Model, type ModelHead, type Predictions, predictWith, readModel } from './model.js'
import type { RegressConfig } from './settings.js'

/** `ntk regress --model DIR --inputs FILE`; undefined where no model is asked. */
export function predictionRequest(request: Request<RegressConfig>): Prepared | undefined {
  const [model, inputs] = [request.text('model'), request.text('inputs')]
  if (model === undefined && inputs === undefined) return undefined
  if (model === undefined || inputs === undefined) {
    throw new NtkError('option', {
      what: '--model and --inputs go together: a model that was saved, and rows to predict.',
      fix: `Write ${model === undefined ? '--model DIR' : '--inputs rows.npy'} too.`,
    })
  }
  request.refuseBeside('--model says everything about the model', 'Leave it out.')
  const { io, signal, progress } = request
  const name = request.text('predictions') ?? 'predictions.csv'
  const path = outputFile(io.cwd, name)
  return {
    plan: () => [
      ['model', model],
      ['inputs', inputs],
      ['writes', name],
    ],
    async run() {
      const saved = await readModel(resolve(io.cwd, model), model)
      const x = await readInputs(saved, io.cwd, inputs)
      const task = progress.task('predicting', 1)
      const found = await predictWith(saved, x, signal)
      task.done()
      const table = rowsOf(saved, found)
      writeAtomic(path, table.map((row) => `${row.map(quoted).join(',')}\n`).join(''))
      return outcomeOf(table, name)
    },
  }
}

async function readInputs({ head }: Model, cwd: string, file: string): Promise<Tensor> {
  if (!file.endsWith('.npy')) {
    if (head.encoding === null) {
      throw new NtkError('option', {
        what: 'This model was fitted to images.',
        got: file,
        fix: 'Give an npy file.',
      })
    }
    const table = await readTable(resolve(cwd, file), { name: file, types: typesOf(head.encoding) })
    return encodeTable(table, head.encoding).inputs
  }
  const given = cast(await readSamples(cwd, file), 'float64')
  await requireFinite(given, file, 'Remove the sample or mend the number.')
  const scaled = head.normalize === 'sample' && head.encoding === null ? normalizeSamples(given) : given
  const shape = head.inputShape
  const shaped = shape.length === 1 ? flatten(scaled) : scaled
  if (sameShape(shaped.shape.slice(1), shape)) return shaped
  throw new NtkError('shape', {
    what: `The model takes samples of shape ${showShape(shape)}.`,
    got: `${file} of shape ${showShape(given.shape)}`,
    fix:
      head.encoding === null
        ? undefined
        : 'Give a table with the columns of the training set, or rows as it encodes them.',
  })
}

/** A column of words that happens to hold numbers alone in the new rows stays one of words. */
function typesOf(encoding: NonNullable<ModelHead['encoding']>): Record<string, 'number' | 'category'> {
  return Object.fromEntries(encoding.inputs.map(({ name, kind }) => [name, kind]))
}

/** Names of columns, then a row a sample. */
function rowsOf({ head }: Model, { mean, deviation, labels, probabilities }: Predictions): string[][] {
  const m = mean.shape[0] ?? 0
  const means = mean.dataSync()
  const deviations = deviation.dataSync()
  if (labels === null || probabilities === null) {
    return [
      ['mean', 'standard deviation'],
      ...Array.from({ length: m }, (_, i) => [String(means[i]), String(deviations[i])]),
    ]
  }
  const [found, p] = [labels.dataSync(), probabilities.dataSync()]
  const classes = head.classes.length
  return [
    ['class', ...head.classes.map((name) => `probability of ${name}`)],
    ...Array.from({ length: m }, (_, i) => [
      head.classes[found[i] as number] ?? '',
      ...Array.from(p.subarray(i * classes, (i + 1) * classes), String),
    ]),
  ]
}

const quoted = (field: string): string =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

function outcomeOf([head = [], ...rows]: string[][], file: string): Outcome {
  const first = rows
    .slice(0, 5)
    .map((row) => `  ${row.slice(0, 4).join('  ')}${row.length > 4 ? '  ...' : ''}\n`)
  const more = rows.length > 5 ? `  ... and ${rows.length - 5} more\n` : ''
  const text = `${rows.length} predictions in ${file}\n  ${head.slice(0, 4).join('  ')}\n${first.join('')}${more}`
  return { json: { predictions: rows.length, file, columns: head, rows }, text: () => text }
}

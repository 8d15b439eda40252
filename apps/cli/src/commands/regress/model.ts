import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TableEncoding } from '@ntk/datasets'
import { withHyperparameters } from '@ntk/kernels-analytic'
import { kernelClassifier, kernelRegressor } from '@ntk/regression'
import { fromSpec, type Spec } from '@ntk/stax'
import { decodeNpy, encodeNpy, NtkError, type Tensor } from '@ntk/tensor'
import { writeAtomic } from '../../runs/atomic.js'
import type { ChosenNumbers } from './stages/fit.js'

/** What `--save` keeps of a model beside its training set. */
export interface ModelHead {
  readonly format: 'ntk-regress-1'
  readonly task: 'classes' | 'numbers'
  readonly classes: readonly string[]
  readonly spec: Spec
  readonly hyperparameters: ChosenNumbers['hyperparameters']
  readonly get: 'nngp' | 'ntk'
  readonly diagReg: number
  readonly temperature: number | null
  /** How rows of a table become inputs; null of images. */
  readonly encoding: TableEncoding | null
  /** Of images: whether each is brought to mean 0 and variance 1. */
  readonly normalize: 'sample' | 'none'
}

interface ModelFile extends ModelHead {
  /** SHA-256 by the name of the file. */
  readonly files: Readonly<Record<string, string>>
}

export interface Model {
  readonly head: ModelHead
  readonly x: Tensor
  readonly y: Tensor
}

const headFile = 'model.json'
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Writes a model to a folder; `model.json` comes last, so that a folder that has one is whole. */
export function saveModel(folder: string, { head, x, y }: Model): void {
  mkdirSync(folder, { recursive: true })
  const files: Record<string, string> = {}
  for (const [name, array] of Object.entries({ 'x.npy': x, 'y.npy': y })) {
    const bytes = encodeNpy(array)
    writeAtomic(join(folder, name), bytes)
    files[name] = sha256(bytes)
  }
  const kept: ModelFile = { ...head, files }
  writeAtomic(join(folder, headFile), `${JSON.stringify(kept, null, 2)}\n`)
}

/**
 * Reads a model that `saveModel` has written.
 *
 * @throws NtkError `file` where there is none, `data` where it was changed or cut off since
 */
export function loadModel(folder: string, shown: string): Model {
  let head: ModelFile
  try {
    head = JSON.parse(readFileSync(join(folder, headFile), 'utf8')) as ModelFile
  } catch (cause) {
    throw new NtkError('file', {
      what: `${shown} holds no model: its ${headFile} cannot be read.`,
      fix: 'Give a folder that ntk regress --save has written.',
      cause,
    })
  }
  if (head.format !== 'ntk-regress-1' || typeof head.files !== 'object') {
    throw new NtkError('data', {
      what: `${shown}/${headFile} is not of a model of ntk regress.`,
      got: String(head.format),
      fix: 'Give a folder that ntk regress --save has written.',
    })
  }
  const read = (name: string): Tensor => {
    let bytes: Uint8Array
    try {
      bytes = new Uint8Array(readFileSync(join(folder, name)))
    } catch (cause) {
      throw new NtkError('file', {
        what: `${shown}/${name} cannot be read.`,
        fix: 'Save the model again.',
        cause,
      })
    }
    if (sha256(bytes) !== head.files[name]) {
      throw new NtkError('data', {
        what: `${shown}/${name} is not what was saved: its SHA-256 is another.`,
        got: sha256(bytes).slice(0, 16),
        fix: 'Save the model again.',
      })
    }
    return decodeNpy(bytes, { name: `${shown}/${name}` })
  }
  const { files: _, ...rest } = head
  return { head: rest, x: read('x.npy'), y: read('y.npy') }
}

/** What a model says of inputs: means [m, k], standard deviations, and of classes labels and probabilities. */
export interface Predictions {
  readonly mean: Tensor
  readonly deviation: Tensor
  readonly labels: Tensor | null
  readonly probabilities: Tensor | null
}

/** Fits the model again, which takes its kernel and one factorization, and predicts. */
export async function predictWith(
  { head, x, y }: Model,
  inputs: Tensor,
  signal: AbortSignal,
): Promise<Predictions> {
  const { task, spec, hyperparameters, get, diagReg, temperature, classes } = head
  const plain = fromSpec(spec)
  const net = hyperparameters === null ? plain : withHyperparameters(plain, hyperparameters)
  if (task === 'numbers') {
    const model = await kernelRegressor(net, { get, diagReg, standardize: true }).fit(x, y, { signal })
    const { mean, standardDeviation } = await model.predict(inputs, { of: 'observation', signal })
    return { mean, deviation: standardDeviation, labels: null, probabilities: null }
  }
  const all = classes.map((_, i) => i)
  const options = { get, diagReg, classes: all, temperature: temperature ?? undefined }
  const model = await kernelClassifier(net, options).fit(x, y, { signal })
  const found = await model.predict(inputs, {
    get: ['mean', 'standardDeviation', 'labels', 'probabilities'],
    signal,
  })
  return {
    mean: found.mean,
    deviation: found.standardDeviation,
    labels: found.labels,
    probabilities: found.probabilities,
  }
}

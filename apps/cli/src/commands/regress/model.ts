import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TableEncoding } from '@ntk/datasets'
import { aboutModel, type LoadedModel, loadModel, saveModel } from '@ntk/regression/node'
import { NtkError, type Tensor } from '@ntk/tensor'

/** What the folder of a model says beside the model itself: how rows and images become its samples. */
export interface ModelHead {
  readonly format: 'ntk-regress-2'
  /** Names of the classes; none of numbers. */
  readonly classes: readonly string[]
  /** How rows of a table become inputs; null of images. */
  readonly encoding: TableEncoding | null
  /** Of images: whether each is brought to mean 0 and variance 1. */
  readonly normalize: 'sample' | 'none'
  /** Of one sample. */
  readonly inputShape: readonly number[]
}

export interface Model {
  readonly head: ModelHead
  readonly fitted: LoadedModel
}

/** Refuses a folder that holds something else, before hours of work. @throws NtkError `conflict` */
export function requirePlaceForModel(cwd: string, folder: string): void {
  const path = resolve(cwd, folder)
  if (!existsSync(path) || existsSync(join(path, 'model.json'))) return
  throw new NtkError('conflict', {
    what: `save (--save) names ${folder}, which holds something that is no model.`,
    fix: 'Choose another folder, or move that away.',
  })
}

/** Writes a model to a folder, in place of a model that was there. */
export async function keepModel(folder: string, { head, fitted }: Model): Promise<void> {
  await saveModel(fitted, folder, { about: head })
}

/**
 * Reads a model that `--save` has written.
 *
 * @throws NtkError `file` where there is none, `data` where it was changed or cut off since, or is no model of ntk regress
 */
export async function readModel(folder: string, shown: string): Promise<Model> {
  const fix = 'Give a folder that ntk regress --save has written.'
  if (!existsSync(join(folder, 'model.json')))
    throw new NtkError('file', { what: `${shown} holds no model: there is no model.json.`, fix })
  const head = await aboutModel(folder)
  if (!isHead(head)) {
    throw new NtkError('data', {
      what: `${shown} is a model, and does not say how rows become its samples.`,
      fix,
    })
  }
  return { head, fitted: await loadModel(folder) }
}

/** Whatever says this format was written by `--save`: the hash of the folder covers it. */
function isHead(value: unknown): value is ModelHead {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 'ntk-regress-2'
}

/** What a model says of inputs: means [m, k], standard deviations, and of classes labels and probabilities. */
export interface Predictions {
  readonly mean: Tensor
  readonly deviation: Tensor
  readonly labels: Tensor | null
  readonly probabilities: Tensor | null
}

export async function predictWith(
  { fitted }: Model,
  inputs: Tensor,
  signal: AbortSignal,
): Promise<Predictions> {
  if (fitted.kind === 'regressor') {
    const { mean, standardDeviation } = await fitted.predict(inputs, { of: 'observation', signal })
    return { mean, deviation: standardDeviation, labels: null, probabilities: null }
  }
  const { mean, standardDeviation, labels, probabilities } = await fitted.predict(inputs, {
    get: ['mean', 'standardDeviation', 'labels', 'probabilities'],
    signal,
  })
  return { mean, deviation: standardDeviation, labels, probabilities }
}

import { resolve } from 'node:path'
import { NtkError, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { saveModel } from '../model.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'
import type { FitOutput } from './fit.js'

export interface SaveOutput {
  readonly values: { readonly folder: string }
  readonly arrays: Readonly<Record<never, Tensor>>
}

/** @throws NtkError `config` where new images could not be treated as those that are fitted */
export function requireSavable({ images }: Pick<Setup, 'images'>): void {
  if (images?.normalize !== 'pixel') return
  throw new NtkError('config', {
    what: 'A model of images that are scaled pixel by pixel (--normalize pixel) cannot be saved: --model would not know their statistics.',
    fix: 'Take --normalize sample or none.',
  })
}

/** Keeps the model for `--model`. */
export function saveModelStage(
  setup: Setup,
  folder: string,
  data: Stage<DataOutput>,
  fit: Stage<FitOutput>,
): Stage<SaveOutput> {
  const title = `saving the model to ${folder}`
  return stage({
    name: 'save',
    title,
    needs: { data, fit },
    async run({ data: { values, arrays }, fit: { values: found } }, { io }) {
      saveModel(resolve(io.cwd, folder), {
        head: {
          format: 'ntk-regress-1',
          task: values.task,
          classes: [...values.classes],
          spec: setup.spec,
          hyperparameters: found.chosen?.hyperparameters ?? null,
          get: setup.config.get,
          diagReg: found.diagReg,
          temperature: found.temperature,
          encoding: values.encoding,
          normalize: setup.images?.normalize === 'sample' ? 'sample' : 'none',
        },
        x: arrays.x_train,
        y: arrays.y_train,
      })
      return { values: { folder }, arrays: {} }
    },
  })
}

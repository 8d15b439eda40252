import { resolve } from 'node:path'
import { type HyperparameterTree, withHyperparameters } from '@ntk/kernels-analytic'
import {
  type ChooseOptions,
  type EstimatorOptions,
  kernelClassifier,
  kernelRegressor,
  type MakeKernel,
} from '@ntk/regression'
import { type Tensor, zeros } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import type { RunKernels } from '../kernels.js'
import { keepModel, type Model, requirePlaceForModel } from '../model.js'
import type { RegressConfig } from '../settings.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'

/** What a search for hyperparameters found, as JSON. */
export interface ChosenNumbers {
  readonly hyperparameters: HyperparameterTree | null
  readonly start: number
  readonly value: number
  readonly samples: number
  readonly iterations: number
  readonly evaluations: number
  readonly because: string
}

export interface FitOutput {
  readonly values: {
    /** Relative to the mean diagonal of the kernel. */
    readonly diagReg: number
    readonly noise: number
    readonly logMarginalLikelihood: number
    /** Of the softmax of a classifier. */
    readonly temperature: number | null
    readonly chosen: ChosenNumbers | null
  }
  /** Of the test set: means [m, k], standard deviations of what would be observed [m, k] or [m], probabilities [m, classes] ([m, 0] of numbers). */
  readonly arrays: { readonly mean: Tensor; readonly deviation: Tensor; readonly probabilities: Tensor }
}

/** Fits the training set and predicts the test set. */
export function fitStage(setup: Setup, data: Stage<DataOutput>, kernels: RunKernels): Stage<FitOutput> {
  const { choose } = setup.config
  const title = choose === undefined ? 'fitting and predicting' : `fitting by ${choose}, and predicting`
  return stage({
    name: 'fit',
    title,
    needs: { data },
    async run({ data: { values, arrays } }, context) {
      const { save } = setup.config
      if (save !== undefined) requirePlaceForModel(context.io.cwd, save)
      const { get, diagReg } = setup.config
      const makeKernel: MakeKernel = (net) => kernels.of(net, arrays, context.io.cwd)
      const options = { get, diagReg, choose: choiceOf(setup), makeKernel }
      const fitting = { net: setup.net, options }
      const { output, fitted } =
        values.task === 'classes'
          ? await fitClasses(fitting, arrays, values.classes.length, context, title)
          : await fitNumbers({ ...fitting, outputScale: setup.config.outputScale }, arrays, context, title)
      if (save === undefined) return output
      await keepModel(resolve(context.io.cwd, save), {
        head: {
          format: 'ntk-regress-2',
          classes: [...values.classes],
          encoding: values.encoding,
          normalize: setup.images?.normalize === 'sample' ? 'sample' : 'none',
          inputShape: arrays.x_train.shape.slice(1),
        },
        fitted,
      })
      context.progress.note(`the model is in ${save}`)
      return output
    },
  })
}

/** What a stage keeps of a fit, and the model itself. */
interface Fit extends Pick<Model, 'fitted'> {
  readonly output: FitOutput
}

interface Call {
  readonly signal: AbortSignal
  readonly onProgress: (progress: { done: number; total: number | null }) => void
}

function following({ progress, signal }: StageContext, title: string): { call: Call; done: () => void } {
  const task = progress.task(title, 1)
  const onProgress: Call['onProgress'] = ({ done, total }) => task.update(total === null ? 0 : done / total)
  return { call: { signal, onProgress }, done: () => task.done() }
}

function choiceOf({ config, keys }: Setup): ChooseOptions | undefined {
  const { choose, chooseSamples: samples, chooseRestarts: restarts } = config
  return choose === undefined ? undefined : { by: choose, samples, restarts, key: keys.choose }
}

interface Fitting {
  readonly net: Setup['net']
  readonly options: EstimatorOptions & { readonly diagReg: number }
}

async function fitClasses(
  { net, options }: Fitting,
  { x_train, x_test, y_train }: DataOutput['arrays'],
  classes: number,
  context: StageContext,
  title: string,
): Promise<Fit> {
  const { call, done } = following(context, title)
  const all = Array.from({ length: classes }, (_, i) => i)
  const model = await kernelClassifier(net, { ...options, classes: all }).fit(x_train, y_train, call)
  const found = await model.predict(x_test, { get: ['mean', 'standardDeviation', 'probabilities'], ...call })
  done()
  const values = {
    diagReg: model.chosen?.diagReg ?? options.diagReg,
    noise: model.noise,
    logMarginalLikelihood: model.logMarginalLikelihood,
    temperature: model.calibration.temperature,
    chosen: model.chosen,
  }
  const { mean, standardDeviation: deviation, probabilities } = found
  return { output: { values, arrays: { mean, deviation, probabilities } }, fitted: model }
}

async function fitNumbers(
  { net, options, outputScale }: Fitting & Pick<RegressConfig, 'outputScale'>,
  { x_train, x_test, y_train }: DataOutput['arrays'],
  context: StageContext,
  title: string,
): Promise<Fit> {
  const { call, done } = following(context, title)
  const regressor = kernelRegressor(net, { ...options, standardize: true, outputScale })
  const model = await regressor.fit(x_train, y_train, call)
  const { mean, standardDeviation: deviation } = await model.predict(x_test, { of: 'observation', ...call })
  done()
  const values = {
    diagReg: model.chosen?.diagReg ?? options.diagReg,
    noise: model.noise,
    logMarginalLikelihood: model.logMarginalLikelihood,
    temperature: null,
    chosen: model.chosen,
  }
  const probabilities = zeros([x_test.shape[0] ?? 0, 0])
  return { output: { values, arrays: { mean, deviation, probabilities } }, fitted: model }
}

/** The network with the numbers that the fit has chosen. */
export function fittedNet({ net }: Setup, { chosen }: FitOutput['values']): Setup['net'] {
  const found = chosen?.hyperparameters ?? null
  return found === null ? net : { ...net, kernel: withHyperparameters(net, found).kernel }
}

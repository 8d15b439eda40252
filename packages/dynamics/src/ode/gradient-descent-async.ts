import { isFloat, type Tensor, throwIfAborted, toBackend, toHost, turnEvery } from '@ntk/tensor'
import { aFunction, aSignal, optional, type RulesFor, readOptions } from '@ntk/tensor/options'
import type { LossFn } from '../steps/loss.js'
import { flowPredictor, type GradientDescentPrediction } from './gradient-descent.js'
import { type GradientDescentInput, type GradientDescentOptions, predictRules } from './options.js'

export interface GradientDescentAsyncInput extends GradientDescentInput {
  /** Counts steps of the differential equation, also those that are taken again with a smaller size; nobody knows how many there will be. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: null }) => void) | undefined
  /** Ends the prediction before its next step. */
  readonly signal?: AbortSignal | undefined
}

const asyncRules = {
  ...predictRules,
  onProgress: optional(aFunction<NonNullable<GradientDescentAsyncInput['onProgress']>>()),
  signal: optional(aSignal()),
} satisfies RulesFor<GradientDescentAsyncInput>

/** What `predict` promises: `test` is a tensor where `kTestTrain` is given. */
export type GradientDescentPredictAsync = <I extends GradientDescentAsyncInput = GradientDescentAsyncInput>(
  input?: I,
) => Promise<
  I extends { readonly kTestTrain: Tensor }
    ? GradientDescentPrediction & { readonly test: Tensor }
    : GradientDescentPrediction
>

const owner = 'gradientDescentAsync'

/**
 * `gradientDescent` for tensors of any device, whose predictions can be stopped: between steps of the differential equation the event loop gets its turns, and a `signal`
 * that has fired ends a prediction before the next step. The numbers are those of `gradientDescent` to the bit, on the backend of y (of the outputs at the start, where
 * y are integers). The kernel is decomposed in one go; a step takes a few products with its eigenvectors, an implicit one a solve.
 *
 * Errors: 'aborted'; else as of `gradientDescent`.
 */
export async function gradientDescentAsync(
  loss: LossFn,
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options?: GradientDescentOptions,
): Promise<GradientDescentPredictAsync> {
  const [kernel, y] = await Promise.all([toHost(kTrainTrain), toHost(yTrain)])
  const predicting = flowPredictor(owner, loss, kernel, y, options)
  const predict = async (input?: GradientDescentAsyncInput): Promise<GradientDescentPrediction> => {
    const given = readOptions(`predict of ${owner}`, asyncRules, input)
    const { signal, onProgress, ...asked } = given
    throwIfAborted(signal, owner)
    const turn = turnEvery()
    const work = predicting(await toHost(asked))
    while (true) {
      const { done, value } = work.next()
      if (done === true) return toBackend(value, likeOf(yTrain, given).backend)
      if (value > 0) onProgress?.({ done: value, total: null })
      await turn()
      throwIfAborted(signal, owner, `${value} steps`)
    }
  }
  return predict as GradientDescentPredictAsync
}

/** Whose backend results have: y, or the outputs at the start where y are integers, which are then given. */
function likeOf(y: Tensor, { state, fTrain0 }: Pick<GradientDescentInput, 'state' | 'fTrain0'>): Tensor {
  const outputs = state?.fTrain ?? fTrain0
  return isFloat(y.dtype) || typeof outputs !== 'object' ? y : outputs
}

import { NtkError, type Tensor } from '@ntk/tensor'
import type { TargetScale } from '../../data/targets.js'

/** What is predicted from: kernels, targets, and outputs before training, whatever they come from. */
export interface Problem {
  readonly ntk: Kernels | null
  readonly nngp: Kernels | null
  /** K(test, test) [m, m]. */
  readonly nngpTestTest: Tensor | null
  /** Targets of the training set [n, k]; under cross-entropy probabilities. */
  readonly yTrain: Tensor
  /** Of the test set [m, k], for losses. */
  readonly yTest: Tensor | null
  /** Outputs before training; 0 where absent. */
  readonly fTrain: Tensor | null
  readonly fTest: Tensor | null
  /** J θ_0 [n, k] and [m, k], where weights decay to zero. */
  readonly tangentTrain: Tensor | null
  readonly tangentTest: Tensor | null
  /** Whether targets are of classes, so that there is an accuracy. */
  readonly classes: boolean
  /** How predictions become numbers of the user: times `deviation`, plus `mean`. */
  readonly units: TargetScale
  /** For the summary: `glyphs, 2 hidden layers of width 512`, `kernels.npz` */
  readonly source: string
}

export interface Kernels {
  readonly trainTrain: Tensor
  /** Null where nothing is asked of test points. */
  readonly testTrain: Tensor | null
}

export const plainUnits: TargetScale = { mean: 0, deviation: 1 }

/** The kernels that training is of. */
export function kernelsOf(problem: Problem, get: 'ntk' | 'nngp'): Kernels {
  const kernels = problem[get]
  if (kernels === null) throw new Error(`there is no ${get}`)
  return kernels
}

interface StartOfNetwork {
  readonly fTrain0?: Tensor
  readonly fTest0?: Tensor
  readonly tangentTrain0?: Tensor
  readonly tangentTest0?: Tensor
}

/** Where the outputs of one network start, as predictors take it. @throws NtkError `option` where they are known on one set alone */
export function startOfNetwork(
  { fTrain, fTest, tangentTrain, tangentTest }: Problem,
  testTrain: Tensor | null,
): StartOfNetwork {
  if ((fTrain === null) !== (fTest === null) && testTrain !== null) {
    throw new NtkError('option', {
      what: 'Outputs before training are needed on both sets (f_train and f_test), or on none.',
      got: fTrain === null ? 'f_test alone' : 'f_train alone',
    })
  }
  return {
    ...(fTrain === null ? {} : { fTrain0: fTrain }),
    ...(fTest === null || testTrain === null ? {} : { fTest0: fTest }),
    ...(tangentTrain === null ? {} : { tangentTrain0: tangentTrain }),
    ...(tangentTest === null || testTrain === null ? {} : { tangentTest0: tangentTest }),
  }
}

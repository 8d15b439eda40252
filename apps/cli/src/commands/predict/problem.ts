import type { Tensor } from '@ntk/tensor'
import type { TargetScale } from '../../data/targets.js'

/** What is predicted from: kernels, targets, and outputs before training, whatever they come from. */
export interface Problem {
  readonly ntk: Kernels | null
  readonly nngp: Kernels | null
  /** K(test, test) [m, m]. */
  readonly nngpTestTest: Tensor | null
  /** Targets of the training set [n, k]. */
  readonly yTrain: Tensor
  /** Of the test set [m, k], for losses. */
  readonly yTest: Tensor | null
  /** Outputs before training; 0 where absent. */
  readonly fTrain: Tensor | null
  readonly fTest: Tensor | null
  /** Whether targets are one-hot, so that there is an accuracy. */
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

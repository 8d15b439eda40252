import type { KernelNet } from '@ntk/kernels-analytic'
import type { Tensor } from '@ntk/tensor'
import type { Factorization } from './algebra/factor.js'
import type { Calibration, Draws } from './calibration/softmax.js'
import type { Chosen } from './choose/choose.js'
import type { KernelChoice, KernelLike } from './kernel-source.js'
import type { OutputScale } from './output-scale.js'
import type { Process } from './process.js'

/** What models have in common. */
export interface ModelParts {
  /** With what was chosen; `given` is what the estimator was made with. */
  readonly net: KernelLike
  readonly given: KernelNet | null
  readonly get: KernelChoice
  readonly factorization: Factorization
  /** Of 'precomputed' the kernel of the training set. */
  readonly kernel: Tensor | null
  readonly chosen: Chosen | null
}

/** What a model is, as data: what is written to a folder and read from it. */
export interface ModelState extends ModelParts {
  readonly process: Process
  /** Of the data that results are given like. */
  readonly dtype: string
  readonly kind: RegressorParts | ClassifierParts
}

export interface RegressorParts {
  readonly name: 'regressor'
  readonly means: Float64Array
  readonly sizes: Float64Array
  readonly outputScale: OutputScale
  readonly outputScales: Float64Array
  /** Shape of one sample's targets. */
  readonly outputs: readonly number[]
}

export interface ClassifierParts {
  readonly name: 'classifier'
  readonly classes: readonly number[]
  /** Positions in `classes` [n]. */
  readonly indices: Int32Array
  readonly calibration: Calibration
  readonly draws: Draws
  readonly folds: number
}

const states = new WeakMap<object, () => ModelState>()

/** Remembers what a model is, for those who write it to a folder. */
export function withState<M extends object>(model: M, state: () => ModelState): M {
  states.set(model, state)
  return model
}

/** null of what is no model. */
export function stateOf(model: object): ModelState | null {
  return states.get(model)?.() ?? null
}

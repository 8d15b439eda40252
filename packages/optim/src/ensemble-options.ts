import type { Tree } from '@ntk/autodiff'
import type { Tensor } from '@ntk/tensor'
import type { SharedTrainOptions } from './train-options.js'
import type { TrainRecord } from './train-state.js'

/** Makes another function of the parameters, given where training starts: as `linearizedModel` and `centredModel` do. */
export type ModelOf = <P extends Tree>(
  apply: (params: P, x: Tensor) => Tensor,
  params0: P,
) => { readonly apply: (params: P, x: Tensor) => Tensor }

/** What `train` takes, with several starts in place of one. An ensemble is trained in one go, without checkpoints. */
export interface TrainEnsembleOptions<P extends Tree> extends SharedTrainOptions<P> {
  /** Where each member starts: trees of one structure, one set of shapes and one dtype. */
  readonly params: readonly P[]
  /** For each member, where weight decay draws to in place of zero. */
  readonly decayFrom?: readonly P[] | undefined
  /** Trains what this makes of `apply` and the start of each member, such as `linearizedModel`. */
  readonly model?: ModelOf | undefined
}

/** What `train` would have given for one member alone, to rounding. */
export interface EnsembleMember<P extends Tree> {
  readonly params: P
  readonly history: readonly TrainRecord[]
}

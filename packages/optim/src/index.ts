export { type CentredModel, centredModel } from './centred.js'
export type { EnsembleMember, ModelOf, TrainEnsembleOptions } from './ensemble-options.js'
export { type LinearizedModel, linearizedModel } from './linearized.js'
export { accuracy, crossEntropy, type Loss, type LossOptions, mse } from './loss.js'
export { applyUpdates, chain, type Optimizer, type Schedule, type StepOptions } from './optimizer.js'
export { gradientDescent, momentum, sgd } from './sgd.js'
export { train } from './train.js'
export { trainEnsemble } from './train-ensemble.js'
export {
  type DataPair,
  type SetRecord,
  type SharedTrainOptions,
  TrainingStopped,
  type TrainOptions,
  type TrainProgress,
  type TrainRecord,
  type TrainResult,
  type TrainState,
} from './train-options.js'
export { clipByGlobalNorm, type HeavyBallOptions, heavyBall, scale, weightDecay } from './transforms.js'

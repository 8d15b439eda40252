export { type AdamWOptions, adagrad, adam, adamw, type RmsPropOptions, rmsprop } from './adaptive.js'
export { type CentredModel, centredModel } from './centred.js'
export { clipByGlobalNorm, clipByValue } from './clip.js'
export type { EnsembleMember, ModelOf, TrainEnsembleOptions } from './ensemble-options.js'
export { type LinearizedModel, linearizedModel } from './linearized.js'
export { accuracy, crossEntropy, type Loss, type LossOptions, type MseLossOptions, mse } from './loss.js'
export { applyUpdates, chain, type Optimizer, type Schedule, type StepOptions } from './optimizer.js'
export {
  type AdamOptions,
  type ScaleByRmsOptions,
  type ScaleByRssOptions,
  scaleByAdam,
  scaleByRms,
  scaleByRss,
} from './scale-by.js'
export {
  type CosineDecayOptions,
  constantSchedule,
  cosineDecaySchedule,
  type ExponentialDecayOptions,
  exponentialDecay,
  joinSchedules,
  type LinearScheduleOptions,
  linearSchedule,
  type PiecewiseConstantOptions,
  piecewiseConstantSchedule,
  type StepFunction,
  type WarmupCosineDecayOptions,
  warmupCosineDecaySchedule,
} from './schedules.js'
export { gradientDescent, momentum, sgd } from './sgd.js'
export { topKAccuracy } from './top-k.js'
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
export { type HeavyBallOptions, heavyBall, scale, weightDecay } from './transforms.js'

export { type AdamWOptions, adagrad, adam, adamw, type RmsPropOptions, rmsprop } from './adaptive.js'
export { type BatchRowsOptions, batchRows } from './batch-rows.js'
export { type CentredModel, centredModel } from './centred.js'
export type { CheckpointStore, RunDescription } from './checkpoint-store.js'
export { clipByGlobalNorm, clipByValue } from './clip.js'
export type { DataPair } from './data-pair.js'
export type { EarlyStop } from './early-stop.js'
export type { EnsembleMember, ModelOf, TrainEnsembleOptions } from './ensemble-options.js'
export { type LinearizedModel, linearizedModel } from './linearized.js'
export { accuracy, crossEntropy, type Loss, type LossOptions, type MseLossOptions, mse } from './loss.js'
export { kernelChange, type Measured, type Measurement, relativeChange } from './measurements.js'
export { applyUpdates, chain, type Optimizer, type Schedule, type StepOptions } from './optimizer.js'
export {
  type AdamOptions,
  type ScaleByRmsOptions,
  type ScaleByRssOptions,
  scaleByAdam,
  scaleByRms,
  scaleByRss,
} from './scale-by.js'
export { scaleByPath } from './scale-by-path.js'
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
  type SharedTrainOptions,
  TrainingStopped,
  type TrainOptions,
  type TrainProgress,
  type TrainResult,
} from './train-options.js'
export type { SetRecord, TrainRecord, TrainState } from './train-state.js'
export { type HeavyBallOptions, heavyBall, scale, weightDecay } from './transforms.js'

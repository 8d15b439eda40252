export {
  type Reliability,
  type ReliabilityBin,
  type ReliabilityOptions,
  reliability,
} from './calibration/reliability.js'
export type { Calibration } from './calibration/softmax.js'
export type { Chosen } from './choose/choose.js'
export type { Criterion } from './choose/criterion.js'
export type { ChooseOptions } from './choose/options.js'
export { type Search, type SearchOptions, type SearchPoint, search } from './choose/search.js'
export {
  type ClassifierName,
  type ClassifierNames,
  type ClassifierOptions,
  type ClassifierPredictOptions,
  type FittedClassifier,
  type KernelClassifier,
  kernelClassifier,
} from './classifier.js'
export type {
  FitCall,
  KernelCall,
  KernelChoice,
  KernelFunction,
  KernelLike,
  KernelProgress,
  MakeKernel,
} from './kernel-source.js'
export { type LeaveOneOut, leaveOneOut } from './leave-one-out.js'
export { logMarginalLikelihood } from './log-marginal-likelihood.js'
export type { EstimatorOptions, FitOptions } from './options.js'
export type { OutputScale } from './output-scale.js'
export {
  type FittedRegressor,
  type KernelRegressor,
  kernelRegressor,
  type RegressorName,
  type RegressorNames,
  type RegressorOptions,
  type RegressorPredictOptions,
} from './regressor.js'
export {
  type CrossValidation,
  type CrossValidationOptions,
  type CrossValidationPoint,
  crossValidate,
} from './validation/cross-validate.js'
export type { Estimate } from './validation/estimate.js'
export {
  type LearningCurve,
  type LearningCurveDraw,
  type LearningCurveOptions,
  type LearningCurvePoint,
  learningCurve,
} from './validation/learning-curve.js'
export type { Task } from './validation/task.js'

export type { KernelRows, KernelSource } from './conjugate-gradients/readers.js'
export {
  type ConjugateGradientsOptions,
  type ConjugateGradientsProgress,
  type ConjugateGradientsSolution,
  solveByConjugateGradients,
} from './conjugate-gradients/solve.js'
export { type CriticalLearningRateOptions, criticalLearningRate } from './critical-learning-rate.js'
export { type ConfidenceBandOfSamplesOptions, confidenceBandOfSamples } from './curves/band-of-samples.js'
export { type ConfidenceBand, type ConfidenceBandOptions, confidenceBand } from './curves/confidence-band.js'
export type { Distribution } from './curves/distribution.js'
export { type ExpectedLearningCurveOptions, expectedLearningCurve } from './curves/expected.js'
export { type SampleGaussianOptions, sampleGaussian } from './curves/sample-gaussian.js'
export {
  type ExpectedLearningCurve,
  type SpectralLearningCurveOptions,
  spectralLearningCurve,
} from './curves/spectral.js'
export type { DepthLayer, LayerVariant } from './depth/block.js'
export { type PairsByDepth, type PairsByDepthOptions, pairsByDepth } from './depth/by-depth.js'
export {
  type CriticalLineOptions,
  type CriticalOptions,
  type CriticalPoint,
  critical,
  criticalLine,
} from './depth/critical.js'
export { type DepthLaws, type DepthLawsOptions, depthLaws } from './depth/laws.js'
export type { ActivationLike, LayerStds } from './depth/layer-map.js'
export { type MeanField, type MeanFieldOptions, meanField, type Phase } from './depth/mean-field.js'
export type {
  EnsembleInput,
  EnsembleKernels,
  EnsembleName,
  EnsemblePredict,
  EnsemblePredictInput,
  EnsembleResult,
  EnsembleTest,
  Gaussian,
  GaussianFor,
} from './ensemble.js'
export {
  type EnsembleDataInput,
  type EnsembleDataPredict,
  gradientDescentMseEnsemble,
} from './ensemble-of-data.js'
export { type GpInput, type GpOptions, type GpPosterior, gpInference } from './gp.js'
export { type MaxLearningRateOptions, maxLearningRate } from './learning-rate.js'
export {
  gradientDescentMse,
  type MsePredict,
  type MsePredictInput,
  type MsePrediction,
  type MsePredictorOptions,
} from './mse.js'
export {
  type GradientDescentPredict,
  type GradientDescentPrediction,
  gradientDescent,
} from './ode/gradient-descent.js'
export {
  type GradientDescentAsyncInput,
  type GradientDescentPredictAsync,
  gradientDescentAsync,
} from './ode/gradient-descent-async.js'
export type { GradientDescentInput, GradientDescentOptions, OdeMethod, TrainingState } from './ode/options.js'
export type { MseOptions, Singular } from './options.js'
export type { Regularization } from './regularization.js'
export type { StepBatches } from './steps/batch-list.js'
export {
  gradientDescentSteps,
  type StepsInput,
  type StepsOptions,
  type StepsPredict,
  type StepsPrediction,
} from './steps/gradient-descent-steps.js'
export type { LinearOptimizer } from './steps/linear-optimizer.js'
export type { LossFn, StepsLoss } from './steps/loss.js'
export type { StepsState } from './steps/recursion.js'
export type { Times } from './times.js'
export { kernelOfRates, type Rates } from './weights/kernel-of-rates.js'
export {
  type LinearizedWeights,
  type LinearizedWeightsOptions,
  linearizedWeights,
} from './weights/linearized-weights.js'

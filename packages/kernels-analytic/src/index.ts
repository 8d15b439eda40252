export { dualAbRelu, dualAbReluComposite, varianceAbRelu } from './dual/ab-relu.js'
export { dualErf, dualErfComposite, varianceErf } from './dual/erf.js'
export { pairDeterminant } from './dual/pair.js'
export {
  dualStack,
  dualStackComposite,
  dualStackIntoComposite,
  dualStackVariance,
  dualStackVarianceComposite,
} from './dual/stack.js'
export { type InputKernelOptions, inputKernel } from './fn/input-kernel.js'
export { type KernelFn, kernelFn } from './fn/kernel-fn.js'
export type { KernelNet, KernelStep } from './fn/net.js'
export type { KernelFnOptions, KernelName, KernelProgress, KernelResult } from './fn/options.js'
export { type Kernel, type KernelMap, mapCovariances, spatialRank, withChannels } from './kernel.js'
export { activationKernel, type DualActivation, pairDiagonal } from './maps/activation.js'
export { abReluKernel, erfKernel } from './maps/activations.js'
export { type AffineOptions, affineKernel } from './maps/affine.js'
export { sumKernel } from './maps/fan-in.js'
export { flattenKernel } from './maps/flatten.js'
export {
  composeRequirements,
  joinRequirements,
  noRequirements,
  type Requirements,
  requireFullSpatial,
  requireGaussian,
  requireUnmasked,
  type SpatialRequirement,
} from './requirements.js'

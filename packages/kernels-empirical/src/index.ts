export { type KernelDistance, kernelChange, kernelDistance } from './distance.js'
export { type EmpiricalKernelOptions, type EmpiricalKernels, empiricalKernelFn } from './kernel.js'
export type { AxesOptions } from './layout/axes.js'
export {
  type Estimate,
  type Init,
  type MonteCarloCall,
  type MonteCarloEstimates,
  type MonteCarloOptions,
  monteCarloKernelFn,
} from './monte-carlo.js'
export { empiricalNngpFn } from './nngp.js'
export { empiricalNtkCostFn, empiricalNtkFn, type NtkCost, type NtkFn } from './ntk.js'
export type { CallOptions, EmpiricalOptions, Implementation, NtkOptions } from './options.js'
export type { Apply, ParameterFilter } from './parameters.js'
export { empiricalNtkPartsFn, type PartsOptions } from './parts.js'
export { conditionNumberOf, effectiveRankOf, kernelMatrix, type Spectrum, spectrum } from './spectrum.js'
export { empiricalNtkVpFn, type NtkVpOptions } from './vector-product.js'

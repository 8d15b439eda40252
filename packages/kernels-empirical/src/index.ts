export { type KernelDistance, kernelChange, kernelDistance } from './distance.js'
export {
  type EmpiricalKernelFn,
  type EmpiricalKernelOptions,
  type EmpiricalKernelSinkOptions,
  type EmpiricalKernels,
  type EmpiricalName,
  type EmpiricalNames,
  empiricalKernelFn,
} from './kernel.js'
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
export { empiricalNtkCostFn, empiricalNtkFn, type NtkCost } from './ntk.js'
export type {
  CallOptions,
  CallSinkOptions,
  EmpiricalFn,
  EmpiricalOptions,
  Implementation,
  NtkOptions,
} from './options.js'
export type { Apply, ParameterFilter } from './parameters.js'
export { empiricalNtkPartsFn, type PartsOptions } from './parts.js'
export { conditionNumberOf, effectiveRankOf, kernelMatrix, type Spectrum, spectrum } from './spectrum.js'
export { empiricalNtkVpFn, type NtkVpOptions } from './vector-product.js'

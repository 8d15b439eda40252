import { NtkError } from '@ntk/tensor'
import { carriesAll } from '../places.js'
import type { StepRule } from './rule.js'
import type { FiniteOnlyStep } from './step.js'

/** The error of a layer that is known at finite width only here. */
export function noKernel(layer: string): NtkError {
  return new NtkError('unsupported', {
    what: `${layer} has no infinite-width kernel here; it runs at finite width.`,
    fix: 'Use its empirical kernel (empiricalNtkFn, monteCarloKernelFn of @ntk/kernels-empirical).',
  })
}

export const finiteOnlyRule: StepRule<FiniteOnlyStep> = {
  name: (step) => step.layer,
  // Its own error comes first, whatever the kernel carries.
  places: () => carriesAll,
  spatial: () => 'same',
  shapes: (step) => {
    throw noKernel(step.layer)
  },
  hyperparameters: () => ({}),
  evaluate: (step) => {
    throw noKernel(step.layer)
  },
  operations: () => 0,
}

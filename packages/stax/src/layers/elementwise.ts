import { type Kernel, type KernelStep, noRequirements } from '@ntk/kernels-analytic'
import type { Value } from '@ntk/tensor'
import type { Layer } from '../layer.js'
import type { Spec } from '../spec/spec.js'

/** What an elementwise nonlinearity is made of. */
export interface Elementwise {
  readonly spec: Spec
  apply<V extends Value>(x: V): V
  kernel(kernel: Kernel): Kernel
  readonly steps: readonly KernelStep[] | null
}

/** A layer without parameters that keeps shapes. */
export function elementwise({ spec, apply, kernel, steps }: Elementwise): Layer {
  return {
    spec,
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: (_params, x) => apply(x),
    kernel,
    requirements: noRequirements,
    steps,
  }
}

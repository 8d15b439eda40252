import { linearize, vjp } from '@ntk/autodiff'
import { NtkError, sameShape, showShape, type Tensor } from '@ntk/tensor'
import {
  aFunction,
  optional,
  type RulesFor,
  readOptions,
  requireFunction,
  requireTensor,
} from '@ntk/tensor/options'
import { checkSamples } from './checks.js'
import { type Apply, chooseParameters, type ParameterFilter, type ParamsOf } from './parameters.js'

export interface NtkVpOptions {
  /** Parameters that count, by their path; all where absent. */
  readonly parameters?: ParameterFilter | undefined
}

const rules: RulesFor<NtkVpOptions> = { parameters: optional(aFunction<ParameterFilter>()) }

type NtkVpFn<P> = (x1: Tensor, x2: Tensor | null | undefined, params: P) => (v: Tensor) => Tensor

/**
 * Products of the empirical NTK with vectors, without the matrix: v shaped as the outputs f(x2) [n2, k...] gives
 * Σ Θ(x1, x2)_{ij} v_j, shaped as f(x1). The network is evaluated once a side; each product then costs one derivative
 * backwards and one forwards. For iterative solvers and eigensolvers.
 */
export function empiricalNtkVpFn<A extends Apply>(
  apply: A,
  options: NtkVpOptions = {},
): NtkVpFn<ParamsOf<A>> {
  requireFunction(apply, 'apply of empiricalNtkVpFn')
  const { parameters } = readOptions('empiricalNtkVpFn', rules, options)
  return (x1, x2 = null, params) => {
    checkSamples('empiricalNtkVpFn', x1, x2)
    const { f, leaves } = chooseParameters(apply, params, parameters)
    const [y2, pullback] = vjp((...ps: Tensor[]) => f(ps, x2 ?? x1), ...leaves)
    const [, push] = linearize((...ps: Tensor[]) => f(ps, x1), ...leaves)
    return (v) => {
      requireTensor(v, 'The vector of an NTK-vector product')
      if (!sameShape(v.shape, y2.shape)) {
        throw new NtkError('shape', {
          what: `An NTK-vector product needs a vector shaped as the outputs, ${showShape(y2.shape)}.`,
          got: showShape(v.shape),
        })
      }
      return push(...pullback(v))
    }
  }
}

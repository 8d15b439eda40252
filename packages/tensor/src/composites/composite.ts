import type { Value } from '../value.js'
import type { CompositeInputs, CompositeName, CompositeOutputs, CompositeParams } from './contracts.js'

/**
 * A composite's name with its meaning: the decomposition into ops. A backend that has a kernel of this name runs it fused;
 * transformations see the decomposition, so a composite needs no derivative rules. Parameters are plain JSON.
 */
export interface Composite<N extends CompositeName> {
  readonly name: N
  readonly decompose: (
    inputs: CompositeInputs<N, Value>,
    params: CompositeParams<N>,
  ) => CompositeOutputs<N, Value>
}

import type { Value } from './value.js'

/**
 * A named function with a decomposition into ops. A backend that has a kernel of this name runs it fused;
 * transformations see the decomposition, so a composite needs no derivative rules.
 * `params` is plain JSON.
 */
export interface Composite<P extends object = object> {
  readonly name: string
  // Method syntax: composites of narrower params stay assignable to Composite<object>.
  decompose(inputs: readonly Value[], params: P): Value[]
}

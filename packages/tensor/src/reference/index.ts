import type { TypedArray } from '../dtype.js'
import type { Inputs, Outputs, Params, Primitive } from '../primitives.js'
import type { Aval } from '../aval.js'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import type { HostTable, HostTensor } from './host.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import { shaping } from './shaping.js'
import { windows } from './window.js'

/** Every primitive's plain rule. */
export const referenceRules: HostTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

/** The slow, plain evaluator of every primitive: the oracle of the tests, and what a backend may fall back on. */
export function evaluateReference<P extends Primitive>(
  primitive: P, inputs: Inputs<P, HostTensor>, params: Params<P>, outputs: Outputs<P, Aval>,
): Outputs<P, TypedArray> {
  return referenceRules[primitive](inputs, params, outputs)
}

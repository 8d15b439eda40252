import type { Primitive } from '@ntk/tensor'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import type { TransposeTable } from './rule.js'
import { shaping } from './shaping.js'
import { windows } from './window.js'

/** The adjoint of every primitive that is linear in an input; the others say that they are not. */
export const transposeRules: TransposeTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

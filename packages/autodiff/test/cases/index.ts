import type { Primitive } from '@ntk/tensor'
import type { CaseTable } from './case.js'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import { shaping } from './shaping.js'
import { windows } from './window.js'

/** Ways of using every primitive; a primitive without any does not compile. */
export const cases: CaseTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

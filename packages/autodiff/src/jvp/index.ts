import type { Primitive } from '@ntk/tensor'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import type { JvpTable } from './rule.js'
import { shaping } from './shaping.js'
import { windows } from './window.js'

/** The derivative of every primitive. */
export const jvpRules: JvpTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

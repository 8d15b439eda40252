import type { Primitive } from '@ntk/tensor'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import type { BatchTable } from './rule.js'
import { shaping } from './shaping.js'
import { windows } from './window.js'

/** Every primitive over a batch at once. */
export const batchRules: BatchTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

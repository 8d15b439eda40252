import type { Primitive } from '../primitives.js'
import type { ContractTable } from './case.js'
import { contraction } from './contraction.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import { shaping } from './shaping.js'
import { windows } from './windows.js'

export const contractTable: ContractTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

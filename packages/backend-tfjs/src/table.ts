import type { LinalgParams, Primitive, WindowParams } from '@ntk/tensor'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import { reductions } from './reduce.js'
import type { TfTable } from './rule.js'
import { shaping } from './shaping.js'

const windows: TfTable<keyof WindowParams> = {
  windowSum: null,
  windowMax: null,
  windowGatherMax: null,
  windowScatterMax: null,
}

/** Linear algebra lives on the host in float64. */
const linalg: TfTable<keyof LinalgParams> = { cholesky: null, triangularSolve: null, solve: null, eigh: null }

export const tfRules: TfTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

import { NtkError } from '../errors.js'
import type { Params, Primitive } from '../primitives.js'
import type { Aval } from '../value.js'
import { contraction } from './contract.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { reductions } from './reduce.js'
import type { InferRule, InferTable } from './rule.js'
import { shaping } from './shaping.js'
import { windows } from './window.js'

const table: InferTable<Primitive> = {
  ...elementwise,
  ...reductions,
  ...shaping,
  ...contraction,
  ...windows,
  ...linalg,
}

/** Every primitive's name, in table order. */
export const primitives: readonly Primitive[] = Object.keys(table) as Primitive[]

/** Shapes and dtypes of a primitive's outputs; throws NtkError on inputs or parameters it does not take. */
export function infer<P extends Primitive>(primitive: P, inputs: readonly Aval[], params: Params<P>): Aval[] {
  const rule = table[primitive] as InferRule<P> | undefined
  if (rule === undefined) {
    throw new NtkError('unsupported', { what: 'No such primitive.', got: String(primitive) })
  }
  return rule(inputs, params, primitive)
}

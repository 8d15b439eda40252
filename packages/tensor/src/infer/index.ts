import type { Aval } from '../aval.js'
import { NtkError } from '../errors.js'
import { show } from '../options/show.js'
import type { Inputs, Outputs, Params, Primitive } from '../primitives.js'
import { contraction } from './contract.js'
import { checkCount } from './count.js'
import { elementwise } from './elementwise.js'
import { linalg } from './linalg.js'
import { publicName } from './names.js'
import { reductions } from './reduce.js'
import type { InferTable } from './rule.js'
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
export function infer<P extends Primitive>(
  primitive: P,
  inputs: Inputs<P, Aval>,
  params: Params<P>,
): Outputs<P, Aval> {
  if (!Object.hasOwn(table, primitive)) {
    throw new NtkError('unsupported', {
      what: 'No such primitive.',
      got: typeof primitive === 'string' ? primitive : show(primitive),
    })
  }
  checkCount(primitive, inputs)
  const name = publicName(primitive)
  try {
    return table[primitive](inputs, params, name)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new NtkError('value', { what: `${name} cannot read its parameters.`, got: show(params), cause })
  }
}

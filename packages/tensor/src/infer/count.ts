import type { Aval } from '../aval.js'
import { each } from '../each.js'
import { NtkError } from '../errors.js'
import {
  binaryFloat,
  binaryNumber,
  compare,
  type InputArity,
  logical,
  type Primitive,
  unaryFloat,
  unaryNumber,
} from '../primitives.js'
import { publicName } from './names.js'

/** How many inputs each primitive takes, at run time: callers in JavaScript have no types to tell them. */
const counts: { readonly [P in Primitive]: InputArity<P> } = {
  ...each([...unaryFloat, ...unaryNumber, 'not', 'isFinite', 'cast'], 1),
  ...each([...binaryNumber, ...binaryFloat, ...compare, ...logical], 2),
  select: 3,
  ...each(['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin', 'reduceAnd', 'reduceOr'], 1),
  ...each(['argMax', 'argMin', 'cumSum', 'sort', 'argSort'], 1),
  ...each(['reshape', 'transpose', 'broadcastTo', 'slice', 'pad', 'reverse'], 1),
  ...each(['iota', 'full'], 0),
  concatenate: 'many',
  gather: 2,
  scatterAdd: 3,
  ...each(['dotGeneral', 'convGeneralDilated'], 2),
  ...each(['windowSum', 'windowMax'], 1),
  ...each(['windowGatherMax', 'windowScatterMax'], 2),
  ...each(['cholesky', 'eigh'], 1),
  ...each(['triangularSolve', 'solve'], 2),
}

/** Throws 'value' where a primitive is given another number of inputs than it takes. */
export function checkCount(primitive: Primitive, inputs: readonly Aval[]): void {
  const count = counts[primitive]
  if (count !== 'many' && inputs.length !== count) {
    throw new NtkError('value', {
      what: `${publicName(primitive)} takes ${count} inputs.`,
      got: String(inputs.length),
    })
  }
}

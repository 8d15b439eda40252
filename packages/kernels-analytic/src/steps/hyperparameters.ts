import { NtkError } from '@ntk/tensor'
import type { Num } from '../numbers.js'

/** The numbers of one step, such as `{ wStd, bStd }`; of a `parallel`, `{ branches }` with a tree a branch. */
export interface StepHyperparameters<N = number> {
  readonly [name: string]: N | readonly HyperparameterTree<N>[]
}

/** The numbers that a kernel depends on, one record a step, `{}` where it has none. */
export type HyperparameterTree<N = number> = readonly StepHyperparameters<N>[]

const isNum = (x: unknown): x is Num =>
  typeof x === 'number' || (typeof x === 'object' && x !== null && 'dtype' in x)

/** The value given for a step's number, or the number itself. Throws NtkError 'tree' where what was given is neither number nor value. */
export function valueOf<N extends Num | null>(
  own: N,
  name: string,
  given: StepHyperparameters<Num> | undefined,
): Num | N {
  if (given === undefined || own === null) return own
  const value = given[name]
  if (isNum(value)) return value
  throw new NtkError('tree', {
    what: `hyperparameters need a number or a scalar tensor as ${name}.`,
    got: value === undefined ? 'nothing' : typeof value,
    fix: 'Take the tree that hyperparameters(net) gives, with other values in it.',
  })
}

import type { Arity, InputArity, Params, Primitive, Tuples } from '@ntk/tensor'
import type { Input } from '../support/inputs.js'

/** One way of using a primitive of N inputs whose parameters are of type T. Inputs are sampled anew for each check. */
export interface Case<N extends Arity, T> {
  readonly title: string
  readonly inputs: Tuples<Input>[N]
  readonly params: T
}

export type CaseTable<P extends Primitive> = {
  readonly [Q in P]: readonly Case<InputArity<Q>, Params<Q>>[]
}

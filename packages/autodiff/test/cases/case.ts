import type { Params, Primitive } from '@ntk/tensor'
import type { Input } from '../support/inputs.js'

/** One way of using a primitive whose parameters are of type T. Inputs are sampled anew for each check. */
export interface Case<T> {
  readonly title: string
  readonly inputs: readonly Input[]
  readonly params: T
}

export type CaseTable<P extends Primitive> = { readonly [Q in P]: readonly Case<Params<Q>>[] }

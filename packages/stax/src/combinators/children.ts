import { NtkError, type Value } from '@ntk/tensor'
import type { Params } from '../layer.js'

/** The parameters of each child of a combinator. Throws NtkError 'tree' unless they are a list of that length. */
export function childParams<V extends Value>(
  name: string,
  params: Params<V>,
  count: number,
): readonly Params<V>[] {
  if (Array.isArray(params) && params.length === count) return params as readonly Params<V>[]
  throw new NtkError('tree', {
    what: `${name} of ${count} layers needs a list of ${count} params.`,
    got: Array.isArray(params) ? `${params.length}` : params === null ? 'null' : typeof params,
    fix: 'Take them from init of the same network.',
  })
}

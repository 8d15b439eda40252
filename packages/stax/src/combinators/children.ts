import { foldIn, NtkError, type Value } from '@ntk/tensor'
import { isRecord, show } from '@ntk/tensor/options'
import type { ApplyOptions, Params } from '../layer.js'

function fixOf(name: string, given: unknown): string | undefined {
  if (typeof given === 'function') return 'Call it: Relu(), not Relu.'
  if (!Array.isArray(given)) return undefined
  return typeof given[0] === 'string'
    ? 'Build a spec with fromSpec.'
    : `Write ${name}(...layers): each layer is an argument of its own.`
}

/** Throws NtkError 'spec' unless all children of a combinator are layers. */
export function requireLayers(name: string, layers: readonly unknown[]): void {
  for (const layer of layers) {
    if (isRecord(layer) && Array.isArray(layer.spec) && typeof layer.init === 'function') continue
    throw new NtkError('spec', {
      what: `${name} needs layers.`,
      got: typeof layer === 'function' && layer.name !== '' ? layer.name : show(layer),
      fix: fixOf(name, layer),
    })
  }
}

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

/** The options of `apply` for the i-th child: randomness of its own, and the graphs. */
export function childOptions({ key, pattern }: ApplyOptions, i: number): ApplyOptions {
  return {
    ...(key === undefined ? {} : { key: foldIn(key, i) }),
    ...(pattern === undefined || pattern === null ? {} : { pattern }),
  }
}

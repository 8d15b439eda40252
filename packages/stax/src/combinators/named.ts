import { NtkError } from '@ntk/tensor'
import { type Rule, rule } from '@ntk/tensor/options'
import type { AnyLayer, Arity, Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions } from '../spec/options.js'
import { requireLayers } from './children.js'

const aName = (): Rule<string> =>
  rule("a name of letters, digits, '_' and '-'", (v) => typeof v === 'string' && /^[\p{L}\p{N}_-]+$/u.test(v))

const rules = { name: aName() } as const

/**
 * The same layer with a name, by which `at` of `kernelFn` and `kernelOf` asks for the kernel behind it. Params are those of the layer.
 * Inside of `repeat` each copy has its number: `name.1` to `name.n`.
 *
 * Throws NtkError 'spec' on a name with other characters than letters, digits, '_' and '-', and on a layer that gives several values.
 */
export function named<I extends Arity>(name: string, layer: Layer<I>): Layer<I> {
  readLayerOptions('named', rules, { name })
  requireLayers('named', [layer])
  // A spec may bring anything here.
  const given: AnyLayer = layer
  if (given.outputs !== 'one') {
    throw new NtkError('spec', {
      what: 'named takes a layer that gives one value, which has a kernel.',
      got: `${given.spec[0]}, which gives several`,
      fix: 'Name a branch, or what joins them: named(name, FanInSum()).',
    })
  }
  return {
    ...layer,
    spec: specOf('named', { name }, [layer.spec]),
    kernel: [...layer.kernel, { kind: 'name', name }],
  }
}

export const namedType: LayerType = {
  name: 'named',
  rules,
  children: 'one',
  build: ({ name }, [child]) => named(name as string, child as Layer),
}

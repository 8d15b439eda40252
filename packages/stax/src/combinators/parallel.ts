import type { Branches, Tree } from '@ntk/kernels-analytic'
import { foldIn, NtkError, type Shape, type Value } from '@ntk/tensor'
import { requireList } from '@ntk/tensor/options'
import type { AnyLayer, ApplyOptions, Arity, Layer, Masked, Params } from '../layer.js'
import { applyMasked, withMasks } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { childOptions, childParams, requireLayers } from './children.js'

/** Several single values, or a tree where a branch takes (gives) several itself. */
type Several<A extends Arity> = [A] extends ['one'] ? 'many' : 'tree'

type Parallel<L extends readonly AnyLayer[]> = Layer<
  Several<L[number]['inputs']>,
  Several<L[number]['outputs']>
>

/**
 * Layers side by side, each on its own entry of the list that comes in: a value, or a list where the layer takes several. What comes out is
 * a list again, so that trees of inputs and outputs are those of `parallel`s. Params: a list with one entry a layer.
 */
export function parallel<const L extends readonly AnyLayer[]>(...layers: L): Parallel<L> {
  requireLayers('parallel', layers)
  const n = layers.length
  const pairUp = <T>(values: Tree<T>): readonly (readonly [AnyLayer, Tree<T>, number])[] => {
    requireList(values, 'What a parallel takes')
    const list = values as Branches<T>
    if (list.length !== n) {
      throw new NtkError('requirement', {
        what: `parallel of ${n} branches needs ${n} values.`,
        got: String(list.length),
      })
    }
    return layers.map((layer, i) => [layer, list[i] as Tree<T>, i])
  }
  const several = (side: 'inputs' | 'outputs'): Arity =>
    layers.every((layer) => layer[side] === 'one') ? 'many' : 'tree'
  const layer: AnyLayer = {
    spec: specOf(
      'parallel',
      {},
      layers.map((layer) => layer.spec),
    ),
    inputs: several('inputs'),
    outputs: several('outputs'),
    init: (key, inputShape, options) => {
      const made = pairUp<Shape>(inputShape).map(([layer, shape, i]) =>
        layer.init(foldIn(key, i), shape, options),
      )
      return { outputShape: made.map((m) => m.outputShape), params: made.map((m) => m.params) }
    },
    apply: <V extends Value>(params: Params<V>, x: Tree<V>, options: ApplyOptions = {}): Tree<V> => {
      const each = childParams('parallel', params, n)
      return pairUp<V>(x).map(([layer, value, i]) =>
        layer.apply<V>(each[i] ?? null, value, childOptions(options, i)),
      )
    },
    kernel: [{ kind: 'parallel', branches: layers.map((layer) => layer.kernel) }],
  }
  const padded = <V extends Value>(
    params: Params<V>,
    x: Tree<Masked<V>>,
    options: ApplyOptions,
  ): Tree<Masked<V>> => {
    const each = childParams('parallel', params, n)
    return pairUp<Masked<V>>(x).map(([child, value, i]) =>
      applyMasked(child, each[i] ?? null, value, childOptions(options, i)),
    )
  }
  return withMasks(layer, padded) as unknown as Parallel<L>
}

export const parallelType: LayerType = {
  name: 'parallel',
  rules: {},
  children: 'any',
  build: (_options, children) => parallel(...children),
}

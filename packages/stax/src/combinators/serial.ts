import type { Tree } from '@ntk/kernels-analytic'
import { foldIn, NtkError, type Shape, type Tensor, type Value } from '@ntk/tensor'
import type { AnyLayer, ApplyOptions, Arity, Layer, Masked, Params } from '../layer.js'
import { applyMasked, withMasks } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { childOptions, childParams, requireLayers } from './children.js'

type InputsOf<L extends readonly AnyLayer[]> = L extends readonly [infer F extends AnyLayer, ...unknown[]]
  ? F['inputs']
  : 'one'
type OutputsOf<L extends readonly AnyLayer[]> = L extends readonly [...unknown[], infer E extends AnyLayer]
  ? E['outputs']
  : 'one'

/** A list known only as such counts as one in, one out; `serial` checks it when it runs. */
type Chain<L extends readonly AnyLayer[]> = number extends L['length']
  ? Layer
  : Layer<InputsOf<L>, OutputsOf<L>>

const shown = { one: 'one value', many: 'several values', tree: 'a tree of values' } as const

/**
 * Layers one after the other. Params: a list with one entry a layer. Nothing between the parentheses is the identity.
 * Throws NtkError 'spec' where one layer gives several values and the next takes one, or the reverse.
 */
export function serial<const L extends readonly AnyLayer[]>(...layers: L): Chain<L> {
  requireLayers('serial', layers)
  layers.forEach((layer, i) => {
    const before = layers[i - 1]
    if (before === undefined || before.outputs === layer.inputs) return
    throw new NtkError('spec', {
      what: `${layer.spec[0]} takes ${shown[layer.inputs]}.`,
      got: `${before.outputs === 'tree' ? shown.tree : before.outputs === 'many' ? 'several' : 'one'} from ${before.spec[0]}`,
      fix:
        before.outputs === 'one'
          ? 'Put FanOut between.'
          : layer.inputs === 'one'
            ? 'Put FanInSum between.'
            : 'Put FanInSum into the branches.',
    })
  })
  const chain: AnyLayer = {
    spec: specOf(
      'serial',
      {},
      layers.map((layer) => layer.spec),
    ),
    inputs: layers[0]?.inputs ?? 'one',
    outputs: layers.at(-1)?.outputs ?? 'one',
    init: (key, inputShape, options) => {
      let shape: Tree<Shape> = inputShape
      const params = layers.map((layer, i): Params<Tensor> => {
        const made = layer.init(foldIn(key, i), shape, options)
        shape = made.outputShape
        return made.params
      })
      return { outputShape: shape, params }
    },
    apply: <V extends Value>(params: Params<V>, x: Tree<V>, options = {}): Tree<V> => {
      const each = childParams('serial', params, layers.length)
      return layers.reduce<Tree<V>>(
        (value, layer, i) => layer.apply<V>(each[i] as Params<V>, value, childOptions(options, i)),
        x,
      )
    },
    kernel: layers.flatMap((layer) => layer.kernel),
  }
  const padded = <V extends Value>(
    params: Params<V>,
    x: Tree<Masked<V>>,
    options: ApplyOptions,
  ): Tree<Masked<V>> => {
    const each = childParams('serial', params, layers.length)
    return layers.reduce<Tree<Masked<V>>>(
      (value, layer, i) => applyMasked(layer, each[i] as Params<V>, value, childOptions(options, i)),
      x,
    )
  }
  return withMasks(chain, padded) as unknown as Chain<L>
}

export const serialType: LayerType = {
  name: 'serial',
  rules: {},
  children: 'any',
  build: (_options, children) => serial(...children) as Layer<Arity, Arity>,
}

import { foldIn, NtkError, type Value } from '@ntk/tensor'
import { requireList } from '@ntk/tensor/options'
import type { AnyLayer, ApplyOptions, Layer, Masked, Params } from '../layer.js'
import { applyMasked, withMasks } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { childOptions, childParams, requireLayers } from './children.js'

/** Layers side by side, each on its own value of the list that comes in. Params: a list with one entry a layer. */
export function parallel(...layers: readonly Layer[]): Layer<'many', 'many'> {
  requireLayers('parallel', layers)
  // A spec may bring anything here.
  const given: readonly AnyLayer[] = layers
  const wrong = given.find((layer) => layer.inputs !== 'one' || layer.outputs !== 'one')
  if (wrong !== undefined) {
    throw new NtkError('spec', {
      what: 'The branches of parallel take one value and give one.',
      got: `${wrong.spec[0]}, which ${wrong.inputs === 'many' ? 'takes' : 'gives'} several`,
      fix: 'Close the branch with serial(FanOut(n), ..., FanInSum()).',
    })
  }
  const n = layers.length
  const pairUp = <T>(values: readonly T[]): readonly [Layer, T, number][] => {
    requireList(values, 'What a parallel takes')
    if (values.length !== n) {
      throw new NtkError('requirement', {
        what: `parallel of ${n} branches needs ${n} values.`,
        got: String(values.length),
      })
    }
    return layers.map((layer, i) => [layer, values[i] as T, i])
  }
  const layer: Layer<'many', 'many'> = {
    spec: specOf(
      'parallel',
      {},
      layers.map((layer) => layer.spec),
    ),
    inputs: 'many',
    outputs: 'many',
    init: (key, inputShape, options) => {
      const made = pairUp(inputShape).map(([layer, shape, i]) => layer.init(foldIn(key, i), shape, options))
      return { outputShape: made.map((m) => m.outputShape), params: made.map((m) => m.params) }
    },
    apply: (params, x, options = {}) => {
      const each = childParams('parallel', params, n)
      return pairUp(x).map(([layer, value, i]) =>
        layer.apply(each[i] ?? null, value, childOptions(options, i)),
      )
    },
    kernel: [{ kind: 'parallel', branches: layers.map((layer) => layer.kernel) }],
  }
  return withMasks(
    layer,
    <V extends Value>(params: Params<V>, x: readonly Masked<V>[], options: ApplyOptions) => {
      const each = childParams('parallel', params, n)
      return pairUp(x).map(([child, value, i]) =>
        applyMasked(child, each[i] ?? null, value, childOptions(options, i)),
      )
    },
  )
}

export const parallelType: LayerType = {
  name: 'parallel',
  rules: {},
  children: 'any',
  build: (_options, children) => parallel(...(children as readonly Layer[])),
}

import { integer } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { withMasks } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions } from '../spec/options.js'

const most = 100_000

const rules = { n: integer(`an integer in [1, ${most}]`, (v) => v >= 1 && v <= most) } as const

/** The value `n` times, for the branches of a `parallel`. */
export function FanOut(n: number): Layer<'one', 'many'> {
  readLayerOptions('FanOut', rules, { n })
  const copies = <T>(x: T): readonly T[] => new Array<T>(n).fill(x)
  const layer: Layer<'one', 'many'> = {
    spec: specOf('FanOut', { n }),
    inputs: 'one',
    outputs: 'many',
    init: (_key, inputShape) => ({ outputShape: copies(inputShape), params: null }),
    apply: (_params, x) => copies(x),
    kernel: [{ kind: 'fanOut', n }],
  }
  return withMasks(layer, (_params, x) => copies(x))
}

export const fanOutType: LayerType = {
  name: 'FanOut',
  rules,
  children: 'none',
  build: ({ n }) => FanOut(n as number),
}

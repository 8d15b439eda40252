import { numberNames } from '@ntk/kernels-analytic'
import { integer } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions } from '../spec/options.js'
import { requireLayers } from './children.js'
import { serial } from './serial.js'

const most = 100_000

const rules = { n: integer(`an integer in [1, ${most}]`, (v) => v >= 1 && v <= most) } as const

/**
 * The same layer `n` times in a row, each time with parameters of its own. Params: a list of `n`. Names inside are numbered:
 * `repeat(named('block', layer), n)` has `block.1` to `block.n`, whose kernels are those of all depths, in one pass.
 */
export function repeat(layer: Layer, n: number): Layer {
  requireLayers('repeat(layer, n)', [layer])
  readLayerOptions('repeat', rules, { n })
  const chain: Layer = serial(...Array.from({ length: n }, () => layer))
  return {
    ...chain,
    spec: specOf('repeat', { n }, [layer.spec]),
    kernel: Array.from({ length: n }, (_, i) => numberNames(layer.kernel, i + 1)).flat(),
  }
}

export const repeatType: LayerType = {
  name: 'repeat',
  rules,
  children: 'one',
  build: ({ n }, [child]) => repeat(child as Layer, n as number),
}

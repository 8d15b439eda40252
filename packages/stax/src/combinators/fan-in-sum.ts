import { add } from '@ntk/tensor'
import type { Layer } from '../layer.js'
import { maskableJoin, maskOfAll } from '../masks.js'
import type { LayerType } from '../spec/layer-type.js'
import { commonShape, shapesOfBranches } from './common-shape.js'

/** The sum of the branches. */
export function FanInSum(): Layer<'many', 'one'> {
  return maskableJoin(maskOfAll, {
    spec: ['FanInSum'],
    inputs: 'many',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: commonShape('FanInSum', inputShape), params: null }),
    apply: (_params, x) => {
      commonShape('FanInSum', shapesOfBranches('FanInSum', x))
      return x.reduce((a, b) => add(a, b))
    },
    kernel: [{ kind: 'fanInSum' }],
  })
}

export const fanInSumType: LayerType = {
  name: 'FanInSum',
  rules: {},
  children: 'none',
  build: () => FanInSum(),
}

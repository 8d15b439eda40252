import type { Layer } from '../layer.js'
import { maskable, sameMask } from '../masks.js'
import type { LayerType } from '../spec/layer-type.js'

/** x. */
export function Identity(): Layer {
  return maskable(sameMask, {
    spec: ['Identity'],
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: (_params, x) => x,
    kernel: [],
  })
}

export const identityType: LayerType = {
  name: 'Identity',
  rules: {},
  children: 'none',
  build: () => Identity(),
}

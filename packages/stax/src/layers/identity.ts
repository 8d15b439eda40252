import type { Layer } from '../layer.js'
import type { LayerType } from '../spec/layer-type.js'
import { elementwise } from './elementwise.js'

/** x. */
export function Identity(): Layer {
  return elementwise({ spec: ['Identity'], apply: (x) => x, kernel: (kernel) => kernel, steps: [] })
}

export const identityType: LayerType = {
  name: 'Identity',
  rules: {},
  children: 'none',
  build: () => Identity(),
}

import { broadcastTo, NtkError, reshape, showShape } from '@ntk/tensor'
import { requireList, requireValue } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type MaskMove, maskable } from '../masks.js'
import type { LayerType } from '../spec/layer-type.js'

const flatMask: MaskMove = (mask, x) => {
  const [batch, ...rest] = x.shape as [number, ...number[]]
  return reshape(broadcastTo(mask, x.shape), [batch, rest.reduce((a, d) => a * d, 1)])
}

/** Positions and channels in one axis of features: [n, h, w, c] to [n, h·w·c]. */
export function Flatten(): Layer {
  return maskable(flatMask, {
    spec: ['Flatten'],
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      requireList(inputShape, 'The input shape of Flatten')
      const [batch, ...rest] = inputShape
      if (batch === undefined || rest.length === 0 || rest.some((d) => d < 1)) {
        throw new NtkError('shape', {
          what: 'Flatten needs an input shape [batch, ..., channels] with known sizes.',
          got: showShape(inputShape),
        })
      }
      return { outputShape: [batch, rest.reduce((a, d) => a * d, 1)], params: null }
    },
    apply: (_params, x) => {
      requireValue(x, 'x of Flatten')
      const [batch = 0, ...rest] = x.shape
      return x.shape.length === 2 ? x : reshape(x, [batch, rest.reduce((a, d) => a * d, 1)])
    },
    kernel: [{ kind: 'flatten' }],
  })
}

export const flattenType: LayerType = { name: 'Flatten', rules: {}, children: 'none', build: () => Flatten() }

import { layoutOf, standardOrder } from '@ntk/kernels-analytic'
import { NtkError, normalizeAxes } from '@ntk/tensor'
import { axes, nonNegative, requireValue } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable, type PaddedOptions, sameMask } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { type AxesOptions, axesRules, placed } from './placed.js'
import { standardize } from './standardize.js'

const rules = { axis: axes(-1), epsilon: nonNegative(1e-12), ...axesRules } as const

export interface LayerNormOptions extends AxesOptions {
  /** Axes normalized over, channels (-1) unless given; never the batch. */
  readonly axis?: number | readonly number[]
  /** Added to the variance, 1e-12 unless given. */
  readonly epsilon?: number
}

/**
 * Each sample standardized over its channels (or `axis`), without learned scale and shift (Ba et al. 2016). Values that are all the
 * same become 0. Its kernel needs the channels among the axes, and what comes in need not be Gaussian where its mean is known.
 */
export function LayerNorm(options: LayerNormOptions = {}): Layer {
  const checked = readLayerOptions('LayerNorm', rules, options)
  const { batchAxis, channelAxis } = checked
  const axesOfRank = (rank: number): readonly number[] => {
    const layout = layoutOf('LayerNorm', rank, { batchAxis, channelAxis })
    const order = standardOrder(layout)
    return normalizeAxes('LayerNorm', checked.axis, rank).map((axis) => order.indexOf(axis))
  }
  const layer = maskable(sameMask, {
    spec: specOf('LayerNorm', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: (_params, x, { mask }: PaddedOptions = {}) => {
      requireValue(x, 'x of LayerNorm')
      const axis = axesOfRank(x.shape.length)
      if (axis.includes(0)) {
        throw new NtkError('axis', {
          what: 'LayerNorm normalizes within samples.',
          got: 'the batch axis',
          fix: 'Use BatchNorm.',
        })
      }
      return standardize(x, axis, checked.epsilon, mask)
    },
    kernel: [
      {
        kind: 'layerNorm',
        axis: typeof checked.axis === 'number' ? [checked.axis] : checked.axis,
        epsilon: checked.epsilon,
      },
    ],
  })
  return placed(layer, 'LayerNorm', { input: { batchAxis, channelAxis }, output: null })
}

export const layerNormType: LayerType = {
  name: 'LayerNorm',
  rules,
  children: 'none',
  build: (options) => LayerNorm(options),
}

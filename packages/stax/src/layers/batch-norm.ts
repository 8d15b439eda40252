import { add, mul, NtkError, ones, showShape, zeros } from '@ntk/tensor'
import { boolean, nonNegative } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { unmaskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import { channelsOf } from './affine.js'
import { standardize } from './standardize.js'

const rules = { epsilon: nonNegative(1e-5), scale: boolean(true), centre: boolean(true) } as const

export interface BatchNormOptions {
  /** Added to the variance, 1e-5 unless given. */
  readonly epsilon?: number
  /** Learn a factor a channel, true unless given. */
  readonly scale?: boolean
  /** Learn a shift a channel, true unless given. */
  readonly centre?: boolean
}

/**
 * Each channel standardized over the batch and all positions (Ioffe and Szegedy 2015), with the statistics of the
 * batch at hand. Params { gamma [c], beta [c] }. Samples see each other: kernels may not be computed sample by sample.
 */
export function BatchNorm(options: BatchNormOptions = {}): Layer {
  const checked = readLayerOptions('BatchNorm', rules, options)
  return unmaskable({
    spec: specOf('BatchNorm', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = channelsOf('BatchNorm', inputShape)
      return {
        outputShape: inputShape,
        params: {
          ...(checked.scale ? { gamma: ones([channels], dtype) } : {}),
          ...(checked.centre ? { beta: zeros([channels], dtype) } : {}),
        },
      }
    },
    apply: (params, x) => {
      const { gamma, beta } = (params ?? {}) as { readonly gamma?: typeof x; readonly beta?: typeof x }
      for (const [name, wanted, given] of [
        ['gamma', checked.scale, gamma],
        ['beta', checked.centre, beta],
      ] as const) {
        if (wanted && given?.shape === undefined) {
          throw new NtkError('tree', {
            what: `BatchNorm needs params with ${name}.`,
            fix: 'Take them from init of the same network.',
          })
        }
      }
      if (x.shape.length < 2)
        throw new NtkError('shape', {
          what: 'BatchNorm needs inputs [batch, ..., channels].',
          got: showShape(x.shape),
        })
      const y = standardize(
        x,
        x.shape.slice(0, -1).map((_, i) => i),
        checked.epsilon,
      )
      const scaled = gamma === undefined ? y : mul(y, gamma)
      return beta === undefined ? scaled : add(scaled, beta)
    },
    kernel: [{ kind: 'finiteOnly', layer: 'BatchNorm' }],
  })
}

export const batchNormType: LayerType = {
  name: 'BatchNorm',
  rules,
  children: 'none',
  build: (options) => BatchNorm(options),
}

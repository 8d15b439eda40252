import { noRequirements } from '@ntk/kernels-analytic'
import {
  add,
  div,
  mean,
  mul,
  NtkError,
  normalizeAxes,
  ones,
  showShape,
  sqrt,
  square,
  sub,
  type Value,
  zeros,
} from '@ntk/tensor'
import { axes, boolean, nonNegative } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { channelsOf } from './affine.js'
import { noKernel } from './no-kernel.js'

/** (x − mean)/√(variance + epsilon) over axes. */
function standardize<V extends Value>(x: V, axis: readonly number[], epsilon: number): V {
  const centred = sub(x, mean(x, { axis, keepDims: true }))
  const variance = mean(square(centred), { axis, keepDims: true })
  return div(centred, sqrt(add(variance, epsilon)))
}

const layerRules = { axis: axes(-1), epsilon: nonNegative(1e-12) } as const

export interface LayerNormOptions {
  /** Axes normalized over, channels (-1) unless given; never the batch. */
  readonly axis?: number | readonly number[]
  /** Added to the variance, 1e-12 unless given. */
  readonly epsilon?: number
}

/** Each sample standardized over its channels (or `axis`), without learned scale and shift. */
export function LayerNorm(options: LayerNormOptions = {}): Layer {
  const checked = readLayerOptions('LayerNorm', layerRules, options)
  return {
    spec: specOf('LayerNorm', specOptions(layerRules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: (_params, x) => {
      const axis = normalizeAxes('LayerNorm', checked.axis, x.shape.length)
      if (axis.includes(0)) {
        throw new NtkError('axis', {
          what: 'LayerNorm normalizes within samples.',
          got: 'the batch axis',
          fix: 'Use BatchNorm.',
        })
      }
      return standardize(x, axis, checked.epsilon)
    },
    kernel: noKernel('LayerNorm'),
    requirements: noRequirements,
    steps: null,
  }
}

const batchRules = { epsilon: nonNegative(1e-5), scale: boolean(true), centre: boolean(true) } as const

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
  const checked = readLayerOptions('BatchNorm', batchRules, options)
  return {
    spec: specOf('BatchNorm', specOptions(batchRules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape, { dtype = 'float64' } = {}) => {
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
    kernel: noKernel('BatchNorm'),
    requirements: noRequirements,
    steps: null,
  }
}

export const normalizationTypes: readonly LayerType[] = [
  { name: 'LayerNorm', rules: layerRules, children: 'none', build: (options) => LayerNorm(options) },
  { name: 'BatchNorm', rules: batchRules, children: 'none', build: (options) => BatchNorm(options) },
]

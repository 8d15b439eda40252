import {
  broadcastTo,
  moveAxis,
  NtkError,
  normalizeAxis,
  reshape,
  type Shape,
  showShape,
  transpose,
  type Value,
} from '@ntk/tensor'
import { integer, requireList, requireValue } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { axesRules } from './placed.js'

export interface FlattenOptions {
  /** The axis of samples that comes in, 0 unless given; negative ones count from the end. */
  readonly batchAxis?: number | undefined
  /** The axis of samples that goes out, of two; 0 unless given. */
  readonly batchAxisOut?: number | undefined
}

const rules = {
  batchAxis: axesRules.batchAxis,
  batchAxisOut: integer('one of two axes, 0 or 1 (-2 or -1)', (v) => v >= -2 && v <= 1, 0),
} as const

/** Positions and channels, in the order in which they stand, in one axis of features: [n, h, w, c] to [n, h·w·c]. */
export function Flatten(options: FlattenOptions = {}): Layer {
  const checked = readLayerOptions('Flatten', rules, options)
  const { batchAxis } = checked
  const batchLast = checked.batchAxisOut === 1 || checked.batchAxisOut === -1
  const flatShape = (shape: Shape): Shape => {
    const batch = normalizeAxis('Flatten', batchAxis, shape.length)
    const features = shape.reduce((a, d, axis) => (axis === batch ? a : a * d), 1)
    const n = shape[batch] as number
    return batchLast ? [features, n] : [n, features]
  }
  const flat = <V extends Value>(x: V): V => {
    const batch = normalizeAxis('Flatten', batchAxis, x.shape.length)
    const first = batch === 0 ? x : moveAxis(x, batch, 0)
    const [n = 0, ...rest] = first.shape
    const y = rest.length === 1 ? first : reshape(first, [n, rest.reduce((a, d) => a * d, 1)])
    return batchLast ? transpose(y) : y
  }
  return maskable((mask, x) => flat(broadcastTo(mask, x.shape)), {
    spec: specOf('Flatten', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      requireList(inputShape, 'The input shape of Flatten')
      const batch = inputShape.length < 2 ? 0 : normalizeAxis('Flatten', batchAxis, inputShape.length)
      if (inputShape.length < 2 || inputShape.some((d, axis) => axis !== batch && !(d >= 1))) {
        throw new NtkError('shape', {
          what: 'Flatten needs an input shape [batch, ..., channels] with known sizes.',
          got: showShape(inputShape),
        })
      }
      return { outputShape: flatShape(inputShape), params: null }
    },
    apply: (_params, x) => {
      requireValue(x, 'x of Flatten')
      return flat(x)
    },
    kernel: [
      {
        kind: 'flatten',
        ...(batchAxis === 0 ? {} : { batchAxis }),
        ...(batchLast ? { batchAxisOut: 1 } : {}),
      },
    ],
  })
}

export const flattenType: LayerType = {
  name: 'Flatten',
  rules,
  children: 'none',
  build: (options) => Flatten(options),
}

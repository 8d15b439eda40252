import {
  type AxesOf,
  type PaddingName,
  type PoolStep,
  type Window,
  windowedSizes,
} from '@ntk/kernels-analytic'
import { div, ones, sizeOf, type Value, windowMax, windowSum } from '@ntk/tensor'
import { boolean } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable, unmaskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, sizes, sizesOrNull, specOptions } from '../spec/options.js'
import { channelsOf } from './affine.js'
import { maskAtMiddle } from './mask-window.js'
import { type AxesOptions, axesRules, placed } from './placed.js'
import { padded, paddingRule, requireSpatial, windowOf } from './spatial.js'

export interface PoolOptions extends AxesOptions {
  /** Steps of the window, 1 an axis unless given. */
  readonly strides?: readonly number[] | null
  /** 'VALID' unless given. */
  readonly padding?: PaddingName
}

export interface AvgPoolOptions extends PoolOptions {
  /** Divide by the number of inputs under the window and not by its size, where it reaches over a border of zeros. */
  readonly normalizeEdges?: boolean
}

const plainRules = { window: sizes(), strides: sizesOrNull(), padding: paddingRule(), ...axesRules } as const
const averageRules = { ...plainRules, normalizeEdges: boolean(false) } as const

/** The window over [batch, spatial..., channels] as window ops take it, with borders that wrap made explicit. */
function overAllAxes<V extends Value>(x: V, w: Window): { x: V; geometry: Parameters<typeof windowSum>[1] } {
  const wide = padded(x, w)
  return {
    x: wide.x,
    geometry: {
      window: [1, ...w.window, 1],
      strides: [1, ...w.strides, 1],
      padding: [[0, 0], ...wide.padding, [0, 0]],
    },
  }
}

function pool(
  name: string,
  spec: Layer['spec'],
  w: Window,
  over: PoolStep['over'] | null,
  { batchAxis, channelAxis }: AxesOf,
  apply: <V extends Value>(x: V) => V,
): Layer {
  const rank = w.window.length
  const layer: Layer = {
    spec,
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      const channels = channelsOf(name, inputShape, rank)
      return {
        outputShape: [inputShape[0] as number, ...windowedSizes(name, inputShape.slice(1, -1), w), channels],
        params: null,
      }
    },
    apply: (_params, x) => {
      requireSpatial(name, x, rank)
      windowedSizes(name, x.shape.slice(1, -1), w)
      return apply(x)
    },
    kernel: [over === null ? { kind: 'finiteOnly', layer: name } : { kind: 'pool', layer: name, over, ...w }],
  }
  // Padding is to sums and means what the zeros beyond the borders are; to a maximum it is a number.
  const whole = over === null ? unmaskable(layer) : maskable((mask) => maskAtMiddle(name, mask, w), layer)
  return placed(whole, name, { input: { batchAxis, channelAxis }, output: null })
}

/** The mean over each window; zeros beyond the borders count unless `normalizeEdges`. */
export function AvgPool(window: readonly number[], options: AvgPoolOptions = {}): Layer {
  const checked = readLayerOptions('AvgPool', averageRules, options, { window })
  const w = windowOf('AvgPool', window, checked.strides, checked.padding)
  return pool(
    'AvgPool',
    specOf('AvgPool', specOptions(averageRules, checked)),
    w,
    checked.normalizeEdges ? 'inside' : 'window',
    checked,
    <V extends Value>(x: V): V => {
      const wide = overAllAxes(x, w)
      const total = windowSum(wide.x, wide.geometry)
      if (!checked.normalizeEdges || checked.padding !== 'SAME') return div(total, sizeOf(window))
      const inside = ones([1, ...x.shape.slice(1, -1), 1], x.dtype === 'float32' ? 'float32' : 'float64')
      const count: Value = windowSum(inside, wide.geometry)
      return div(total, count as V)
    },
  )
}

/** The sum over each window. */
export function SumPool(window: readonly number[], options: PoolOptions = {}): Layer {
  const checked = readLayerOptions('SumPool', plainRules, options, { window })
  const w = windowOf('SumPool', window, checked.strides, checked.padding)
  return pool('SumPool', specOf('SumPool', specOptions(plainRules, checked)), w, 'sum', checked, (x) => {
    const wide = overAllAxes(x, w)
    return windowSum(wide.x, wide.geometry)
  })
}

/** The maximum over each window. It has no closed kernel at infinite width. */
export function MaxPool(window: readonly number[], options: PoolOptions = {}): Layer {
  const checked = readLayerOptions('MaxPool', plainRules, options, { window })
  const w = windowOf('MaxPool', window, checked.strides, checked.padding)
  return pool('MaxPool', specOf('MaxPool', specOptions(plainRules, checked)), w, null, checked, (x) => {
    const wide = overAllAxes(x, w)
    return windowMax(wide.x, wide.geometry)
  })
}

const windowed = (
  name: string,
  rules: LayerType['rules'],
  make: (window: readonly number[], options: object) => Layer,
): LayerType => ({
  name,
  rules,
  children: 'none',
  build: ({ window, ...options }) => make(window as readonly number[], options),
})

export const averagePoolType: LayerType = windowed('AvgPool', averageRules, AvgPool)
export const sumPoolType: LayerType = windowed('SumPool', plainRules, SumPool)
export const maxPoolType: LayerType = windowed('MaxPool', plainRules, MaxPool)

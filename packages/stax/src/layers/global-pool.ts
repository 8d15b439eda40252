import type { GlobalPoolStep } from '@ntk/kernels-analytic'
import { all, mean, sum, type Value } from '@ntk/tensor'
import { requireValue } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type MaskMove, maskable, type PaddedOptions } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { channelsOf } from './affine.js'
import { type AxesOptions, axesRules, placed } from './placed.js'
import { meanOfRest } from './standardize.js'

/** A sample is padding if all its positions are. */
const maskOfSamples: MaskMove = (mask) => all(mask, { axis: mask.shape.slice(1, -1).map((_, i) => i + 1) })

function globalPool(
  name: string,
  over: GlobalPoolStep['over'],
  options: AxesOptions,
  reduce: <V extends Value>(x: V, axis: readonly number[], mask: Value | undefined) => V,
): Layer {
  const input = readLayerOptions(name, axesRules, options)
  const layer = maskable(maskOfSamples, {
    spec: specOf(name, specOptions(axesRules, input)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      const channels = channelsOf(name, inputShape)
      return { outputShape: [inputShape[0] as number, channels], params: null }
    },
    apply: (_params, x, { mask }: PaddedOptions = {}) => {
      requireValue(x, `x of ${name}`)
      const axis = x.shape.slice(1, -1).map((_, i) => i + 1)
      return axis.length === 0 ? x : reduce(x, axis, mask)
    },
    kernel: [{ kind: 'globalPool', layer: name, over }],
  })
  return placed(layer, name, { input, output: null })
}

/** The mean over all positions that are not padding: [n, h, w, c] to [n, c]; of other axes, samples and channels in their order. */
export function GlobalAvgPool(options: AxesOptions = {}): Layer {
  return globalPool('GlobalAvgPool', 'mean', options, (x, axis, mask) =>
    mask === undefined ? mean(x, { axis }) : meanOfRest(x, mask, { axis }),
  )
}

/** The sum over all positions: [n, h, w, c] to [n, c]. */
export function GlobalSumPool(options: AxesOptions = {}): Layer {
  return globalPool('GlobalSumPool', 'sum', options, (x, axis) => sum(x, { axis }))
}

export const globalAvgPoolType: LayerType = {
  name: 'GlobalAvgPool',
  rules: axesRules,
  children: 'none',
  build: (options) => GlobalAvgPool(options),
}

export const globalSumPoolType: LayerType = {
  name: 'GlobalSumPool',
  rules: axesRules,
  children: 'none',
  build: (options) => GlobalSumPool(options),
}

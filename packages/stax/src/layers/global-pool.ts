import type { GlobalPoolStep } from '@ntk/kernels-analytic'
import { all, mean, sum, type Value } from '@ntk/tensor'
import { requireValue } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type MaskMove, maskable, type PaddedOptions } from '../masks.js'
import type { LayerType } from '../spec/layer-type.js'
import { channelsOf } from './affine.js'
import { meanOfRest } from './standardize.js'

/** A sample is padding if all its positions are. */
const maskOfSamples: MaskMove = (mask) => all(mask, { axis: mask.shape.slice(1, -1).map((_, i) => i + 1) })

function globalPool(
  name: string,
  over: GlobalPoolStep['over'],
  reduce: <V extends Value>(x: V, axis: readonly number[], mask: Value | undefined) => V,
): Layer {
  return maskable(maskOfSamples, {
    spec: [name],
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
}

/** The mean over all positions that are not padding: [n, h, w, c] to [n, c]. */
export function GlobalAvgPool(): Layer {
  return globalPool('GlobalAvgPool', 'mean', (x, axis, mask) =>
    mask === undefined ? mean(x, { axis }) : meanOfRest(x, mask, { axis }),
  )
}

/** The sum over all positions: [n, h, w, c] to [n, c]. */
export function GlobalSumPool(): Layer {
  return globalPool('GlobalSumPool', 'sum', (x, axis) => sum(x, { axis }))
}

export const globalAvgPoolType: LayerType = {
  name: 'GlobalAvgPool',
  rules: {},
  children: 'none',
  build: () => GlobalAvgPool(),
}

export const globalSumPoolType: LayerType = {
  name: 'GlobalSumPool',
  rules: {},
  children: 'none',
  build: () => GlobalSumPool(),
}

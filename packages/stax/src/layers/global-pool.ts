import type { GlobalPoolStep } from '@ntk/kernels-analytic'
import { mean, sum, type Value } from '@ntk/tensor'
import { requireValue } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import type { LayerType } from '../spec/layer-type.js'
import { channelsOf } from './affine.js'

function globalPool(
  name: string,
  over: GlobalPoolStep['over'],
  reduce: <V extends Value>(x: V, options: { readonly axis: readonly number[] }) => V,
): Layer {
  return {
    spec: [name],
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      const channels = channelsOf(name, inputShape)
      return { outputShape: [inputShape[0] as number, channels], params: null }
    },
    apply: (_params, x) => {
      requireValue(x, `x of ${name}`)
      const axis = x.shape.slice(1, -1).map((_, i) => i + 1)
      return axis.length === 0 ? x : reduce(x, { axis })
    },
    kernel: [{ kind: 'globalPool', layer: name, over }],
  }
}

/** The mean over all positions: [n, h, w, c] to [n, c]. */
export function GlobalAvgPool(): Layer {
  return globalPool('GlobalAvgPool', 'mean', mean)
}

/** The sum over all positions: [n, h, w, c] to [n, c]. */
export function GlobalSumPool(): Layer {
  return globalPool('GlobalSumPool', 'sum', sum)
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

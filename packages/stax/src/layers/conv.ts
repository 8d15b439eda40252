import { convGeneralDilated, NtkError, showShape, sizeOf } from '@ntk/tensor'
import { type Rule } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, sizes, sizesOrNull, specOptions } from '../spec/options.js'
import {
  type AffineOptions,
  type AffineRules,
  affineParams,
  affineRules,
  affineWidth,
  channelsOf,
  finishAffine,
  initAffine,
} from './affine.js'
import { type PaddingName, padded, paddingRule, requireSpatial, windowedSizes, windowOf } from './spatial.js'

export interface ConvOptions extends AffineOptions {
  /** Steps of the window, 1 an axis unless given. */
  readonly strides?: readonly number[] | null
  /** 'VALID' unless given. */
  readonly padding?: PaddingName
}

export type ConvRules = AffineRules & {
  readonly filter: Rule<readonly number[]>
  readonly strides: Rule<readonly number[] | null>
  readonly padding: Rule<PaddingName>
}

export const convRules: ConvRules = {
  ...affineRules,
  filter: sizes(),
  strides: sizesOrNull(),
  padding: paddingRule(),
}

/**
 * A convolution over as many spatial axes as `filter` has, channels last: [batch, spatial..., in] to
 * [batch, spatial'..., out]. Params { w [filter..., in, out], b [out] }, scaled as in `Dense` with a fan-in of
 * in · taps (Lee et al. 2019, Section 2.1; Xiao et al. 2020, Appendix).
 *
 * Throws NtkError 'spec' on options out of range.
 */
export function Conv(out: number, filter: readonly number[], options: ConvOptions = {}): Layer {
  const checked = readLayerOptions('Conv', convRules, options, { out, filter })
  const { strides, padding, bStd } = checked
  const window = windowOf('Conv', filter, strides, padding)
  const width = affineWidth('Conv', checked)
  const rank = filter.length
  return {
    spec: specOf('Conv', specOptions(convRules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = channelsOf('Conv', inputShape, rank)
      const spatial = windowedSizes('Conv', inputShape.slice(1, -1), window)
      const wShape = [...filter, channels, width]
      return {
        outputShape: [inputShape[0] as number, ...spatial, width],
        params: initAffine(key, checked, {
          wShape,
          bShape: [width],
          fanIn: channels * sizeOf(filter),
          dtype,
        }),
      }
    },
    apply: (params, x) => {
      const { w, b } = affineParams('Conv', params, bStd !== null)
      requireSpatial('Conv', x, rank)
      if (x.shape.at(-1) !== w.shape.at(-2)) {
        throw new NtkError('shape', {
          what: `Conv has weights for ${w.shape.at(-2)} channels.`,
          got: `inputs of shape ${showShape(x.shape)}`,
          fix: 'Initialize with the shape of these inputs.',
        })
      }
      const wide = padded(x, window)
      const y = convGeneralDilated(wide.x, w, { strides: window.strides, padding: wide.padding })
      return finishAffine(y, b, sizeOf(w.shape.slice(0, -1)), checked)
    },
    kernel: [{ kind: 'finiteOnly', layer: 'Conv' }],
  }
}

export const convType: LayerType = {
  name: 'Conv',
  rules: convRules,
  children: 'none',
  build: ({ out, filter, ...options }) => Conv(out as number, filter as readonly number[], options),
}

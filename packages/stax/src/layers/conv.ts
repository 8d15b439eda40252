import { type ConvStep, type PaddingName, type Window, windowedSizes } from '@ntk/kernels-analytic'
import { convGeneralDilated, NtkError, showShape, sizeOf } from '@ntk/tensor'
import { positiveInteger, type Rule } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, sizes, sizesOrNull, specOptions } from '../spec/options.js'
import {
  type AffineOptions,
  type AffineRules,
  type AffineScales,
  affineParams,
  affineRules,
  affineWidth,
  channelsOf,
  finishAffine,
  initAffine,
  weightsOf,
} from './affine.js'
import { convPlaced, type DimensionNumbers, dimensionNumbersRule } from './dimension-numbers.js'
import { maskOfWindows } from './mask-window.js'
import { padded, paddingRule, requireSpatial, windowOf } from './spatial.js'

/** Options of every convolution. */
export interface PlainConvOptions extends AffineOptions {
  /** Steps of the window, 1 an axis unless given. */
  readonly strides?: readonly number[] | null
  /** 'VALID' unless given. */
  readonly padding?: PaddingName
  /**
   * Axes of input, weights and output, as ["NHWC", "HWIO", "NHWC"], which null (the default) stands for. Filter, strides and padding are in
   * the order in which the weights name the spatial axes.
   */
  readonly dimensionNumbers?: DimensionNumbers | null
}

export interface ConvOptions extends PlainConvOptions {
  /** Distances between neighbours under the window, 1 an axis unless given. */
  readonly dilation?: readonly number[] | null
  /**
   * Groups of channels that do not mix, 1 unless given; input and output channels are divided among them. Finite networks only: at
   * infinite width groups change nothing but where the data themselves are divided, which has no kernel of one channel.
   */
  readonly groups?: number
}

export type PlainConvRules = AffineRules & {
  readonly filter: Rule<readonly number[]>
  readonly strides: Rule<readonly number[] | null>
  readonly padding: Rule<PaddingName>
  readonly dimensionNumbers: Rule<DimensionNumbers | null>
}

export type ConvRules = PlainConvRules & {
  readonly dilation: Rule<readonly number[] | null>
  readonly groups: Rule<number>
}

export const plainConvRules: PlainConvRules = {
  ...affineRules,
  filter: sizes(),
  strides: sizesOrNull(),
  padding: paddingRule(),
  dimensionNumbers: dimensionNumbersRule(),
}

const convRules: ConvRules = { ...plainConvRules, dilation: sizesOrNull(), groups: positiveInteger(1) }

/** A convolution's kernel. */
export function convStep(
  layer: string,
  weights: ConvStep['weights'],
  options: AffineScales,
  window: Window,
): ConvStep {
  return { kind: 'conv', weights, ...weightsOf(layer, options), ...window }
}

/** Channels that a group sees. Throws NtkError 'spec' where groups do not come out even. */
function perGroup(channels: number, out: number, groups: number): number {
  if (channels % groups === 0 && out % groups === 0) return channels / groups
  throw new NtkError('spec', {
    what: `Conv with ${groups} groups needs input and output channels that they divide.`,
    got: `${channels} and ${out} channels`,
  })
}

/**
 * A convolution over as many spatial axes as `filter` has, channels last: [batch, spatial..., in] to
 * [batch, spatial'..., out]. Params { w [filter..., in/groups, out], b [out] }, scaled as in `Dense` with a fan-in of
 * in/groups · taps (Lee et al. 2019, Section 2.1; Xiao et al. 2020, Appendix).
 *
 * Throws NtkError 'spec' on options out of range.
 */
export function Conv(out: number, filter: readonly number[], options: ConvOptions = {}): Layer {
  const checked = readLayerOptions('Conv', convRules, options, { out, filter })
  const { strides, padding, dilation, groups, bStd } = checked
  const window = windowOf('Conv', filter, strides, padding, dilation)
  const width = affineWidth('Conv', checked)
  const rank = filter.length
  const layer = maskable(maskOfWindows('Conv', window), {
    spec: specOf('Conv', specOptions(convRules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = perGroup(channelsOf('Conv', inputShape, rank), width, groups)
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
      if (x.shape.at(-1) !== groups * (w.shape.at(-2) as number)) {
        throw new NtkError('shape', {
          what: `Conv has weights for ${groups * (w.shape.at(-2) as number)} channels.`,
          got: `inputs of shape ${showShape(x.shape)}`,
          fix: 'Initialize with the shape of these inputs.',
        })
      }
      const wide = padded(x, window)
      const y = convGeneralDilated(wide.x, w, {
        strides: window.strides,
        padding: wide.padding,
        rhsDilation: window.dilation,
        featureGroups: groups,
      })
      return finishAffine(y, b, sizeOf(w.shape.slice(0, -1)), checked)
    },
    kernel: [
      groups === 1
        ? convStep('Conv', 'shared', checked, window)
        : { kind: 'finiteOnly', layer: 'Conv with groups' },
    ],
  })
  return convPlaced(layer, 'Conv', checked.dimensionNumbers, rank)
}

export const convType: LayerType = {
  name: 'Conv',
  rules: convRules,
  children: 'none',
  build: ({ out, filter, ...options }) => Conv(out as number, filter as readonly number[], options),
}

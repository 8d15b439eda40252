import { transposedPadding, transposedSizes } from '@ntk/kernels-analytic'
import {
  add,
  convGeneralDilated,
  NtkError,
  pad,
  samePadding,
  showShape,
  sizeOf,
  slice,
  type Value,
} from '@ntk/tensor'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import { affineParams, affineWidth, channelsOf, finishAffine, initAffine } from './affine.js'
import { convStep, type PlainConvOptions, plainConvRules } from './conv.js'
import { requireSpatial, windowOf } from './spatial.js'

/** What falls behind [low, low + size) of one axis is added at the other end: the adjoint of wrapping around. */
function foldAxis<V extends Value>(x: V, axis: number, low: number, size: number): V {
  const before = x.shape.slice(0, axis).map(() => null)
  const total = x.shape[axis] as number
  let out: V | null = null
  for (let from = low - size * Math.ceil(low / size); from < total; from += size) {
    const [start, stop] = [Math.max(0, from), Math.min(total, from + size)]
    if (start >= stop) continue
    const widths = x.shape.map((_, i): [number, number] =>
      i === axis ? [start - from, from + size - stop] : [0, 0],
    )
    const part = pad(slice(x, ...before, [start, stop]), widths)
    out = out === null ? part : add(out, part)
  }
  return out as V
}

/**
 * A transposed (fractionally strided) convolution: [batch, spatial..., in] to [batch, spatial · stride..., out]. Params and
 * scales as in `Conv`. With 'CIRCULAR' what leaves the output on one side enters on the other, as adjoint of the
 * circular convolution.
 */
export function ConvTranspose(out: number, filter: readonly number[], options: PlainConvOptions = {}): Layer {
  const checked = readLayerOptions('ConvTranspose', plainConvRules, options, { out, filter })
  const { strides, padding, bStd } = checked
  const window = windowOf('ConvTranspose', filter, strides, padding)
  const width = affineWidth('ConvTranspose', checked)
  const rank = filter.length
  const ones = filter.map(() => 1)
  return {
    spec: specOf('ConvTranspose', specOptions(plainConvRules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = channelsOf('ConvTranspose', inputShape, rank)
      return {
        outputShape: [inputShape[0] as number, ...transposedSizes(inputShape.slice(1, -1), window), width],
        params: initAffine(key, checked, {
          wShape: [...filter, channels, width],
          bShape: [width],
          fanIn: channels * sizeOf(filter),
          dtype,
        }),
      }
    },
    apply: (params, x) => {
      const { w, b } = affineParams('ConvTranspose', params, bStd !== null)
      requireSpatial('ConvTranspose', x, rank)
      if (x.shape.at(-1) !== w.shape.at(-2)) {
        throw new NtkError('shape', {
          what: `ConvTranspose has weights for ${w.shape.at(-2)} channels.`,
          got: `inputs of shape ${showShape(x.shape)}`,
          fix: 'Initialize with the shape of these inputs.',
        })
      }
      const direct = padding === 'CIRCULAR' ? 'VALID' : padding
      const pairs = filter.map((k, i) => transposedPadding(k, window.strides[i] as number, direct))
      let y = convGeneralDilated(x, w, { strides: ones, padding: pairs, lhsDilation: window.strides })
      if (padding === 'CIRCULAR') {
        const sizes = transposedSizes(x.shape.slice(1, -1), window)
        const shift = samePadding(sizes, filter, window.strides)
        y = sizes.reduce((v, size, i) => foldAxis(v, i + 1, shift[i]?.[0] as number, size), y)
      }
      return finishAffine(y, b, sizeOf(w.shape.slice(0, -1)), checked)
    },
    kernel: [convStep('ConvTranspose', 'transposed', checked, window)],
  }
}

export const convTransposeType: LayerType = {
  name: 'ConvTranspose',
  rules: plainConvRules,
  children: 'none',
  build: ({ out, filter, ...options }) => ConvTranspose(out as number, filter as readonly number[], options),
}

import { transposedPadding, transposedSizes, type Window } from '@ntk/kernels-analytic'
import {
  add,
  all,
  cast,
  convGeneralDilated,
  greater,
  NtkError,
  ones,
  pad,
  samePadding,
  showShape,
  sizeOf,
  slice,
  type Value,
} from '@ntk/tensor'
import type { Layer } from '../layer.js'
import { type MaskMove, maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import { affineParams, affineWidth, channelsOf, finishAffine, initAffine } from './affine.js'
import { convStep, type PlainConvOptions, plainConvRules } from './conv.js'
import { convPlaced } from './dimension-numbers.js'
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

/** The product with the weights [filter..., in, out]. */
function transposed<V extends Value>(x: V, w: V, window: Window): V {
  const { window: filter, strides, padding } = window
  const direct = padding === 'CIRCULAR' ? 'VALID' : padding
  const pairs = filter.map((k, i) => transposedPadding(k, strides[i] as number, direct))
  const y = convGeneralDilated(x, w, { strides: filter.map(() => 1), padding: pairs, lhsDilation: strides })
  if (padding !== 'CIRCULAR') return y
  const sizes = transposedSizes(x.shape.slice(1, -1), window)
  const shift = samePadding(sizes, filter, strides)
  return sizes.reduce((v, size, i) => foldAxis(v, i + 1, shift[i]?.[0] as number, size), y)
}

/** Padding spreads: a position is padding if anything is that it is made of. */
function maskOfTransposed(window: Window): MaskMove {
  return (mask) => {
    const positions: Value = cast(all(mask, { axis: -1, keepDims: true }), 'float32')
    return greater(transposed(positions, ones([...window.window, 1, 1], 'float32'), window), 0)
  }
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
  const layer = maskable(maskOfTransposed(window), {
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
      return finishAffine(transposed(x, w, window), b, sizeOf(w.shape.slice(0, -1)), checked)
    },
    kernel: [convStep('ConvTranspose', 'transposed', checked, window)],
  })
  return convPlaced(layer, 'ConvTranspose', checked.dimensionNumbers, rank)
}

export const convTransposeType: LayerType = {
  name: 'ConvTranspose',
  rules: plainConvRules,
  children: 'none',
  build: ({ out, filter, ...options }) => ConvTranspose(out as number, filter as readonly number[], options),
}

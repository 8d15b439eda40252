import { type Window, windowedSizes } from '@ntk/kernels-analytic'
import {
  concatenate,
  dotGeneral,
  moveAxis,
  NtkError,
  pad,
  reshape,
  type Shape,
  showShape,
  sizeOf,
  slice,
  type Value,
} from '@ntk/tensor'
import type { Layer } from '../layer.js'
import { maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import { affineParams, affineWidth, channelsOf, finishAffine, initAffine } from './affine.js'
import { convStep, type PlainConvOptions, plainConvRules } from './conv.js'
import { convPlaced } from './dimension-numbers.js'
import { maskOfWindows } from './mask-window.js'
import { padded, requireSpatial, windowOf } from './spatial.js'

/** The window's taps in row-major order. */
function taps(window: Shape): number[][] {
  return window.reduce<number[][]>(
    (all, size) => all.flatMap((t) => Array.from({ length: size }, (_, i) => [...t, i])),
    [[]],
  )
}

/** [n, positions, taps · channels]: what the window sees at each position. */
function patches<V extends Value>(x: V, window: Window, sizes: Shape): V {
  const wide = padded(x, window)
  const full = wide.padding.every(([low, high]) => low === 0 && high === 0)
    ? wide.x
    : pad(wide.x, [[0, 0], ...wide.padding, [0, 0]])
  const seen = taps(window.window).map((tap) =>
    slice(
      full,
      null,
      ...tap.map((t, i) => {
        const step = window.strides[i] as number
        return [t, t + ((sizes[i] as number) - 1) * step + 1, step] as const
      }),
    ),
  )
  const joined = concatenate(seen, -1)
  return reshape(joined, [x.shape[0] as number, sizeOf(sizes), -1])
}

/**
 * A convolution whose weights are not shared between positions. Params { w [spatial'..., filter..., in, out],
 * b [spatial'..., out] }. In the standard parameterization `s[1]` does not widen it.
 */
export function ConvLocal(out: number, filter: readonly number[], options: PlainConvOptions = {}): Layer {
  const checked = readLayerOptions('ConvLocal', plainConvRules, options, { out, filter })
  const { strides, padding, bStd } = checked
  const window = windowOf('ConvLocal', filter, strides, padding)
  // As in neural-tangents, the output keeps its width whatever the second of the width scalings.
  const scales = { ...checked, s: [checked.s[0], 1] as const }
  const width = affineWidth('ConvLocal', scales)
  const rank = filter.length
  const layer = maskable(maskOfWindows('ConvLocal', window), {
    spec: specOf('ConvLocal', specOptions(plainConvRules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const channels = channelsOf('ConvLocal', inputShape, rank)
      const spatial = windowedSizes('ConvLocal', inputShape.slice(1, -1), window)
      const wShape = [...spatial, ...filter, channels, width]
      return {
        outputShape: [inputShape[0] as number, ...spatial, width],
        params: initAffine(key, scales, {
          wShape,
          bShape: [...spatial, width],
          fanIn: channels * sizeOf(filter),
          dtype,
        }),
      }
    },
    apply: (params, x) => {
      const { w, b } = affineParams('ConvLocal', params, bStd !== null)
      requireSpatial('ConvLocal', x, rank)
      const sizes = windowedSizes('ConvLocal', x.shape.slice(1, -1), window)
      const channels = x.shape.at(-1) as number
      const fanIn = channels * sizeOf(filter)
      if (w.shape.at(-2) !== channels || sizes.some((d, i) => d !== w.shape[i])) {
        throw new NtkError('shape', {
          what: `ConvLocal has weights ${showShape(w.shape)} for its positions, window and channels.`,
          got: `inputs of shape ${showShape(x.shape)}`,
          fix: 'Initialize with the shape of these inputs.',
        })
      }
      const seen = patches(x, window, sizes)
      const weights = reshape(w, [sizeOf(sizes), fanIn, width])
      // [positions, n, out]
      const y = dotGeneral(seen, weights, {
        lhsContract: [2],
        rhsContract: [1],
        lhsBatch: [1],
        rhsBatch: [0],
      })
      const placed = reshape(moveAxis(y, 0, 1), [x.shape[0] as number, ...sizes, width])
      return finishAffine(placed, b, fanIn, scales)
    },
    kernel: [convStep('ConvLocal', 'local', scales, window)],
  })
  return convPlaced(layer, 'ConvLocal', checked.dimensionNumbers, rank, false)
}

export const convLocalType: LayerType = {
  name: 'ConvLocal',
  rules: plainConvRules,
  children: 'none',
  build: ({ out, filter, ...options }) => ConvLocal(out as number, filter as readonly number[], options),
}

import { type ResizeMethod, resizeImage, resizeMask } from '@ntk/kernels-analytic'
import { broadcastTo, NtkError, type Shape, showShape } from '@ntk/tensor'
import { boolean, oneOf, requireList, rule } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { type AxesOptions, axesRules, placedKernel } from './placed.js'

const isSize = (d: unknown): boolean => d === -1 || (Number.isSafeInteger(d) && (d as number) > 0)

const rules = {
  shape: rule<readonly number[]>(
    'a list of sizes, one an axis, -1 where it stays',
    (v) => Array.isArray(v) && v.every(isSize),
  ),
  method: oneOf<ResizeMethod>(['nearest', 'linear', 'cubic', 'lanczos3', 'lanczos5'], 'linear'),
  antialias: boolean(true),
  ...axesRules,
} as const

export interface ImageResizeOptions extends AxesOptions {
  /** 'linear' unless given. */
  readonly method?: ResizeMethod
  /** Whether all inputs count where the image gets smaller (not for 'nearest'); true unless given. */
  readonly antialias?: boolean
}

/**
 * Images resized to `shape`, sizes of all axes with -1 where they stay: `ImageResize([-1, 32, 32, -1], { method: 'cubic' })`. Each
 * output is a linear combination of inputs, by the weights of jax.image.resize.
 */
export function ImageResize(shape: readonly number[], options: ImageResizeOptions = {}): Layer {
  const checked = readLayerOptions('ImageResize', rules, options, { shape })
  const { method, antialias } = checked
  const move = { shape, method, antialias }
  return maskable((mask, x) => resizeMask(broadcastTo(mask, x.shape), move), {
    spec: specOf('ImageResize', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      requireList(inputShape, 'The input shape of ImageResize')
      if (inputShape.length !== shape.length) throw axesDiffer(shape, inputShape)
      return { outputShape: shape.map((d, i) => (d === -1 ? (inputShape[i] as number) : d)), params: null }
    },
    apply: (_params, x) => resizeImage(x, move),
    kernel: placedKernel(
      'ImageResize',
      { batchAxis: checked.batchAxis, channelAxis: checked.channelAxis },
      { kind: 'imageResize', ...move },
    ),
  })
}

function axesDiffer(shape: Shape, got: Shape): NtkError {
  return new NtkError('shape', {
    what: `ImageResize to ${showShape(shape)} needs inputs of as many axes.`,
    got: showShape(got),
  })
}

export const imageResizeType: LayerType = {
  name: 'ImageResize',
  rules,
  children: 'none',
  build: ({ shape, ...options }) => ImageResize(shape as readonly number[], options),
}

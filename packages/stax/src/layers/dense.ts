import { matmul, NtkError, showShape } from '@ntk/tensor'
import type { Layer } from '../layer.js'
import { maskable, maskOfPositions } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readInit, readLayerOptions, specOptions } from '../spec/options.js'
import {
  type AffineOptions,
  affineParams,
  affineRules,
  affineWidth,
  channelsOf,
  finishAffine,
  initAffine,
  weightsOf,
} from './affine.js'
import { type AxesOptions, axesRules, placed } from './placed.js'

/** Options of `Dense`. */
export interface DenseOptions extends AffineOptions, AxesOptions {}

const rules = { ...affineRules, ...axesRules } as const

/**
 * A fully connected layer on the axis of channels, `out` wide (`s1 · out` in the standard parameterization). Params { w [in, out], b [out] }.
 *
 * - ntk: w, b ~ N(0, 1), y = wStd/√in · x w + bStd · b (Lee et al. 2019, eq. 1).
 * - standard: w ~ N(0, wStd²/d), b ~ N(0, bStd²), y = x w/√s0 + b, with d = in/s0 (Sohl-Dickstein et al. 2020).
 *
 * With `initialization: 'uniform'` they are uniform numbers of these variances.
 *
 * Throws NtkError 'spec' on a width that is no positive integer and on options out of range.
 */
export function Dense(out: number, options: DenseOptions = {}): Layer {
  const checked = readLayerOptions('Dense', rules, options, { out })
  const { bStd, batchAxis, channelAxis } = checked
  const width = affineWidth('Dense', checked)
  const layer = maskable(maskOfPositions, {
    spec: specOf('Dense', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, initOptions) => {
      const { dtype } = readInit(initOptions)
      const fanIn = channelsOf('Dense', inputShape)
      return {
        outputShape: [...inputShape.slice(0, -1), width],
        params: initAffine(key, checked, { wShape: [fanIn, width], bShape: [width], fanIn, dtype }),
      }
    },
    apply: (params, x) => {
      const { w, b } = affineParams('Dense', params, bStd !== null)
      if (x.shape.at(-1) !== w.shape[0]) {
        throw new NtkError('shape', {
          what: `Dense has weights for ${w.shape[0]} features.`,
          got: `inputs of shape ${showShape(x.shape)}`,
          fix: 'Initialize with the shape of these inputs, or put Flatten before.',
        })
      }
      return finishAffine(matmul(x, w), b, w.shape[0] as number, checked)
    },
    kernel: [{ kind: 'affine', ...weightsOf('Dense', checked) }],
  })
  return placed(layer, 'Dense', { input: { batchAxis, channelAxis }, output: null })
}

export const denseType: LayerType = {
  name: 'Dense',
  rules,
  children: 'none',
  build: ({ out, ...options }) => Dense(out as number, options),
}

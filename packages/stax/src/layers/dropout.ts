import { bernoulli, mul, NtkError, type Value, where } from '@ntk/tensor'
import { oneOf } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable, sameMask } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { probability, readLayerOptions, specOptions } from '../spec/options.js'

const rules = { keep: probability(), mode: oneOf(['train', 'test'], 'train') } as const

export interface DropoutOptions {
  /** 'train' (the default) drops, and needs a key in apply; 'test' is the identity. */
  readonly mode?: 'train' | 'test'
}

/**
 * Each number kept with probability `keep`, and then divided by it; else 0. Its kernel is that of training: a sample meets its own
 * mask where x2 is null; given as x2, the same numbers draw masks of their own.
 */
export function Dropout(keep: number, options: DropoutOptions = {}): Layer {
  const checked = readLayerOptions('Dropout', rules, options, { keep })
  return maskable(sameMask, {
    spec: specOf('Dropout', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: <V extends Value>(
      _params: unknown,
      x: V,
      { key }: { readonly key?: Parameters<typeof bernoulli>[0] } = {},
    ): V => {
      if (checked.mode === 'test' || keep === 1) return x
      if (key === undefined) {
        throw new NtkError('option', {
          what: 'Dropout draws at random when it trains.',
          got: 'no key',
          fix: "Call apply(params, x, { key }), or build it with mode: 'test'.",
        })
      }
      const mask: Value = bernoulli(key, x.shape, { p: keep })
      return where(mask as V, mul(x, 1 / keep), 0)
    },
    kernel: checked.mode === 'test' || keep === 1 ? [] : [{ kind: 'dropout', keep }],
  })
}

export const dropoutType: LayerType = {
  name: 'Dropout',
  rules,
  children: 'none',
  build: ({ keep, ...options }) => Dropout(keep as number, options),
}

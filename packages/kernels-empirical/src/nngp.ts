import {
  concatenate,
  dotGeneral,
  requireFloat,
  reshape,
  slice,
  type Tensor,
  take,
  tensorFromData,
  transpose,
} from '@ntk/tensor'
import { blocked } from './blocked.js'
import { checkNumbers, checkOutput, checkSamples } from './checks.js'
import type { Engine } from './engine.js'
import { type OutputLayout, outputLayout } from './layout/axes.js'
import { spans } from './layout/blocks.js'
import type { NtkFn } from './ntk.js'
import type { EmpiricalOptions } from './options.js'
import type { Apply, ParamsOf } from './parameters.js'

/** Outputs [n, k...] as [diagonal, n, free, trace], and products of them over traced entries. */
function outputProducts({ diagonal, trace, free, order }: OutputLayout): Engine<Tensor> {
  const perm = tensorFromData(order.slice(), [order.length])
  return {
    prepare(y) {
      const n = y.shape[0] as number
      const entries = take(reshape(y, [n, order.length]), perm, 1)
      return transpose(reshape(entries, [n, diagonal, trace, free]), [1, 0, 3, 2])
    },
    block: (left, right) => [
      transpose(
        dotGeneral(left, right, { lhsContract: [3], rhsContract: [3], lhsBatch: [0], rhsBatch: [0] }),
        [0, 2, 1, 4, 3],
      ),
    ],
  }
}

/**
 * The empirical NNGP kernel of a network at its parameters, f(x1) f(x2)ᵀ, laid out as `empiricalNtkFn` does: for outputs
 * [n, k] it is [n1, n2, k, k'] of products of single outputs, and with `traceAxes: [-1]` the [n1, n2] mean of f_k f_k' over k = k',
 * whose expectation over parameters is the infinite network's. Rows may mix in f (batch normalization) if `batchSize` is not given.
 */
export function empiricalNngpFn<A extends Apply>(
  apply: A,
  options: EmpiricalOptions = {},
): NtkFn<ParamsOf<A>> {
  return async (x1, x2, params, call = {}) => {
    const name = 'empiricalNngpFn'
    checkSamples(name, x1, x2)
    checkNumbers(options)
    const outputs = (x: Tensor): Tensor => {
      const rows = x.shape[0] as number
      const parts = spans(rows, options.batchSize ?? rows).map(({ start, stop }) =>
        apply(params, slice(x, [start, stop])),
      )
      const y = concatenate(parts)
      checkOutput(name, y.shape, rows)
      return y
    }
    const y1 = outputs(x1)
    const y2 = x2 === null ? null : outputs(x2)
    const layout = outputLayout(y1.shape, options)
    const [kernel] = await blocked(outputProducts(layout), y1, y2, {
      ...call,
      what: 'The empirical NNGP kernel',
      layout,
      dtype: requireFloat(name, y1.dtype),
      parts: 1,
      size: options.batchSize ?? 1024,
      keep: 2,
      factor: 1 / layout.trace,
    })
    return kernel as Tensor
  }
}

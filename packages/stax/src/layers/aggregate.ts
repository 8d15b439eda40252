import { aggregateValue, type PatternForm } from '@ntk/kernels-analytic'
import { oneOf, rule } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable, sameMask } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { type AxesOptions, axesRules, placedKernel } from './placed.js'

const isAxes = (v: unknown): boolean =>
  v === null || Number.isSafeInteger(v) || (Array.isArray(v) && v.length > 0 && v.every(Number.isSafeInteger))

const rules = {
  aggregateAxis: rule<number | readonly number[] | null>('an axis, a list of axes, or null', isAxes, null),
  implementation: oneOf<PatternForm>(['DENSE', 'SPARSE'], 'DENSE'),
  ...axesRules,
} as const

export interface AggregateLayerOptions extends AxesOptions {
  /** The axes of the nodes, which patterns have in this order; null (the default): all positions. */
  readonly aggregateAxis?: number | readonly number[] | null
  /** How patterns are written: 'DENSE' (the default) weights of edges, 'SPARSE' lists of edges. */
  readonly implementation?: PatternForm
}

/**
 * The sum over the edges of a graph, one graph a sample, that lead to each node. Graphs come with the data: `apply(params, x, { pattern })`,
 * `kernelFn(net)(x1, x2, { pattern1, pattern2 })`; without one the layer does nothing.
 *
 * - DENSE: weights of edges, [n, i..., j...] from node i to node j.
 * - SPARSE: edges, [n, edges, axes, 2] with the nodes from and to, or [n, edges, 2] for one axis of nodes. One with a negative number is none,
 *   repeated ones add.
 */
export function Aggregate(options: AggregateLayerOptions = {}): Layer {
  const checked = readLayerOptions('Aggregate', rules, options)
  const { implementation, batchAxis, channelAxis } = checked
  const axes = checked.aggregateAxis
  const aggregateAxis = typeof axes === 'number' ? [axes] : axes
  const settings = { aggregateAxis, implementation }
  return maskable(sameMask, {
    spec: specOf('Aggregate', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => ({ outputShape: inputShape, params: null }),
    apply: (_params, x, { pattern } = {}) =>
      aggregateValue(x, pattern, { ...settings, batchAxis, channelAxis }),
    kernel: placedKernel('Aggregate', { batchAxis, channelAxis }, { kind: 'aggregate', ...settings }),
  })
}

export const aggregateType: LayerType = {
  name: 'Aggregate',
  rules,
  children: 'none',
  build: (options) => Aggregate(options),
}

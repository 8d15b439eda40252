import { type AxesOf, type IndexEntry, indexedShape, indexValue } from '@ntk/kernels-analytic'
import { broadcastTo } from '@ntk/tensor'
import { type Rule, requireList, rule } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { maskable } from '../masks.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import { type AxesOptions, axesRules, placedKernel } from './placed.js'

const isInteger = (v: unknown): boolean => Number.isSafeInteger(v)
const isSlice = (v: unknown): boolean =>
  Array.isArray(v) && v.length <= 3 && v.every((n) => n === null || isInteger(n)) && v[2] !== 0

const slicesRule = (): Rule<readonly (readonly (number | null)[])[]> =>
  rule(
    'a list with a slice an axis: [stop], [start, stop] or [start, stop, step], null for absent',
    (v) => Array.isArray(v) && v.every(isSlice),
  )

const idxRule = (): Rule<readonly IndexEntry[]> =>
  rule(
    'a list with an entry an axis: an integer, a slice [start, stop, step] with null for absent, or once "..."',
    (v) =>
      Array.isArray(v) &&
      v.every((entry) => entry === '...' || isInteger(entry) || isSlice(entry)) &&
      v.filter((entry) => entry === '...').length <= 1,
  )

export type IndexOptions = AxesOptions

const indexRules = { idx: idxRule(), ...axesRules } as const
const sliceRules = { slices: slicesRule(), ...axesRules } as const

const axesOf = ({ batchAxis, channelAxis }: AxesOf): AxesOf => ({ batchAxis, channelAxis })

function picking(
  layer: 'Index' | 'Slice',
  idx: readonly IndexEntry[],
  axes: AxesOf,
  spec: Layer['spec'],
): Layer {
  return maskable((mask, x) => indexValue(broadcastTo(mask, x.shape), idx), {
    spec,
    inputs: 'one',
    outputs: 'one',
    init: (_key, inputShape) => {
      requireList(inputShape, `The input shape of ${layer}`)
      return { outputShape: indexedShape(inputShape, idx), params: null }
    },
    apply: (_params, x) => indexValue(x, idx),
    kernel: placedKernel(layer, axes, { kind: 'index', layer, idx }),
  })
}

/**
 * Elements picked, with an entry an axis as Python indexes: an integer takes one and the axis goes, `[start, stop, step]` takes a range
 * (`[stop]` from the beginning, null for absent: `[null]` is all), '...' stands for all axes between. `Index([[null], 1, '...'])` is
 * x[:, 1, ...]. Its kernel takes all channels, and samples by ranges.
 */
export function Index(idx: readonly IndexEntry[], options: IndexOptions = {}): Layer {
  const checked = readLayerOptions('Index', indexRules, options, { idx })
  return picking('Index', idx, axesOf(checked), specOf('Index', specOptions(indexRules, checked)))
}

/** Ranges of every axis, as `Index` takes them: `Slice([[null], [1, -1]])` is x[:, 1:-1]. */
export function Slice(slices: readonly (readonly (number | null)[])[], options: IndexOptions = {}): Layer {
  const checked = readLayerOptions('Slice', sliceRules, options, { slices })
  return picking('Slice', slices, axesOf(checked), specOf('Slice', specOptions(sliceRules, checked)))
}

export const indexType: LayerType = {
  name: 'Index',
  rules: indexRules,
  children: 'none',
  build: ({ idx, ...options }) => Index(idx as readonly IndexEntry[], options),
}

export const sliceType: LayerType = {
  name: 'Slice',
  rules: sliceRules,
  children: 'none',
  build: ({ slices, ...options }) => Slice(slices as readonly (readonly (number | null)[])[], options),
}

import { NtkError, type Tensor, transpose, type Value } from '@ntk/tensor'
import { type Rule, rule, show } from '@ntk/tensor/options'
import type { ApplyOptions, Layer, Masked, Params } from '../layer.js'
import { applyMasked } from '../masks.js'
import { type Placement, placed } from './placed.js'

/** Axes of a convolution's input, weights and output, as "NHWC", "HWIO", "NHWC": samples N, channels C, inputs I, outputs O, others spatial. */
export type DimensionNumbers = readonly [input: string, weights: string, output: string]

export const dimensionNumbersRule = (): Rule<DimensionNumbers | null> =>
  rule(
    'three strings such as ["NHWC", "HWIO", "NHWC"], or null',
    (v) => v === null || (Array.isArray(v) && v.length === 3 && v.every((s) => typeof s === 'string')),
    null,
  )

/** What three strings say of a convolution over positions in the order in which the weights name them. */
interface ConvPlacement extends Placement {
  /** Axis i of [filter..., in, out] is axis weights[i] of the weights. */
  readonly weights: readonly number[]
}

const letters = (s: string, others: string): readonly string[] => [...s].filter((c) => !others.includes(c))
const sorted = (xs: readonly string[]): string => [...xs].sort().join('')
const isIdentity = (order: readonly number[]): boolean => order.every((axis, i) => axis === i)

/** Throws NtkError 'spec' unless each string names every axis once, and all the same positions. */
function convPlacement(layer: string, numbers: DimensionNumbers, rank: number): ConvPlacement {
  const [input, weights, output] = numbers
  const space = letters(weights, 'IO')
  const fits = (s: string, two: string): boolean =>
    s.length === rank + 2 &&
    new Set(s).size === s.length &&
    [...two].every((c) => s.includes(c)) &&
    sorted(letters(s, two)) === sorted(space)
  if (!fits(input, 'NC') || !fits(weights, 'IO') || !fits(output, 'NC')) {
    throw new NtkError('spec', {
      what: `${layer} over ${rank} spatial axes needs dimensionNumbers with N and C in the first and last, I and O in the second, and the same ${rank} letters in all.`,
      got: show(numbers),
      fix: rank === 2 ? 'Such as ["NHWC", "HWIO", "NHWC"].' : undefined,
    })
  }
  const axesIn = (s: string): { batchAxis: number; channelAxis: number } => ({
    batchAxis: s.indexOf('N'),
    channelAxis: s.indexOf('C'),
  })
  const from = letters(input, 'NC')
  const to = letters(output, 'NC')
  const enter = space.map((c) => from.indexOf(c))
  const leave = to.map((c) => space.indexOf(c))
  return {
    input: axesIn(input),
    output: axesIn(output),
    enter: isIdentity(enter) ? undefined : enter,
    leave: isIdentity(leave) ? undefined : leave,
    weights: [...space, 'I', 'O'].map((c) => weights.indexOf(c)),
  }
}

/**
 * A convolution whose values stand as three strings say. Its window, strides and padding are in the order in which the weights name the
 * spatial axes; weights that positions share stand as the second string says, others as [spatial..., filter..., in, out].
 */
export function convPlaced(
  layer: Layer,
  name: string,
  numbers: DimensionNumbers | null,
  rank: number,
  shared = true,
): Layer {
  if (numbers === null) return layer
  const placement = convPlacement(name, numbers, rank)
  return placed(shared ? withWeights(layer, placement.weights) : layer, name, placement)
}

/** A layer with `w` in another order of axes: axis i of its own is axis order[i]. */
function withWeights(layer: Layer, order: readonly number[]): Layer {
  if (isIdentity(order)) return layer
  const inverse = order.map((_, axis) => order.indexOf(axis))
  const reordered = <V extends Value>(params: Params<V>, by: readonly number[]): Params<V> => {
    const { w } = (params ?? {}) as { readonly w?: V }
    // What is not there the layer itself misses.
    return w?.shape?.length === by.length ? { ...(params as object), w: transpose(w, [...by]) } : params
  }
  return {
    ...layer,
    init: (key, inputShape, options) => {
      const { outputShape, params } = layer.init(key, inputShape, options)
      return { outputShape, params: reordered<Tensor>(params, inverse) }
    },
    apply: <V extends Value>(params: Params<V>, x: V, options?: ApplyOptions): V =>
      layer.apply(reordered(params, order), x, options),
    applyMasked: <V extends Value>(params: Params<V>, x: Masked<V>, options?: ApplyOptions): Masked<V> =>
      applyMasked(layer, reordered(params, order), x, options),
  }
}

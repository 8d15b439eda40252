import {
  type AxesLayout,
  type AxesOf,
  fromStandard,
  type KernelStep,
  layoutOf,
  standardOrder,
  toStandard,
} from '@ntk/kernels-analytic'
import { type Shape, transpose, type Value } from '@ntk/tensor'
import { integer, type Rule, requireList, requireValue } from '@ntk/tensor/options'
import { type ApplyOptions, type Layer, type Masked, type Params } from '../layer.js'
import { applyMasked, requireMasked } from '../masks.js'

/** Axes of samples and channels, of layers that look at them. */
export interface AxesOptions {
  /** The axis of samples, 0 unless given; negative ones count from the end. */
  readonly batchAxis?: number | undefined
  /** The axis of channels, the last (-1) unless given. */
  readonly channelAxis?: number | undefined
}

const anAxis = (byDefault: number): Rule<number> => integer('an axis, a whole number', () => true, byDefault)

export const axesRules: { readonly batchAxis: Rule<number>; readonly channelAxis: Rule<number> } = {
  batchAxis: anAxis(0),
  channelAxis: anAxis(-1),
}

/** How a layer's values stand, beside axes: the order of its spatial axes. */
export interface Placement {
  readonly input: AxesOf
  /** null: as what comes in, or in its order where positions are gone. */
  readonly output: AxesOf | null
  /** Spatial axis i of what the layer itself gets is spatial axis enter[i] of what comes in. */
  readonly enter?: readonly number[] | undefined
  /** Spatial axis i of what goes out is axis leave[i] of what the layer itself gives. */
  readonly leave?: readonly number[] | undefined
}

const isDefault = ({ batchAxis, channelAxis }: AxesOf): boolean => batchAxis === 0 && channelAxis === -1

/** All axes of [batch, spatial..., channels] with the spatial ones in another order. */
const withOrder = (order: readonly number[] | undefined, rank: number): readonly number[] =>
  order === undefined ? Array.from({ length: rank }, (_, i) => i) : [0, ...order.map((i) => i + 1), rank - 1]

const picked = <T>(xs: readonly T[], order: readonly number[]): readonly T[] => order.map((i) => xs[i] as T)

function permuted<V extends Value>(x: V, order: readonly number[]): V {
  return order.every((axis, i) => axis === i) ? x : transpose(x, [...order])
}

/** The kernel of a layer whose finite network works on any axes, and whose step names them in terms of its own. */
export function placedKernel(layer: string, axes: AxesOf, step: KernelStep): readonly KernelStep[] {
  if (isDefault(axes)) return [step]
  return [{ kind: 'axes', layer, to: 'standard', axes }, step, { kind: 'axes', layer, to: 'own', axes: null }]
}

/** A layer of [batch, spatial..., channels] as one of values whose axes stand otherwise. */
export function placed(layer: Layer, name: string, { input, output, enter, leave }: Placement): Layer {
  if (isDefault(input) && (output === null || isDefault(output)) && !enter && !leave) return layer
  const inputLayout = (rank: number): AxesLayout => layoutOf(name, rank, input)
  const outputLayout = (rank: number, before: AxesLayout): AxesLayout => {
    if (output !== null) return layoutOf(name, rank, output)
    if (rank === before.rank) return before
    const batchFirst = before.batch < before.channel
    return { rank, batch: batchFirst ? 0 : rank - 1, channel: batchFirst ? rank - 1 : 0 }
  }
  const before = <V extends Value>(x: V): V => {
    requireValue(x, `x of ${name}`)
    const order = standardOrder(inputLayout(x.shape.length))
    return permuted(x, picked(order, withOrder(enter, order.length)))
  }
  const after = <V extends Value>(y: V, rank: number): V => {
    const out = y.shape.length
    const standing = standardOrder(outputLayout(out, inputLayout(rank)))
    // Axis a of the result is axis inverse[a] of the standard order, which is axis `leave` of what the layer gives.
    const inverse = standing.map((_, axis) => standing.indexOf(axis))
    return permuted(y, picked(withOrder(leave, out), inverse))
  }
  return {
    ...layer,
    init: (key, inputShape, options) => {
      requireList(inputShape, `The input shape of ${name}`)
      const standard = toStandard(inputShape, inputLayout(inputShape.length))
      const { outputShape, params } = layer.init(
        key,
        picked(standard, withOrder(enter, standard.length)),
        options,
      )
      const rank = outputShape.length
      const shape: Shape = picked(outputShape, withOrder(leave, rank))
      return { outputShape: fromStandard(shape, outputLayout(rank, inputLayout(inputShape.length))), params }
    },
    apply: <V extends Value>(params: Params<V>, x: V, options?: ApplyOptions): V =>
      after(layer.apply(params, before(x), options), x.shape.length),
    applyMasked: <V extends Value>(params: Params<V>, x: Masked<V>, options?: ApplyOptions): Masked<V> => {
      requireMasked(x, name)
      const rank = x.value.shape.length
      const y = applyMasked(layer, params, { value: before(x.value), mask: before(x.mask) }, options)
      return { value: after(y.value, rank), mask: after(y.mask, rank) }
    },
    kernel: [
      {
        kind: 'axes',
        layer: name,
        to: 'standard',
        axes: input,
        ...(enter === undefined ? {} : { order: enter }),
      },
      ...layer.kernel,
      {
        kind: 'axes',
        layer: name,
        to: 'own',
        axes: output,
        ...(leave === undefined ? {} : { order: leave }),
      },
    ],
  }
}

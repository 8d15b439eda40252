import type { Branches, Tree } from '@ntk/kernels-analytic'
import { all, equal, logicalAnd, NtkError, notEqual, showShape, type Value, where } from '@ntk/tensor'
import { isRecord, requireList, requireValue, show } from '@ntk/tensor/options'
import type { ApplyOptions, Arity, InitOptions, Layer, Masked, Of, Params } from './layer.js'
import { readApply, readApplyMasked, readInit } from './spec/options.js'

/** What a layer's apply gets beside the public options where its input has padding. */
export interface PaddedOptions extends ApplyOptions {
  readonly mask?: Value | undefined
}

/** How padding goes through a layer: the mask behind it, of the mask before and the value that came in. */
export type MaskMove = (mask: Value, x: Value) => Value

type MaskedApply<I extends Arity, O extends Arity> = <V extends Value>(
  params: Params<V>,
  x: Of<I, Masked<V>>,
  options: ApplyOptions,
) => Of<O, Masked<V>>

/**
 * A layer whose `apply` takes `maskConstant`, by an `applyMasked` of its own. Every layer passes through here, so that this is where the
 * options of its functions are read: an unknown one is an error also where the layer has no use for any.
 */
export function withMasks<I extends Arity, O extends Arity>(
  layer: Layer<I, O>,
  applyMasked: MaskedApply<I, O>,
): Layer<I, O> {
  const { name, many } = { name: layer.spec[0], many: layer.inputs !== 'one' }
  return {
    ...layer,
    init: (key, inputShape, options?: InitOptions) => {
      if (options !== undefined) readInit(options)
      return layer.init(key, inputShape, options)
    },
    applyMasked: <V extends Value>(params: Params<V>, x: Of<I, Masked<V>>, options?: ApplyOptions) => {
      if (many) requireList(x, `x of ${name}`)
      eachOf<Masked<V>, void>(x, (one) => requireMasked(one, name))
      return applyMasked(params, x, options === undefined ? {} : readApplyMasked(options))
    },
    apply: <V extends Value>(params: Params<V>, x: Of<I, V>, options?: ApplyOptions): Of<O, V> => {
      if (!many) requireValue(x, `x of ${name}`)
      if (options === undefined) return layer.apply(params, x)
      const { maskConstant, ...others } = readApply(options)
      if (maskConstant === undefined) return layer.apply(params, x, others)
      const masked = eachOf<V, Masked<V>>(x, (value) => takePadding(value, maskConstant))
      return eachOf<Masked<V>, V>(
        applyMasked(params, masked as Of<I, Masked<V>>, others),
        ({ value }) => value,
      ) as Of<O, V>
    },
  }
}

/** A layer that takes and gives one value, and moves masks as `moves` says; its own apply finds the mask among its options. */
export function maskable(moves: MaskMove, layer: Layer): Layer {
  return withMasks(layer, (params, { value, mask }, options) => {
    const padded: PaddedOptions = { ...options, mask }
    return masked(layer.apply(params, value, padded), moves(mask, value))
  })
}

/** A join of branches. */
export function maskableJoin(
  moves: (masks: readonly Value[], xs: readonly Value[]) => Value,
  layer: Layer<'many', 'one'>,
): Layer<'many', 'one'> {
  return withMasks(layer, (params, branches, options) => {
    const values = branches.map(({ value }) => value)
    const masks = branches.map(({ mask }) => mask)
    return masked(layer.apply(params, values, options), moves(masks, values))
  })
}

/** A layer that is not known to be right on inputs with padding. */
export function unmaskable(layer: Layer): Layer {
  return withMasks(layer, () => {
    throw noMasks(layer.spec[0])
  })
}

/** A layer on values with padding. Throws NtkError 'unsupported' where it does not take any. */
export function applyMasked<I extends Arity, O extends Arity, V extends Value>(
  layer: Layer<I, O>,
  params: Params<V>,
  x: Of<I, Masked<V>>,
  options?: ApplyOptions,
): Of<O, Masked<V>> {
  if (layer.applyMasked === undefined) throw noMasks(layer.spec[0])
  return layer.applyMasked(params, x, options)
}

function noMasks(layer: string): NtkError {
  return new NtkError('unsupported', {
    what: `${layer} takes no inputs with padding.`,
    got: 'maskConstant',
    fix: 'Leave maskConstant out, or take the padding out of the inputs.',
  })
}

/** Throws NtkError unless something is a value with a mask of its axes. */
export function requireMasked(x: unknown, layer: string): void {
  if (!isRecord(x)) {
    throw new NtkError('value', {
      what: `applyMasked of ${layer} takes a value with its padding, { value, mask }.`,
      got: show(x),
      fix: 'apply takes tensors, and finds the padding by maskConstant.',
    })
  }
  const { value, mask } = x
  requireValue(value, `The value of applyMasked of ${layer}`)
  requireValue(mask, `The mask of applyMasked of ${layer}`)
  const fits =
    mask.shape.length === value.shape.length &&
    mask.shape.every((size, axis) => size === value.shape[axis] || size === 1)
  if (mask.dtype === 'bool' && fits) return
  throw new NtkError(fits ? 'dtype' : 'shape', {
    what: `The mask of applyMasked of ${layer} must be of dtype bool and of the axes of the value, ${showShape(value.shape)}; 1 stands for all of an axis.`,
    got: `${mask.dtype} ${showShape(mask.shape)}`,
  })
}

/** A value that is 0 where the mask says so. */
export function masked<V extends Value>(value: V, mask: Value): Masked<V> {
  return { value: where<Value>(mask, 0, value) as V, mask }
}

function takePadding<V extends Value>(x: V, constant: number): Masked<V> {
  return masked(x, Number.isNaN(constant) ? notEqual<Value>(x, x) : equal<Value>(x, constant))
}

function eachOf<A, B>(x: Tree<A>, f: (one: A) => B): Tree<B> {
  return Array.isArray(x) ? (x as Branches<A>).map((branch) => eachOf(branch, f)) : f(x as A)
}

/** Elementwise functions: padding stays where it is. */
export const sameMask: MaskMove = (mask) => mask

/** Layers that sum over channels: a position is padding if all its channels were. */
export const maskOfPositions: MaskMove = (mask) => all(mask, { axis: -1, keepDims: true })

/** Sums and products of branches: padding is what is so in all of them. */
export const maskOfAll = (masks: readonly Value[]): Value => masks.reduce((a, b) => logicalAnd(a, b))

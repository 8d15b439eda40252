import type { Weights } from '@ntk/kernels-analytic'
import {
  add,
  div,
  type FloatDType,
  type Key,
  mul,
  NtkError,
  normal,
  type Shape,
  showShape,
  split,
  type Tensor,
  uniform,
  type Value,
} from '@ntk/tensor'
import { nonNegative, oneOf, orNull, positiveInteger, type Rule, requireList } from '@ntk/tensor/options'
import type { Params } from '../layer.js'
import { scalePair } from '../spec/options.js'

/** Options of every layer with weights. */
export interface AffineOptions {
  /** Standard deviation of the weights, 1 unless given. */
  readonly wStd?: number | undefined
  /** Standard deviation of the biases; null (the default): no bias. */
  readonly bStd?: number | null | undefined
  /** 'ntk' unless given. */
  readonly parameterization?: 'ntk' | 'standard' | undefined
  /** Width scalings (s0, s1) of the standard parameterization, [1, 1] unless given. */
  readonly s?: readonly [number, number] | undefined
  /**
   * From which distribution `init` draws weights and biases: 'normal' (the default), or 'uniform' on ±√3 standard deviations, which has the same
   * variances. Kernels at infinite width are the same.
   */
  readonly initialization?: Initialization | undefined
}

/** A distribution of mean 0 and variance 1. */
export type Initialization = 'normal' | 'uniform'

export type AffineRules = {
  readonly out: Rule<number>
  readonly wStd: Rule<number>
  readonly bStd: Rule<number | null>
  readonly parameterization: Rule<'ntk' | 'standard'>
  readonly s: Rule<readonly [number, number]>
  readonly initialization: Rule<Initialization>
}

export const affineRules: AffineRules = {
  out: positiveInteger(),
  wStd: nonNegative(1),
  bStd: orNull(nonNegative(), null),
  parameterization: oneOf(['ntk', 'standard'], 'ntk'),
  s: scalePair([1, 1]),
  initialization: oneOf(['normal', 'uniform'], 'normal'),
}

/** The checked options that decide scales. */
export interface AffineScales {
  readonly out: number
  readonly wStd: number
  readonly bStd: number | null
  readonly parameterization: 'ntk' | 'standard'
  readonly s: readonly [number, number]
}

/** The outputs' channels: `out`, times s1 in the standard parameterization. */
export function affineWidth(name: string, { out, parameterization, s }: AffineScales): number {
  const width = parameterization === 'ntk' ? out : out * s[1]
  if (Number.isInteger(width)) return width
  throw new NtkError('spec', {
    what: `${name} needs s1 times out to be an integer.`,
    got: `${s[1]} times ${out}`,
  })
}

const draws: { readonly [K in Initialization]: typeof normal } = {
  normal,
  // The variance of numbers between -a and a is a²/3.
  uniform: (key, shape, options) =>
    uniform(key, shape, { ...options, min: -Math.sqrt(3), max: Math.sqrt(3) }),
}

/**
 * Weights of shape `wShape` that each sum over `fanIn` inputs, and biases of shape `bShape`: of variance 1 in the ntk
 * parameterization; of wStd² s0/fanIn and bStd² in the standard one.
 */
export function initAffine(
  key: Key,
  scales: AffineScales & { readonly initialization: Initialization },
  { wShape, bShape, fanIn, dtype }: { wShape: Shape; bShape: Shape; fanIn: number; dtype: FloatDType },
): Params<Tensor> {
  const { wStd, bStd, parameterization, s } = scales
  const draw = draws[scales.initialization]
  const [forWeights, forBiases] = split(key)
  const isNtk = parameterization === 'ntk'
  const scaled = (x: Tensor, by: number): Tensor => (by === 1 ? x : mul(x, by))
  const w = scaled(draw(forWeights, wShape, { dtype }), isNtk ? 1 : wStd / Math.sqrt(fanIn / s[0]))
  if (bStd === null) return { w }
  return { w, b: scaled(draw(forBiases, bShape, { dtype }), isNtk ? 1 : bStd) }
}

/** What a kernel's step knows of the weights. */
export function weightsOf(layer: string, scales: AffineScales): Weights {
  const { wStd, bStd, parameterization, s } = scales
  const isNtk = parameterization === 'ntk'
  return {
    layer,
    out: affineWidth(layer, scales),
    wStd,
    bStd,
    parameterization,
    ...(isNtk ? {} : { inScale: s[0] }),
  }
}

/** A product with the weights, scaled and biased: wStd/√fanIn · y + bStd · b, or y/√s0 + b. */
export function finishAffine<V extends Value>(
  product: V,
  b: V | null,
  fanIn: number,
  scales: AffineScales,
): V {
  const { wStd, bStd, parameterization, s } = scales
  const isNtk = parameterization === 'ntk'
  const y = isNtk
    ? mul(product, wStd / Math.sqrt(fanIn))
    : s[0] === 1
      ? product
      : div(product, Math.sqrt(s[0]))
  if (b === null || bStd === null) return y
  return add(y, isNtk ? mul(b, bStd) : b)
}

/** The weights and biases of a layer. Throws NtkError 'tree' where they are not what `init` gave. */
export function affineParams<V extends Value>(
  name: string,
  params: Params<V>,
  hasBias: boolean,
): { w: V; b: V | null } {
  const record = params as { readonly w?: V; readonly b?: V } | null
  if (record?.w?.shape !== undefined && (!hasBias || record.b?.shape !== undefined)) {
    return { w: record.w, b: record.b ?? null }
  }
  throw new NtkError('tree', {
    what: `${name} needs params { w${hasBias ? ', b' : ''} }.`,
    got:
      record === null || typeof record !== 'object'
        ? String(record)
        : `{ ${Object.keys(record).join(', ')} }`,
    fix: 'Take them from init of the same network.',
  })
}

/** The number of channels of [batch, ..., channels]; spatial sizes must be known too where `spatial` counts them. */
export function channelsOf(name: string, shape: Shape, spatial?: number): number {
  requireList(shape, `The input shape of ${name}`)
  const channels = shape.at(-1)
  const known = shape.slice(1).every((d) => Number.isInteger(d) && d > 0)
  if (
    shape.length >= 2 &&
    (spatial === undefined ? (channels as number) > 0 : known && shape.length === spatial + 2)
  ) {
    return channels as number
  }
  throw new NtkError('shape', {
    what:
      spatial === undefined
        ? `${name} needs an input shape [batch, ..., features] with a known number of features.`
        : `${name} needs an input shape [batch, ${'size, '.repeat(spatial)}channels] with known sizes.`,
    got: showShape(shape),
  })
}

import { affineKernel, noRequirements } from '@ntk/kernels-analytic'
import {
  add,
  div,
  type Key,
  matmul,
  mul,
  NtkError,
  normal,
  type Shape,
  showShape,
  split,
  type Value,
} from '@ntk/tensor'
import type { Layer, Params } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import {
  nonNegative,
  nonNegativeOrNull,
  oneOf,
  positiveInteger,
  readOptions,
  scalePair,
  specOptions,
} from '../spec/options.js'

export interface DenseOptions {
  /** Standard deviation of the weights, 1 unless given. */
  readonly wStd?: number
  /** Standard deviation of the biases; null (the default): no bias. */
  readonly bStd?: number | null
  /** 'ntk' unless given. */
  readonly parameterization?: 'ntk' | 'standard'
  /** Width scalings (s0, s1) of the standard parameterization, [1, 1] unless given. */
  readonly s?: readonly [number, number]
}

const rules = {
  out: positiveInteger(),
  wStd: nonNegative(1),
  bStd: nonNegativeOrNull(null),
  parameterization: oneOf(['ntk', 'standard'], 'ntk'),
  s: scalePair([1, 1]),
} as const

/**
 * A fully connected layer on the last axis, `out` wide (`s1 · out` in the standard parameterization). Params { w [in, out], b [out] }.
 *
 * - ntk: w, b ~ N(0, 1), y = wStd/√in · x w + bStd · b (Lee et al. 2019, eq. 1).
 * - standard: w ~ N(0, wStd²/d), b ~ N(0, bStd²), y = x w/√s0 + b, with d = in/s0 (Sohl-Dickstein et al. 2020).
 *
 * Throws NtkError 'spec' on a width that is no positive integer and on options out of range.
 */
export function Dense(out: number, options: DenseOptions = {}): Layer {
  const checked = readOptions('Dense', rules, { ...options, out })
  const { wStd, bStd, parameterization, s } = checked
  const isNtk = parameterization === 'ntk'
  const width = isNtk ? out : out * s[1]
  if (!Number.isInteger(width)) {
    throw new NtkError('spec', {
      what: 'Dense needs s1 times out to be an integer.',
      got: `${s[1]} times ${out}`,
    })
  }
  return {
    spec: specOf('Dense', specOptions(rules, checked)),
    inputs: 'one',
    outputs: 'one',
    init: (key, inputShape, { dtype = 'float64' } = {}) => {
      const fanIn = channelsOf(inputShape)
      const [forWeights, forBiases] = split(key) as [Key, Key]
      const w = normal(forWeights, [fanIn, width], { dtype })
      const outputShape = [...inputShape.slice(0, -1), width]
      const wScale = isNtk ? 1 : wStd / Math.sqrt(fanIn / s[0])
      const weights = wScale === 1 ? w : mul(w, wScale)
      if (bStd === null) return { outputShape, params: { w: weights } }
      const b = normal(forBiases, [width], { dtype })
      return { outputShape, params: { w: weights, b: isNtk ? b : mul(b, bStd) } }
    },
    apply: (params, x) => {
      const { w, b } = denseParams(params, bStd !== null)
      if (x.shape.at(-1) !== w.shape[0]) {
        throw new NtkError('shape', {
          what: `Dense has weights for ${w.shape[0]} features.`,
          got: `inputs of shape ${showShape(x.shape)}`,
          fix: 'Initialize with the shape of these inputs, or put Flatten before.',
        })
      }
      const product = matmul(x, w)
      const y = isNtk
        ? mul(product, wStd / Math.sqrt(w.shape[0] as number))
        : s[0] === 1
          ? product
          : div(product, Math.sqrt(s[0]))
      if (b === null || bStd === null) return y
      return add(y, isNtk ? mul(b, bStd) : b)
    },
    kernel: (kernel) =>
      affineKernel(kernel, { out: width, wStd, bStd, parameterization, inScale: isNtk ? 1 : s[0] }),
    requirements: noRequirements,
    steps: isNtk ? [{ kind: 'affine', wVar: wStd ** 2, bVar: bStd === null ? 0 : bStd ** 2 }] : null,
  }
}

function channelsOf(shape: Shape): number {
  const channels = shape.at(-1)
  if (shape.length >= 2 && Number.isInteger(channels) && (channels as number) > 0) return channels as number
  throw new NtkError('shape', {
    what: 'Dense needs an input shape [batch, ..., features] with a known number of features.',
    got: showShape(shape),
  })
}

function denseParams<V extends Value>(params: Params<V>, hasBias: boolean): { w: V; b: V | null } {
  const record = params as { readonly w?: V; readonly b?: V } | null
  if (record?.w?.shape !== undefined && (!hasBias || record.b?.shape !== undefined)) {
    return { w: record.w, b: record.b ?? null }
  }
  throw new NtkError('tree', {
    what: `Dense needs params { w${hasBias ? ', b' : ''} }.`,
    got:
      record === null || typeof record !== 'object'
        ? String(record)
        : `{ ${Object.keys(record).join(', ')} }`,
    fix: 'Take them from init of the same network.',
  })
}

export const denseType: LayerType = {
  name: 'Dense',
  rules,
  children: 'none',
  build: ({ out, ...options }) => Dense(out as number, options),
}

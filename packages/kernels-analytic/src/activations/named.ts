import { NtkError, square, type Value } from '@ntk/tensor'
import type { Nums } from '../numbers.js'
import type { Dual, PairCovariances } from './activation.js'
import { Celu } from './celu.js'
import { Cos } from './cos.js'
import { Elu } from './elu.js'
import { Erf } from './erf.js'
import { Exp } from './exp.js'
import { Gelu } from './gelu.js'
import { HardTanh } from './hard-tanh.js'
import { Mish } from './mish.js'
import { Monomial } from './monomial.js'
import { Relu } from './relu.js'
import { Relu6 } from './relu6.js'
import { Selu } from './selu.js'
import { Sigmoid } from './sigmoid.js'
import { Sin } from './sin.js'
import { Softplus } from './softplus.js'
import { Softsign } from './softsign.js'
import { Swish } from './swish.js'
import { Tanh } from './tanh.js'

/** A function of the spec language by its name: another activation with its options. */
export interface Named {
  apply<V extends Value>(x: V): V
  readonly dual: Dual<unknown>
  /** Whether its derivatives jump at 0. */
  readonly kinked: boolean
}

interface Filled<O> {
  apply<V extends Value>(x: V, options: O): V
  readonly dual: Dual<O> | null
}

function named<O>({ apply, dual }: Filled<O>, options: O, kinked = false): Named {
  if (dual === null) throw new NtkError('unsupported', { what: 'A named function needs a dual.' })
  const given = options as Nums<O>
  const { mean, fused, error } = dual
  return {
    kinked,
    apply: (x) => apply(x, options),
    dual: {
      pair: (covariances) => dual.pair(covariances, given),
      variance: (q) => dual.variance(q, given),
      ...(mean === undefined ? {} : { mean: (q: Value) => mean(q, given) }),
      ...(error === undefined ? {} : { error: () => error(options) }),
      ...(fused === undefined ? {} : { fused: () => fused(given) }),
    },
  }
}

const wave = { a: 1, b: 1, c: 0 } as const
const swish = named(Swish, { beta: 1 })

/** Functions of the spec language, by name. */
export const functionNames = [
  'tanh',
  'sigmoid',
  'softplus',
  'swish',
  'silu',
  'elu',
  'selu',
  'celu',
  'softsign',
  'mish',
  'hardTanh',
  'relu6',
  'gelu',
  'relu',
  'erf',
  'sin',
  'cos',
] as const
export type FunctionName = (typeof functionNames)[number]

export const functions: Readonly<Record<FunctionName, Named>> = {
  tanh: named(Tanh, {}),
  sigmoid: named(Sigmoid, {}),
  softplus: named(Softplus, {}),
  swish,
  silu: swish,
  elu: named(Elu, { alpha: 1 }, true),
  selu: named(Selu, {}, true),
  celu: named(Celu, { alpha: 1 }, true),
  softsign: named(Softsign, {}, true),
  mish: named(Mish, {}),
  hardTanh: named(HardTanh, {}),
  relu6: named(Relu6, {}, true),
  gelu: named(Gelu, { approximate: false }),
  relu: named(Relu, { doStabilize: false }, true),
  erf: named(Erf, wave),
  sin: named(Sin, wave),
  cos: named(Cos, wave),
}

type Pair = (covariances: PairCovariances) => readonly [Value, () => Value]

export const kernelMapNames = ['arccos1', 'erf', 'exp', 'sin', 'square'] as const
export type KernelMapName = (typeof kernelMapNames)[number]

/** Kernel maps of the spec language by their names: T, and its derivative in q. */
export const kernelMaps: Readonly<Record<KernelMapName, Pair>> = {
  arccos1: (c) => functions.relu.dual.pair(c, {}),
  erf: (c) => functions.erf.dual.pair(c, {}),
  exp: (c) => named(Exp, { a: 1, b: 1 }).dual.pair(c, {}),
  sin: (c) => functions.sin.dual.pair(c, {}),
  square: (c) =>
    named<{ readonly degree: number }>(
      { apply: (x) => square(x), dual: Monomial.dual },
      { degree: 2 },
    ).dual.pair(c, {}),
}

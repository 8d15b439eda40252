/** Activations at finite width; those with a kernel beside (`ab-relu.ts`, `erf.ts`) have files of their own. */
import {
  abs,
  add,
  cos,
  div,
  erfc,
  exp,
  expm1,
  log1p,
  logistic,
  maximum,
  mul,
  neg,
  relu,
  sign,
  sin,
  sub,
  tanh,
  type Value,
} from '@ntk/tensor'
import { finite, nonNegativeInteger, numbers, oneOf } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { type LayerOptionsOf, type LayerRules, readLayerOptions, specOptions } from '../spec/options.js'
import { elementwise } from './elementwise.js'
import { Erf } from './erf.js'
import { noKernel } from './no-kernel.js'

function activation<R extends LayerRules>(
  name: string,
  rules: R,
  given: object,
  f: <V extends Value>(x: V, o: LayerOptionsOf<R>) => V,
): Layer {
  const checked = readLayerOptions(name, rules, given)
  return elementwise({
    spec: specOf(name, specOptions(rules, checked)),
    apply: (x) => f(x, checked),
    kernel: noKernel(name),
    steps: null,
  })
}

/** tanh x. */
export function Tanh(): Layer {
  return activation('Tanh', {}, {}, (x) => tanh(x))
}

/** 1 / (1 + e^{−x}). */
export function Sigmoid(): Layer {
  return activation('Sigmoid', {}, {}, (x) => logistic(x))
}

/** log(1 + e^x). */
export function Softplus(): Layer {
  return activation('Softplus', {}, {}, (x) => add(relu(x), log1p(exp(neg(abs(x))))))
}

const swishRules = { beta: finite(1) } as const

/** x / (1 + e^{−beta x}). */
export function Swish(options: { readonly beta?: number } = {}): Layer {
  return activation('Swish', swishRules, options, (x, { beta }) =>
    mul(x, logistic(beta === 1 ? x : mul(x, beta))),
  )
}

const eluRules = { alpha: finite(1) } as const

/** x above 0, alpha (e^x − 1) below. */
export function Elu(options: { readonly alpha?: number } = {}): Layer {
  return activation('Elu', eluRules, options, (x, { alpha }) => {
    const below = expm1(mul(-1, relu(neg(x))))
    return add(relu(x), alpha === 1 ? below : mul(below, alpha))
  })
}

/** x Φ(x), with Φ the cumulative normal distribution. */
export function Gelu(): Layer {
  return activation('Gelu', {}, {}, (x) => mul(mul(x, 0.5), erfc(mul(x, -Math.SQRT1_2))))
}

/** (1 + erf(x / 2.4020563531719796)) / 2: close to the logistic function, and with a closed kernel. */
export function SigmoidLike(): Layer {
  return { ...Erf({ a: 0.5, b: 1 / 2.4020563531719796, c: 0.5 }), spec: ['SigmoidLike'] }
}

const waveRules = { a: finite(1), b: finite(1), c: finite(0) } as const

export interface WaveOptions {
  /** Height, 1 unless given. */
  readonly a?: number
  /** Frequency, 1 unless given. */
  readonly b?: number
  /** Phase, 0 unless given. */
  readonly c?: number
}

const phase = <V extends Value>(x: V, b: number, c: number): V => add(mul(x, b), c)

/** a sin(b x + c). */
export function Sin(options: WaveOptions = {}): Layer {
  return activation('Sin', waveRules, options, (x, { a, b, c }) => mul(sin(phase(x, b, c)), a))
}

/** a cos(b x + c). */
export function Cos(options: WaveOptions = {}): Layer {
  return activation('Cos', waveRules, options, (x, { a, b, c }) => mul(cos(phase(x, b, c)), a))
}

const rbfRules = { gamma: finite(1) } as const

/** √2 sin(√(2 gamma) x + π/4): its kernel is e^{−gamma |x − x'|²} (Rahimi and Recht 2007). */
export function Rbf(options: { readonly gamma?: number } = {}): Layer {
  return activation('Rbf', rbfRules, options, (x, { gamma }) =>
    mul(sin(phase(x, Math.sqrt(2 * gamma), Math.PI / 4)), Math.SQRT2),
  )
}

const gaussianRules = { a: finite(1), b: finite(-1) } as const

/** a e^{b x²}. */
export function Gaussian(options: { readonly a?: number; readonly b?: number } = {}): Layer {
  return activation('Gaussian', gaussianRules, options, (x, { a, b }) => mul(exp(mul(mul(x, x), b)), a))
}

const exponentialRules = { a: finite(1), b: finite(1) } as const

/** a e^{b x}. */
export function Exp(options: { readonly a?: number; readonly b?: number } = {}): Layer {
  return activation('Exp', exponentialRules, options, (x, { a, b }) => mul(exp(mul(x, b)), a))
}

/** e^{−x²} sin x. */
export function Gabor(): Layer {
  return activation('Gabor', {}, {}, (x) => mul(exp(neg(mul(x, x))), sin(x)))
}

/** −1, 0 or 1. */
export function Sign(): Layer {
  return activation('Sign', {}, {}, (x) => sign(x))
}

const degreeRules = { degree: nonNegativeInteger() } as const

function power<V extends Value>(x: V, degree: number): V {
  if (degree === 0) return add(mul(x, 0), 1)
  let out = x
  for (let i = 1; i < degree; i++) out = mul(out, x)
  return out
}

/** x^degree. */
export function Monomial(degree: number): Layer {
  return activation('Monomial', degreeRules, { degree }, (x, o) => power(x, o.degree))
}

/** max(x, 0)^degree; degree 0 is the step that is 1 above 0. */
export function RectifiedMonomial(degree: number): Layer {
  return activation('RectifiedMonomial', degreeRules, { degree }, (x, o) =>
    o.degree === 0 ? maximum(sign(x), 0) : power(relu(x), o.degree),
  )
}

const polynomialRules = { coef: numbers() } as const

/** Σ coef[i] x^i. */
export function Polynomial(coef: readonly number[]): Layer {
  return activation('Polynomial', polynomialRules, { coef }, (x, o) =>
    o.coef.reduceRight((sum, c) => add(mul(sum, x), c), mul(x, 0)),
  )
}

/** The Hermite polynomial of `degree` orthonormal under the normal distribution: He_n(x)/√n!. */
export function Hermite(degree: number): Layer {
  return activation('Hermite', degreeRules, { degree }, (x, o) => {
    // √(n+1) h_{n+1} = x h_n − √n h_{n−1}
    let before = mul(x, 0)
    let here = add(before, 1)
    for (let n = 0; n < o.degree; n++) {
      const next = div(sub(mul(x, here), mul(before, Math.sqrt(n))), Math.sqrt(n + 1))
      before = here
      here = next
    }
    return here
  })
}

const named = ['tanh', 'sigmoid', 'softplus', 'swish', 'elu', 'gelu', 'relu', 'sin', 'cos'] as const
const numericalRules = { fn: oneOf(named), degree: nonNegativeInteger(25) } as const

const functions: Readonly<Record<(typeof named)[number], () => Layer>> = {
  tanh: Tanh,
  sigmoid: Sigmoid,
  softplus: Softplus,
  swish: Swish,
  elu: Elu,
  gelu: Gelu,
  relu: () => activation('Relu', {}, {}, (x) => relu(x)),
  sin: Sin,
  cos: Cos,
}

/** A function by name, whose kernel is a Gauss-Hermite quadrature of `degree` points. */
export function Numerical(fn: (typeof named)[number], degree = 25): Layer {
  return activation('Numerical', numericalRules, { fn, degree }, (x, o) => functions[o.fn]().apply(null, x))
}

const plain = (name: string, rules: LayerRules, make: (options: never) => Layer): LayerType => ({
  name,
  rules,
  children: 'none',
  build: (options) => make(options as never),
})

export const activationTypes: readonly LayerType[] = [
  plain('Tanh', {}, Tanh),
  plain('Sigmoid', {}, Sigmoid),
  plain('Softplus', {}, Softplus),
  plain('Swish', swishRules, Swish),
  plain('Elu', eluRules, Elu),
  plain('Gelu', {}, Gelu),
  plain('SigmoidLike', {}, SigmoidLike),
  plain('Sin', waveRules, Sin),
  plain('Cos', waveRules, Cos),
  plain('Rbf', rbfRules, Rbf),
  plain('Gaussian', gaussianRules, Gaussian),
  plain('Exp', exponentialRules, Exp),
  plain('Gabor', {}, Gabor),
  plain('Sign', {}, Sign),
  plain('Monomial', degreeRules, ({ degree }: { degree: number }) => Monomial(degree)),
  plain('RectifiedMonomial', degreeRules, ({ degree }: { degree: number }) => RectifiedMonomial(degree)),
  plain('Polynomial', polynomialRules, ({ coef }: { coef: readonly number[] }) => Polynomial(coef)),
  plain('Hermite', degreeRules, ({ degree }: { degree: number }) => Hermite(degree)),
  plain('Numerical', numericalRules, (o: { fn: 'tanh'; degree?: number }) => Numerical(o.fn, o.degree)),
]

import { abReluKernel } from '@ntk/kernels-analytic'
import { abs, add, maximum, minimum, mul, relu } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import type { Layer } from '../layer.js'
import { type LayerType, specOf } from '../spec/layer-type.js'
import { readLayerOptions, specOptions } from '../spec/options.js'
import type { Spec } from '../spec/spec.js'
import { type Elementwise, elementwise } from './elementwise.js'

function family(spec: Spec, a: number, b: number, apply: Elementwise['apply']): Layer {
  const steps = [{ kind: 'abRelu', a, b }] as const
  return elementwise({ spec, apply, kernel: (kernel) => abReluKernel(kernel, { a, b }, spec[0]), steps })
}

const slopes = (a: number, b: number): Elementwise['apply'] => {
  return (x) => add(mul(minimum(x, 0), a), mul(maximum(x, 0), b))
}

/** max(x, 0). */
export function Relu(): Layer {
  return family(['Relu'], 0, 1, relu)
}

/** |x|. */
export function Abs(): Layer {
  return family(['Abs'], -1, 1, abs)
}

const leakyRules = { alpha: finite() } as const

export interface LeakyReluOptions {
  /** Slope of the negative side. */
  readonly alpha: number
}

/** alpha min(x, 0) + max(x, 0). */
export function LeakyRelu(options: LeakyReluOptions): Layer {
  const checked = readLayerOptions('LeakyRelu', leakyRules, options)
  return family(
    specOf('LeakyRelu', specOptions(leakyRules, checked)),
    checked.alpha,
    1,
    slopes(checked.alpha, 1),
  )
}

const abRules = { a: finite(), b: finite() } as const

export interface ABReluOptions {
  /** Slope of the negative side. */
  readonly a: number
  /** Slope of the positive side. */
  readonly b: number
}

/** a min(x, 0) + b max(x, 0). */
export function ABRelu(options: ABReluOptions): Layer {
  const checked = readLayerOptions('ABRelu', abRules, options)
  const { a, b } = checked
  return family(specOf('ABRelu', specOptions(abRules, checked)), a, b, slopes(a, b))
}

export const abReluTypes: readonly LayerType[] = [
  { name: 'Relu', rules: {}, children: 'none', build: () => Relu() },
  { name: 'Abs', rules: {}, children: 'none', build: () => Abs() },
  {
    name: 'LeakyRelu',
    rules: leakyRules,
    children: 'none',
    build: (o) => LeakyRelu(o as unknown as LeakyReluOptions),
  },
  { name: 'ABRelu', rules: abRules, children: 'none', build: (o) => ABRelu(o as unknown as ABReluOptions) },
]

import { type Value } from '@ntk/tensor'
import { nonNegativeInteger, oneOf, type Rule } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'
import { Cos } from './cos.js'
import { Elu } from './elu.js'
import { Gelu } from './gelu.js'
import { Relu } from './relu.js'
import { Sigmoid } from './sigmoid.js'
import { Sin } from './sin.js'
import { Softplus } from './softplus.js'
import { Swish } from './swish.js'
import { Tanh } from './tanh.js'

const names = ['tanh', 'sigmoid', 'softplus', 'swish', 'elu', 'gelu', 'relu', 'sin', 'cos'] as const
type Name = (typeof names)[number]

const functions: Readonly<Record<Name, <V extends Value>(x: V) => V>> = {
  tanh: (x) => Tanh.apply(x, {}),
  sigmoid: (x) => Sigmoid.apply(x, {}),
  softplus: (x) => Softplus.apply(x, {}),
  swish: (x) => Swish.apply(x, { beta: 1 }),
  elu: (x) => Elu.apply(x, { alpha: 1 }),
  gelu: (x) => Gelu.apply(x, {}),
  relu: (x) => Relu.apply(x, {}),
  sin: (x) => Sin.apply(x, { a: 1, b: 1, c: 0 }),
  cos: (x) => Cos.apply(x, { a: 1, b: 1, c: 0 }),
}

type Options = { readonly fn: Rule<Name>; readonly degree: Defaulted<number> }
const options: Options = { fn: oneOf(names), degree: defaulted(nonNegativeInteger(), 25) }

export const Numerical: Activation<Options, 'fn'> = activation({
  name: 'Numerical',
  summary: 'A function by name, for kernels by a Gauss-Hermite quadrature of `degree` points.',
  options,
  examples: [{ fn: 'swish', degree: 25 }],
  argument: 'fn',
  apply: (x, { fn }) => functions[fn](x),
  dual: null,
})

import { scope, type Tensor, tensor, type Value } from '@ntk/tensor'
import { nonNegativeInteger, oneOf, type Rule } from '@ntk/tensor/options'
import { quadratureDual } from '../quadrature/dual.js'
import { gaussHermite } from '../quadrature/gauss-hermite.js'
import { type Activation, activation, type Defaulted, type Dual, defaulted } from './activation.js'
import { type FunctionName, functionNames, functions } from './named.js'

type Options = { readonly fn: Rule<FunctionName>; readonly degree: Defaulted<number> }
const options: Options = { fn: oneOf(functionNames), degree: defaulted(nonNegativeInteger(), 25) }

const known = new Map<string, Dual<unknown>>()

function dualOf(name: FunctionName, degree: number): Dual<unknown> {
  const id = `${name} ${degree}`
  const { apply, kinked } = functions[name]
  const dual =
    known.get(id) ?? quadratureDual((x: Value) => apply(x), { kinked, plane: gaussHermite(degree) })
  known.set(id, dual)
  return dual
}

/** How far the grid is from the function's own dual, for inputs of variance 1. */
function errorOf(name: FunctionName, degree: number): number {
  return scope(() => {
    const one = tensor([1, 1])
    const covariances = { q: tensor([1, 0.6]), q11: one, q22: one }
    const numbers = ({ pair }: Dual<unknown>): readonly (readonly number[])[] => {
      const [t, slope] = pair(covariances, {})
      return [t, slope()].map((x) => Array.from((x as Tensor).dataSync(), Number))
    }
    const [grid, own] = [numbers(dualOf(name, degree)), numbers(functions[name].dual)]
    return Math.max(
      ...own.flatMap(([equal = 1, apart = 1], k) => {
        const [first = 0, second = 0] = grid[k] ?? []
        return [Math.abs(first - equal) / equal, Math.abs(second - apart) / equal]
      }),
    )
  })
}

/** To compare with programs that integrate so: the layer of the function itself is right to 1e-14. */
export const Numerical: Activation<Options, 'fn'> = activation({
  name: 'Numerical',
  summary:
    'A function by name, with its kernel by a Gauss-Hermite quadrature of `degree` points a side, whose error is that of few points: 1e-2 of elu.',
  options,
  examples: [{ fn: 'sigmoid', degree: 100 }],
  argument: 'fn',
  apply: (x, { fn }) => functions[fn].apply(x),
  dual: {
    pair: (covariances, { fn, degree }) => dualOf(fn, degree as number).pair(covariances, {}),
    variance: (q, { fn, degree }) => dualOf(fn, degree as number).variance(q, {}),
    error: ({ fn, degree }) => errorOf(fn, degree),
    mean: (q, { fn, degree }) => dualOf(fn, degree as number).mean?.(q, {}),
  },
})

/** Functions of a user's own: the same numbers as the activation that has them, and refusals where there can be none. */
import { abs, add, div, exp, mul, relu, sqrt, sub, type Tensor, tanh, tensor, type Value } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { activations, type KernelNet, kernelOf } from '../src/index.js'
import { close, dense, netOf, sample } from './helpers.js'

const none = { fn: null, nngpFn: null, dNngpFn: null, scale: 1 }
const around = (options: object): KernelNet => {
  const [before, after] = [netOf(dense(1.3, 0.2)), netOf(dense(0.9, 0.1))]
  return {
    kernel: [
      ...before.kernel,
      { kind: 'activation', name: 'Elementwise', options: { ...none, ...options } },
      ...after.kernel,
    ],
  }
}
const like = (activation: readonly unknown[]): KernelNet =>
  netOf(['serial', dense(1.3, 0.2), activation, dense(0.9, 0.1)])

const [x1, x2] = [sample(1, 4, 5), sample(2, 3, 5)]
function same(ours: KernelNet, theirs: KernelNet, tol: number): void {
  const [a, b] = [kernelOf(ours, x1, x2), kernelOf(theirs, x1, x2)]
  for (const name of ['nngp', 'ntk', 'cov1', 'cov2'] as const)
    close(a[name] as Tensor, (b[name] as Tensor).toNested(), tol)
}

describe('a function in ops', () => {
  test('has the kernel of the activation that it is', () => {
    same(around({ fn: <V extends Value>(x: V): V => tanh(x) }), like(['Tanh']), 1e-13)
    same(around({ fn: <V extends Value>(x: V): V => div(x, add(abs(x), 1)) }), like(['Softsign']), 1e-13)
    same(around({ fn: <V extends Value>(x: V): V => relu(x) }), like(['Relu']), 1e-12)
  })

  test('changes over the length that `scale` says', () => {
    const fn = <V extends Value>(x: V): V => mul(x, div(1, add(exp(mul(x, -20)), 1)))
    same(around({ fn, scale: 1 / 20 }), like(['Swish', { beta: 20 }]), 1e-12)
  })

  test.each([
    ['a kink away from 0', <V extends Value>(x: V): V => relu(sub(x, 1))],
    ['a growth as of e^x', <V extends Value>(x: V): V => exp(x)],
    ['a change over a shorter length', <V extends Value>(x: V): V => tanh(mul(x, 300))],
  ])('is refused with an estimate of the error where it has %s', (_, fn) => {
    expect(() => kernelOf(around({ fn }), x1)).toThrow(/by quadrature needs .*an estimated error of/s)
  })

  test('is refused where it jumps or has no number', () => {
    const step = <V extends Value>(x: V): V => div(x, abs(x))
    expect(() => kernelOf(around({ fn: step }), x1)).toThrow(/jumps at 0/)
    const root = <V extends Value>(x: V): V => sqrt(x)
    expect(() => kernelOf(around({ fn: root }), x1)).toThrow(/is not finite there/)
  })
})

describe('a kernel by a formula', () => {
  // Of φ(x) = x²: T = q11 q22 + 2 q²
  const square = (q: Value, q11: Value, q22: Value): Value => add(mul(q11, q22), mul(mul(q, q), 2))

  test('has its derivative by automatic differentiation', () => {
    same(around({ nngpFn: square }), like(['Monomial', { degree: 2 }]), 1e-13)
    same(around({ nngpFn: 'square' }), like(['Monomial', { degree: 2 }]), 1e-13)
  })

  test('or by a formula too', () => {
    const nets = around({ nngpFn: square, dNngpFn: (q: Value) => mul(q, 4) })
    same(nets, like(['Monomial', { degree: 2 }]), 1e-13)
    const wrong = kernelOf(around({ nngpFn: square, dNngpFn: (q: Value) => q }), x1).ntk as Tensor
    const right = kernelOf(nets, x1).ntk as Tensor
    expect(Math.abs((wrong.dataSync()[0] as number) - (right.dataSync()[0] as number))).toBeGreaterThan(1e-3)
  })

  test('has no finite network, and nothing at all is nothing', () => {
    const { apply } = activations.Elementwise
    expect(() => apply(tensor([1]), { ...none, nngpFn: square })).toThrow(/no finite network/)
    expect(() => kernelOf(around({}), x1)).toThrow(/needs `fn`/)
  })
})

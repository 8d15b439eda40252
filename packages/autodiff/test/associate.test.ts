import { type Aval, add, dotGeneral, matmul, type Tensor, transpose } from '@ntk/tensor'
import { expect, test } from 'vitest'
import {
  countProgram,
  evalProgram,
  grad,
  linearize,
  type Program,
  reassociate,
  trace,
  vjp,
  vmap,
} from '../src/index.js'
import { expectClose } from './support/compare.js'
import { floats, seed } from './support/inputs.js'

seed(5)

const shapesOf = ({ equations }: Program): string[] =>
  equations.flatMap((e): readonly Aval[] => e.outputs).map((v) => v.shape.join())

/** Both programs give the same numbers; the second is given back. */
function reordered(f: (...xs: Tensor[]) => unknown, ...xs: Tensor[]): Program {
  const program = trace(f as never, ...xs)
  const other = reassociate(program)
  const run = (p: Program): Tensor[] => [evalProgram<Tensor | Tensor[]>(p, ...xs)].flat()
  expectClose(run(other), run(program), 1e-13)
  expect(countProgram(other).flops).toBeLessThanOrEqual(countProgram(program).flops)
  return other
}

const dot = (a: Tensor, b: Tensor, i: number, j: number): Tensor =>
  dotGeneral(a, b, { lhsContract: [i], rhsContract: [j] })

test('an outer product that only one product meets is never made, however the operands stand', () => {
  const [x, a, b] = [floats([2, 30])(), floats([30, 1])(), floats([1, 40])()]
  const cases: ((x: Tensor, a: Tensor, b: Tensor) => Tensor)[] = [
    (p, u, v) => matmul(p, matmul(u, v)),
    (p, u, v) => dot(matmul(u, v), p, 0, 1),
    (p, u, v) => dot(p, dot(v, u, 0, 1), 1, 1),
    (p, u, v) => dot(dot(v, u, 0, 1), p, 1, 1),
    (p, u, v) => dot(transpose(p), dot(u, v, 1, 0), 0, 0),
  ]
  for (const f of cases) {
    const program = reordered(f, x, a, b)
    expect(shapesOf(program)).not.toContain('30,40')
    expect(shapesOf(program)).not.toContain('40,30')
  }
})

test('several axes are summed over at once, and some stay free', () => {
  const [p, a, b] = [floats([5, 4, 6])(), floats([2, 4, 3, 6])(), floats([3, 7, 8])()]
  const f = (x: Tensor, u: Tensor, v: Tensor): Tensor =>
    // u v is [2, 4, 6, 7, 8], of which p meets axes 2 and 1
    dotGeneral(x, dot(u, v, 2, 0), { lhsContract: [2, 1], rhsContract: [2, 1] })
  expect(shapesOf(reordered(f, p, a, b))).toEqual(['5,2,3', '5,2,7,8'])
  const g = (x: Tensor, u: Tensor, v: Tensor): Tensor =>
    dotGeneral(dot(v, u, 0, 2), x, { lhsContract: [4, 3], rhsContract: [2, 1] })
  expect(shapesOf(reordered(g, p, a, b))).toEqual(['5,2,3', '5,2,7,8', '7,8,2,5'])
})

test('products stay as they are where that is cheaper, where both factors are met, and where others read them', () => {
  const [x, a, b] = [floats([30, 6])(), floats([6, 5])(), floats([5, 6])()]
  expect(shapesOf(reordered((p, u, v) => matmul(p, matmul(u, v)), x, a, b))).toEqual(['6,6', '30,6'])
  const [y, u, v] = [floats([2, 30, 40])(), floats([30, 1])(), floats([1, 40])()]
  const both = (p: Tensor, q: Tensor, r: Tensor): Tensor =>
    dotGeneral(p, matmul(q, r), { lhsContract: [1, 2], rhsContract: [0, 1] })
  expect(shapesOf(reordered(both, y, u, v))).toEqual(['30,40', '2'])
  const twice = (p: Tensor, q: Tensor, r: Tensor): Tensor[] => {
    const g = matmul(q, r)
    return [matmul(p, g), g]
  }
  expect(shapesOf(reordered(twice, floats([2, 30])(), u, v))).toEqual(['30,40', '2,40'])
  const batch = (p: Tensor, q: Tensor, r: Tensor): Tensor => vmap(matmul)(p, vmap(matmul)(q, r))
  const stacks = [floats([3, 2, 30])(), floats([3, 30, 1])(), floats([3, 1, 40])()] as const
  expect(shapesOf(reordered(batch, ...stacks))).toContain('3,30,40')
})

test('chains of products are reordered from the inside out', () => {
  const f = (p: Tensor, q: Tensor, r: Tensor, s: Tensor): Tensor => matmul(p, matmul(q, matmul(r, s)))
  const program = reordered(f, floats([1, 20])(), floats([20, 20])(), floats([20, 20])(), floats([20, 20])())
  expect(shapesOf(program).every((shape) => shape === '1,20')).toBe(true)
})

test('the product of a Jacobian with its transpose and a vector makes no gradient of weights', () => {
  const [w, v, x, row] = [floats([30, 40])(), floats([40, 3])(), floats([5, 30])(), floats([1, 30])()]
  const net =
    (rows: Tensor) =>
    (p: Tensor, q: Tensor): Tensor =>
      matmul(add(matmul(rows, p), 1), q)
  const [, push] = linearize(net(x), w, v)
  const [, pullback] = vjp(net(row), w, v)
  const program = reordered((ct) => push(...pullback(ct)), floats([1, 3])())
  expect(shapesOf(program)).not.toContain('30,40')
  expect(shapesOf(program)).not.toContain('40,3')
})

test('a reordered program is differentiated and vectorized like any other', () => {
  const program = reassociate(
    trace((p: Tensor, u: Tensor) => matmul(p, matmul(u, transpose(u))), floats([2, 30])(), floats([30, 1])()),
  )
  const [p, us] = [floats([2, 30])(), floats([3, 30, 1])()]
  const plain = (u: Tensor): Tensor => matmul(p, matmul(u, transpose(u)))
  const run = (u: Tensor): Tensor => evalProgram<Tensor>(program, p, u)
  expectClose([vmap(run)(us)], [vmap(plain)(us)], 1e-13)
  const first = vmap((u: Tensor) => u)(us)
  const total =
    (f: (u: Tensor) => Tensor) =>
    (u: Tensor): Tensor =>
      dotGeneral(f(u), f(u), { lhsContract: [0, 1], rhsContract: [0, 1] })
  expectClose([vmap(grad(total(run)))(first)], [vmap(grad(total(plain)))(first)], 1e-12)
})

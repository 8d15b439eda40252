import {
  abs,
  acos,
  add,
  arange,
  cast,
  cholesky,
  div,
  eigh,
  erfInv,
  logDet,
  matmul,
  matrixTranspose,
  max,
  maximum,
  min,
  minimum,
  mul,
  pow,
  reshape,
  sin,
  solve,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor,
  where,
  windowMax,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { grad, jvp } from '../src/index.js'
import { expectClose } from './support/compare.js'

const slope = (f: (x: Tensor) => Tensor, x: number): number => grad(f)(tensor(x)).item()

describe('where a function has a kink or an edge', () => {
  test('ties of maximum and minimum give each side half', () => {
    expect(
      grad((a: Tensor, b: Tensor) => maximum(a, b), { argnums: [0, 1] })(tensor(2), tensor(2)).map((g) =>
        g.item(),
      ),
    ).toEqual([0.5, 0.5])
    expect(
      grad((a: Tensor, b: Tensor) => minimum(a, b), { argnums: [0, 1] })(tensor(2), tensor(2)).map((g) =>
        g.item(),
      ),
    ).toEqual([0.5, 0.5])
  })

  test('ties of reductions share the derivative equally', () => {
    expect(grad((x: Tensor) => max(x))(tensor([1, 3, 3, 3])).toNested()).toEqual([0, 1 / 3, 1 / 3, 1 / 3])
    expect(grad((x: Tensor) => min(x))(tensor([1, 1, 3])).toNested()).toEqual([0.5, 0.5, 0])
  })

  test('a window gives its derivative to the first of equal maxima', () => {
    expect(grad((x: Tensor) => sum(windowMax(x, { window: [2] })))(tensor([1, 1, 0])).toNested()).toEqual([
      1, 1, 0,
    ])
  })

  test('|x| has slope 0 at 0, and √x an infinite one', () => {
    expect(slope(abs, 0)).toBe(0)
    expect(slope(sqrt, 0)).toBe(Number.POSITIVE_INFINITY)
    expect(slope(acos, 1)).toBe(Number.NEGATIVE_INFINITY)
  })

  test('powers with whole exponents are differentiable at 0', () => {
    expect(slope((x) => pow(x, 2), 0)).toBe(0)
    expect(slope((x) => pow(x, 1), 0)).toBe(1)
    expect(slope((x) => pow(x, 0), 0)).toBe(0)
    expect(slope((x) => pow(x, 3), -2)).toBe(12)
    expect(
      slope(
        grad((x: Tensor) => pow(x, 2)),
        0,
      ),
    ).toBe(2)
    expect(grad((y: Tensor) => pow(tensor(0), y))(tensor(2)).item()).toBe(0)
  })

  test('a branch not taken does not disturb the other when its argument is made safe', () => {
    const safe = (x: Tensor): Tensor => {
      const positive = where(cast(x, 'bool'), x, 1)
      return where(cast(x, 'bool'), sqrt(positive), 0)
    }
    expect(slope(safe, 0)).toBe(0)
    expect(slope(safe, 4)).toBe(0.25)
  })

  test('integers and comparisons are constants', () => {
    expect(grad((x: Tensor) => sum(mul(cast(arange(3), 'float64'), x)))(tensor(1)).item()).toBe(3)
    expect(slope((x) => mul(cast(cast(x, 'int32'), 'float64'), x), 2.5)).toBe(2)
  })

  test('erfInv has the slope of the inverse', () => {
    const y = 0.4
    expect(slope(erfInv, y)).toBeCloseTo(
      (Math.sqrt(Math.PI) / 2) * Math.exp(erfInv(tensor(y)).item() ** 2),
      12,
    )
  })
})

describe('linear algebra', () => {
  const a = tensor([
    [4, 1, 0.5],
    [1, 3, -0.2],
    [0.5, -0.2, 2],
  ])
  const symmetric = (x: Tensor): Tensor => div(add(x, matrixTranspose(x)), 2)

  test('the gradient of log det of a symmetric matrix is its inverse', () => {
    const g = grad((x: Tensor) => logDet(symmetric(x)))(a)
    expectClose(
      [g],
      [
        solve(
          a,
          tensor([
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ]),
        ),
      ],
      1e-13,
    )
  })

  test('a quadratic form in the inverse, by solve and by Cholesky, has gradient −A⁻¹ y yᵀ A⁻¹', () => {
    const y = tensor([1, -2, 0.5])
    const energy = (x: Tensor): Tensor => sum(mul(y, solve(x, y)))
    const whitened = (x: Tensor): Tensor => {
      const l = cholesky(symmetric(x))
      return sum(square(solve(l, y)))
    }
    const v = solve(a, y)
    const expected = mul(matmul(reshape(v, [3, 1]), reshape(v, [1, 3])), -1)
    expectClose([grad(energy)(a), grad(whitened)(a)], [expected, expected], 1e-13)
  })

  test('the sum of eigenvalue functions has the gradient of the matrix function', () => {
    const g = grad((x: Tensor) => sum(sin(eigh(symmetric(x)).values)))(a)
    const { values, vectors } = eigh(a)
    const cosines = jvp(sin<Tensor>, [values], [tensor([1, 1, 1])])[1]
    expectClose([g], [matmul(mul(vectors, cosines), matrixTranspose(vectors))], 1e-13)
  })

  test('equal eigenvalues do not make derivatives infinite that do not depend on the choice of eigenvectors', () => {
    const identity = tensor([
      [2, 0],
      [0, 2],
    ])
    const projector = (x: Tensor): Tensor => {
      const { values, vectors } = eigh(x)
      return sum(square(matmul(mul(vectors, values), matrixTranspose(vectors))))
    }
    expectClose([grad((x: Tensor) => projector(symmetric(x)))(identity)], [mul(identity, 2)], 1e-13)
  })
})

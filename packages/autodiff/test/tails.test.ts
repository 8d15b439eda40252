/** Derivatives far out, where a formula in y = f(x) would have lost them: values by mpmath, 60 digits. */
import {
  acosh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  eigh,
  erf,
  erfc,
  expm1,
  type FloatDType,
  log1p,
  logistic,
  logSoftmax,
  logSumExp,
  norm,
  rsqrt,
  softmax,
  sqrt,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  type Value,
  zeros,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { grad, jvp } from '../src/index.js'

const functions = { tanh, logistic, expm1, asinh, acosh, atan, erf, erfc, log1p, atanh, asin, sqrt, rsqrt }

/** x, f'(x) and f''(x). */
const values: readonly (readonly [keyof typeof functions, number, number, number])[] = [
  ['tanh', 20, 1.6993417021166355e-17, -3.398683404233271e-17],
  ['tanh', -20, 1.6993417021166355e-17, 3.398683404233271e-17],
  ['tanh', 300, 1.0601586212017243e-260, -2.1203172424034486e-260],
  ['tanh', 0.5, 0.7864477329659274, -0.7268619813835873],
  ['tanh', 1000, 0, 0],
  ['logistic', 40, 4.248354255291589e-18, -4.248354255291589e-18],
  ['logistic', -40, 4.248354255291589e-18, 4.248354255291589e-18],
  ['logistic', 700, 9.85967654375977e-305, -9.85967654375977e-305],
  ['logistic', -700, 9.85967654375977e-305, 9.85967654375977e-305],
  ['logistic', 0, 0.25, 0],
  ['logistic', -1000, 0, 0],
  ['expm1', -40, 4.248354255291589e-18, 4.248354255291589e-18],
  ['expm1', -700, 9.85967654375977e-305, 9.85967654375977e-305],
  ['expm1', 1e-9, 1.000000001, 1.000000001],
  ['asinh', 1e200, 1e-200, 0],
  ['asinh', -1e160, 1e-160, 1e-320],
  ['asinh', 0.5, 0.8944271909999159, -0.35777087639996635],
  ['asinh', -3, 0.31622776601683794, 0.09486832980505137],
  ['acosh', 1e200, 1e-200, 0],
  ['acosh', 1.5, 0.8944271909999159, -1.0733126291998991],
  ['atan', 1e50, 1e-100, -2e-150],
  ['atan', 0.3, 0.9174311926605505, -0.5050079959599361],
  ['erf', 5, 1.5670866531017336e-11, -1.5670866531017336e-10],
  ['erf', -5, 1.5670866531017336e-11, 1.5670866531017336e-10],
  ['erf', 20, 2.1610374743867984e-174, -8.644149897547193e-173],
  ['erfc', 20, -2.1610374743867984e-174, 8.644149897547193e-173],
  ['erfc', -1, -0.4151074974205947, -0.8302149948411894],
  ['log1p', 2 ** -40 - 1, 1099511627776, -1.2089258196146292e24],
  ['log1p', 1e200, 1e-200, 0],
  ['atanh', 1 - 2 ** -30, 536870912.25, 5.764607523034235e17],
  ['asin', 1 - 2 ** -30, 23170.475011315586, 12439554045005.59],
  ['sqrt', 1e-300, 5e149, Number.NEGATIVE_INFINITY],
  ['rsqrt', 1e-100, -5e149, 7.5e249],
]

/** The same to a share of the value; both dtypes have their smallest numbers, below which 0 is right. */
function near(got: number, right: number, dtype: FloatDType, ulps: number): void {
  const [eps, tiny, huge] = dtype === 'float64' ? [2 ** -52, 1e-307, 1.7e308] : [2 ** -23, 1e-37, 3.4e38]
  if (Math.abs(right) > huge) expect(got).toBe(Math.sign(right) * Number.POSITIVE_INFINITY)
  else expect(Math.abs(got - right)).toBeLessThanOrEqual(ulps * eps * Math.abs(right) + tiny)
}

const scalarGrad = (f: (x: Tensor) => Value) => grad(f as (x: Tensor) => Tensor)

describe.each(['float64', 'float32'] as const)('%s', (dtype) => {
  const within = dtype === 'float64' ? 1e308 : 1e38
  const inRange = values.filter(
    ([, x]) => Math.fround(x) === x || (dtype === 'float64' && Math.abs(x) < within),
  )

  test.each(inRange)("%s'(%f) and its derivative", (name, x, first, second) => {
    const f = functions[name] as (v: Tensor) => Tensor
    const at = tensor(x, { dtype })
    // e^(−x²) has the rounding of x², and asin x that of 1 − x, which is exact
    const ulps = 8 + 2 * (name.startsWith('erf') || name === 'tanh' ? x * x : Math.min(Math.abs(x), 800))
    near(scalarGrad(f)(at).item(), first, dtype, ulps)
    near(jvp(f, [at], [tensor(1, { dtype })])[1].item(), first, dtype, ulps)
    near(scalarGrad(scalarGrad(f))(at).item(), second, dtype, 4 * ulps)
  })

  test('norm has finite derivatives at zeros, tiny and huge elements', () => {
    const [tiny, huge] = dtype === 'float64' ? [2 ** -700, 2 ** 700] : [2 ** -100, 2 ** 100]
    const slope = (x: number[]): number[] =>
      grad((v: Tensor) => norm(v))(tensor(x, { dtype })).toNested() as number[]
    expect(slope([0, 0, 0])).toEqual([0, 0, 0])
    for (const s of [1, tiny, huge]) {
      expect(norm(tensor([3 * s, 4 * s], { dtype })).item()).toBe(5 * s)
      slope([3 * s, 4 * s]).forEach((v, i) => expect(v).toBeCloseTo([0.6, 0.8][i] as number, 6))
    }
    const rows = (v: Tensor): Tensor => sum(norm(v, { axis: 1 }))
    expect(
      grad(rows)(
        tensor(
          [
            [0, 0],
            [2, 0],
          ],
          { dtype },
        ),
      ).toNested(),
    ).toEqual([
      [0, 0],
      [1, 0],
    ])
    expect(norm(zeros([0], dtype)).item()).toBe(0)
  })

  test('angles have derivatives at tiny and huge points', () => {
    const [tiny, huge] = dtype === 'float64' ? [2 ** -600, 2 ** 600] : [2 ** -80, 2 ** 80]
    for (const s of [1, tiny, huge]) {
      const [da, db] = grad((a: Tensor, b: Tensor) => atan2(a, b), { argnums: [0, 1] })(
        tensor(s, { dtype }),
        tensor(s, { dtype }),
      )
      expect([da.item() * s, db.item() * s]).toEqual([0.5, -0.5])
    }
  })

  test('softmax and its logarithm shift first: large and equal, large and near, and their derivatives', () => {
    const x = (v: number[]): Tensor => tensor(v, { dtype })
    expect(softmax(x([1e16, 1e16])).toNested()).toEqual([0.5, 0.5])
    expect(logSoftmax(x([1e16, 1e16])).toNested()).toEqual(
      [Math.LN2, Math.LN2].map((v) => -(dtype === 'float64' ? v : Math.fround(v))),
    )
    near((softmax(x([1000, 1002.5])).toNested() as number[])[0] as number, 0.07585818002124355, dtype, 2)
    near((logSoftmax(x([-1e7, -1e7 - 2])).toNested() as number[])[1] as number, -2.126928011042973, dtype, 2)
    const first = (f: (v: Tensor) => Tensor) => grad((v: Tensor) => take(f(v), tensor(0, { dtype: 'int32' })))
    const share = (v: number[]): number[] => first(softmax)(x(v)).toNested() as number[]
    expect(share([1e16, 1e16])).toEqual([0.25, -0.25])
    // p (1 − p) of p = 1 − 2e−9
    for (const [at, sign] of [
      [0, 1],
      [1, -1],
    ] as const)
      near(share([1e4, 1e4 - 20])[at] as number, sign * 2.0611536139418497e-9, dtype, 4)
    for (const [at, sign] of [
      [0, 1],
      [1, -1],
    ] as const) {
      const log = first(logSoftmax)(x([1e4, 1e4 - 20])).toNested() as number[]
      near(log[at] as number, sign * 2.0611536181902037e-9, dtype, 4)
    }
    expect(grad((v: Tensor) => logSumExp(v))(x([1e16, 1e16])).toNested()).toEqual([0.5, 0.5])
  })

  test('elements of minus infinity have no share and no slope; a row of nothing else has no shares', () => {
    const x = tensor(
      [
        [0, Number.NEGATIVE_INFINITY],
        [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      ],
      { dtype },
    )
    expect(softmax(x).toNested()).toEqual([
      [1, 0],
      [Number.NaN, Number.NaN],
    ])
    expect(logSoftmax(x).toNested()).toEqual([
      [0, Number.NEGATIVE_INFINITY],
      [Number.NaN, Number.NaN],
    ])
    expect(logSumExp(x, { axis: 1 }).toNested()).toEqual([0, Number.NEGATIVE_INFINITY])
    const row = tensor([0, Number.NEGATIVE_INFINITY], { dtype })
    expect(grad((v: Tensor) => sum(softmax(v)))(row).toNested()).toEqual([0, 0])
    expect(grad((v: Tensor) => logSumExp(v))(row).toNested()).toEqual([1, 0])
  })
})

test('eigenvalues of no matrix have an empty gradient', () => {
  expect(grad((a: Tensor) => sum(eigh(a).values))(zeros([0, 0])).shape).toEqual([0, 0])
  expect(grad((a: Tensor) => sum(eigh(a).vectors))(zeros([2, 0, 0])).shape).toEqual([2, 0, 0])
  expect(grad((a: Tensor) => sum(eigh(a).values))(zeros([0, 3, 3])).shape).toEqual([0, 3, 3])
})

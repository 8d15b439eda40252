import { add, cast, eye, key, matmul, mul, normal, solve, sub, tensorFromData, transpose } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gpInference, gradientDescentMse, maxLearningRate } from '../src/index.js'
import { thrown, worst } from './helpers.js'

// more than one tile a side, and not a whole number of them
const n = 150
const a = normal(key(0), [n, n + 20])
const k = mul(matmul(a, transpose(a)), 1 / n)
const y = normal(key(1), [n, 2])

/** k with one entry changed. */
const changed = (i: number, j: number, by: number): ReturnType<typeof eye> => {
  const data = (k.dataSync() as Float64Array).slice()
  data[i * n + j] = (data[i * n + j] as number) + by
  return tensorFromData(data, [n, n])
}

describe('a kernel of the training set', () => {
  const readers = {
    gpInference: (x: typeof k) => gpInference(x, y),
    gradientDescentMse: (x: typeof k) => gradientDescentMse(x, y),
    maxLearningRate: (x: typeof k) => maxLearningRate(x),
  }

  it.each(Object.entries(readers))('is read whole by %s: one wrong entry anywhere is named', (_, read) => {
    for (const [i, j] of [
      [1, 0],
      [149, 0],
      [0, 149],
      [64, 63],
      [128, 149],
      [149, 148],
    ] as const) {
      const [row, column] = i > j ? [i, j] : [j, i]
      const error = thrown(() => read(changed(i, j, 1e-3)))
      expect(error.code).toBe('value')
      expect(error.message).toMatch(new RegExp(`at \\[(${row}, ${column}|${column}, ${row})\\]`))
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        const { code, message } = thrown(() => read(changed(i, j, bad)))
        expect(code).toBe('not-finite')
        expect(message).toContain(`[${i}, ${j}]`)
      }
    }
    expect(thrown(() => read(changed(149, 149, Number.NaN))).message).toContain('[149, 149]')
    expect(() => read(changed(7, 3, 1e-9))).not.toThrow()
  })

  it('is not written to by gpInference, whose posterior solves the regularized system', () => {
    const before = Array.from(k.dataSync())
    const cross = mul(matmul(normal(key(2), [5, n + 20]), transpose(a)), 1 / n)
    const { mean } = gpInference(k, y, { diagReg: 0.2, diagRegAbsolute: true })({ kTestTrain: cross })
    expect(Array.from(k.dataSync())).toEqual(before)
    expect(worst(mean, matmul(cross, solve(add(k, mul(eye(n), 0.2)), y)))).toBeLessThan(1e-11)
  })

  it('that is given away is used up, in either dtype, and the posterior is the same', () => {
    const cross = mul(matmul(normal(key(2), [5, n + 20]), transpose(a)), 1 / n)
    for (const dtype of ['float64', 'float32'] as const) {
      const given = cast(mul(k, 1), dtype)
      const kept = gpInference(mul(given, 1), y, { diagReg: 0.2 })({ kTestTrain: cross, kTestTest: eye(5) })
      const { mean, covariance } = gpInference(given, y, { diagReg: 0.2, donate: true })({
        kTestTrain: cross,
        kTestTest: eye(5),
      })
      expect(mean.toNested()).toEqual(kept.mean.toNested())
      expect(covariance?.toNested()).toEqual(kept.covariance?.toNested())
      expect(given.disposed).toBe(true)
      expect(thrown(() => mul(given, 1)).code).toMatch(/donated|freed/)
    }
    const singular = mul(k, 0)
    expect(thrown(() => gpInference(singular, y, { donate: true })).message).toMatch(/The kernel is 0/)
    expect(singular.disposed).toBe(true)
  })

  it('without a Cholesky factor is an error of gpInference with the pivot and the cause', () => {
    const zeros = thrown(() => gpInference(mul(k, 0), y, { diagReg: 1e-3 }))
    expect(zeros.code).toBe('not-positive-definite')
    expect(zeros.message).toMatch(/pivot 0.*The kernel is 0/)
    expect(zeros.message).not.toMatch(/diagReg: /)
    const bent = sub(k, mul(eye(n), 0.5))
    const { message } = thrown(() => gpInference(bent, y, { diagReg: 1e-4 }))
    expect(message).toMatch(/pivot \d+ of -.*regularizer/)
    expect(message).toMatch(/Use diagReg: 1e-2 or more/)
  })
})

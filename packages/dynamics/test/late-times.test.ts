import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import {
  add,
  cast,
  concatenate,
  diagonal,
  eye,
  key,
  matmul,
  mul,
  normal,
  slice,
  solve,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gradientDescentMse, gradientDescentMseEnsemble } from '../src/index.js'
import { thrown, worst } from './helpers.js'

const layer = [Dense(64, { wStd: 1.5, bStd: 0.1 }), Relu()]
const net = serial(...layer, ...layer, ...layer, Dense(1, { wStd: 1.5, bStd: 0.1 }))
const kernel = kernelFn(net)
const late = [1e6, 1e8, 1e12, 1e16, 1e20]

const regularized = (k: Tensor, diagReg: number): Tensor => {
  const n = k.shape[0] as number
  return add(k, mul(eye(n), (diagReg * sum(diagonal(k)).item()) / n))
}

describe('an ensemble at late times', () => {
  const [n, m] = [60, 3]
  const [x, xTest, y] = [normal(key(0), [n, 4]), normal(key(1), [m, 4]), normal(key(2), [n, 1])]
  const diagReg = 1e-5

  it('of data in float32 settles on the solution of the regularized system, in the dtype of y', async () => {
    const [x32, xTest32] = [cast(x, 'float32'), cast(xTest, 'float32')]
    const predict = await gradientDescentMseEnsemble(kernel, x32, cast(y, 'float32'), { diagReg })
    // the same numbers in float64, solved by elimination
    const [a, b] = [cast(x32, 'float64'), cast(xTest32, 'float64')]
    const y32 = cast(cast(y, 'float32'), 'float64')
    for (const get of ['nngp', 'ntk'] as const) {
      const k = await kernel(a, null, { get })
      const end = matmul(await kernel(b, a, { get }), solve(regularized(k, diagReg), y32))
      for (const t of [1e12, 1e16, 1e20, Infinity]) {
        const { mean, covariance } = await predict({ get, t, xTest: xTest32 })
        expect(mean.dtype).toBe('float32')
        expect(covariance.dtype).toBe('float32')
        expect(worst(cast(mean, 'float64'), end)).toBeLessThan(1e-6)
      }
    }
  })

  it('of kernels in float32 does not drift, is not singular with a regularizer, and is near that of float64', async () => {
    // on a line eigenvalues of a deep kernel fall below the rounding of float32
    const [line, points] = [cast(normal(key(0), [n, 1]), 'float32'), cast(normal(key(1), [m, 1]), 'float32')]
    const kernels = await kernel(line)
    const kTestTrain = await kernel(points, line)
    const predict = gradientDescentMseEnsemble(kernels, y, { diagReg })
    const exact = await gradientDescentMseEnsemble(kernel, line, y, { diagReg })
    for (const get of ['nngp', 'ntk'] as const) {
      const end = (await exact({ get, xTest: points, covariance: false })).mean
      for (const t of [1e12, 1e16, 1e20, Infinity]) {
        const { mean } = predict({ get, t, test: { kTestTrain }, covariance: false })
        expect(worst(mean, end)).toBeLessThan(0.03)
      }
    }
  })
})

describe('repeated samples with unequal labels', () => {
  const [n, m] = [12, 4]
  const once = normal(key(3), [n, 3])
  const x = concatenate([once, once], 0)
  const xTest = normal(key(4), [m, 3])
  const [first, second] = [normal(key(5), [n, 1]), normal(key(6), [n, 1])]
  const y = concatenate([first, second], 0)

  /** What training fits of two labels of one sample is their mean: the system of the samples taken once. */
  const limit = async (get: 'nngp' | 'ntk'): Promise<Tensor> => {
    const k = await kernel(once, null, { get })
    return matmul(await kernel(xTest, once, { get }), solve(k, mul(add(first, second), 0.5)))
  }

  it('settle on the limit of what the kernel can move, at every late time', async () => {
    const predict = await gradientDescentMseEnsemble(kernel, x, y)
    for (const get of ['nngp', 'ntk'] as const) {
      const want = await limit(get)
      for (const t of late.slice(2)) {
        expect(worst((await predict({ get, t, xTest, covariance: false })).mean, want)).toBeLessThan(1e-9)
      }
    }
    const [k, kTestTrain] = [await kernel(x, null, { get: 'ntk' }), await kernel(xTest, x, { get: 'ntk' })]
    const { test, train, representer } = gradientDescentMse(k, y)({ t: late, kTestTrain })
    const want = await limit('ntk')
    for (let i = 2; i < late.length; i++) expect(worst(slice(test, i), want)).toBeLessThan(1e-9)
    const mean = mul(add(first, second), 0.5)
    expect(worst(slice(train, -1), concatenate([mean, mean], 0))).toBeLessThan(1e-9)
    expect(worst(matmul(kTestTrain, slice(representer, -1)), want)).toBeLessThan(1e-9)
  })

  it("throw at t = Infinity unless singular: 'range' asks for that limit, at construction or at the call", async () => {
    const want = await limit('ntk')
    const k = await kernel(x)
    const kTestTrain = await kernel(xTest, x)
    const mse = gradientDescentMse(k.ntk, y)
    expect(thrown(() => mse({ t: Infinity })).code).toBe('singular')
    expect(thrown(() => mse()).message).toContain("singular: 'range'")
    const test = { kTestTrain: kTestTrain.ntk, t: Infinity }
    expect(worst(mse({ ...test, singular: 'range' }).test, want)).toBeLessThan(1e-9)
    const always = gradientDescentMse(k.ntk, y, { singular: 'range' })
    expect(worst(always(test).test, want)).toBeLessThan(1e-9)
    expect(thrown(() => always({ ...test, singular: 'error' })).code).toBe('singular')
    const ensemble = gradientDescentMseEnsemble(k, y)
    expect(thrown(() => ensemble({ get: 'ntk' })).code).toBe('singular')
    const { mean } = ensemble({ get: 'ntk', singular: 'range', covariance: false, test: { kTestTrain } })
    expect(worst(mean, want)).toBeLessThan(1e-9)
  })

  it('start where they started along what the kernel cannot move', () => {
    const k = matmul(x, transpose(x))
    const start = normal(key(7), [2 * n, 1])
    const { train } = gradientDescentMse(k, y, { singular: 'range' })({ fTrain0: start })
    // the residual of least squares: what is left of y − start has no part in the span of x
    const left = matmul(transpose(x), sub(train, y))
    expect(worst(left, mul(left, 0))).toBeLessThan(1e-9)
    const moved = sub(train, start)
    const w = solve(matmul(transpose(x), x), matmul(transpose(x), moved))
    expect(worst(matmul(x, w), moved)).toBeLessThan(1e-9)
  })
})

describe('advice on a kernel without inverse', () => {
  const twice = tensor([
    [1, 1],
    [1, 1],
  ])
  const y = tensor([[1], [0]])
  const zeroKernel = mul(twice, 0)

  it('names a kernel of zeros, which a relative regularizer leaves as it is', () => {
    for (const options of [{}, { diagReg: 1e-3 }]) {
      const { message, code } = thrown(() => gradientDescentMse(zeroKernel, y, options)({ t: Infinity }))
      expect(code).toBe('singular')
      expect(message).toMatch(/The kernel is 0/)
      expect(message).not.toMatch(/diagReg: /)
    }
    const { train } = gradientDescentMse(zeroKernel, y, { singular: 'range' })({ fTrain0: y })
    expect(worst(train, y)).toBe(0)
  })

  it('does not offer a smaller regularizer than there is, and what it offers helps', () => {
    expect(() => gradientDescentMse(twice, y, { diagReg: 1e-4 })({ t: Infinity })).not.toThrow()
    const lost = thrown(() => gradientDescentMse(twice, y, { diagReg: 1e-20 })({ t: Infinity })).message
    expect(lost).toMatch(/regularizer 1e-20 is lost in rounding.*diagReg: 1e-6 or more/)
    const absolute = { diagReg: 1e-20, diagRegAbsolute: true }
    const big = mul(twice, 1e9)
    const fix = thrown(() => gradientDescentMse(big, y, absolute)({ t: Infinity })).message
    const [, number] = fix.match(/diagReg: (\S+) with diagRegAbsolute: true or more/) ?? []
    expect(() =>
      gradientDescentMse(big, y, { ...absolute, diagReg: Number(number) })({ t: Infinity }),
    ).not.toThrow()
    const negative = sub(mul(twice, 0.5), eye(2))
    const shifted = add(negative, mul(eye(2), 0.9))
    const offered = thrown(() => gradientDescentMse(shifted, y, { diagReg: 1e-4 })).message
    const [, enough] = offered.match(/Use diagReg: (\S+) or more/) ?? []
    expect(() => gradientDescentMse(shifted, y, { diagReg: Number(enough) })).not.toThrow()
  })
})

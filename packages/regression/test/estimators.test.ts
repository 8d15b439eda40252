import { gpInference } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, Flatten, Relu, serial } from '@ntk/stax'
import { cast, cpuBackend, key, mul, normal, slice, type Tensor, tensor, tensorFromData } from '@ntk/tensor'
import { describe, expect, test, vi } from 'vitest'
import { kernelClassifier, kernelRegressor, leaveOneOut, logMarginalLikelihood } from '../src/index.js'
import { expectNear, refusal } from './support.js'

const dense = { wStd: 1.5, bStd: 0.3 }
const net = serial(Dense(1, dense), Erf(), Dense(1, dense))
const x = normal(key(0), [20, 3])
const xTest = normal(key(1), [70, 3])
const y = normal(key(2), [20, 2])

describe.each(['nngp', 'ntk'] as const)('regression by %s', (get) => {
  test('has the mean and the standard deviation of the posterior', async () => {
    const f = kernelFn(net)
    const k = await f(x, null, { get })
    const posterior = gpInference(k, y, { diagReg: 0.01 })
    const kTestTest = await f(xTest, null, { get })
    const { mean, covariance } = posterior({ kTestTrain: await f(xTest, x, { get }), kTestTest })
    const deviations = Array.from({ length: 140 }, (_, i) =>
      Math.sqrt((covariance as Tensor).dataSync()[Math.floor(i / 2) * 71] as number),
    )
    const model = await kernelRegressor(net, { get, diagReg: 0.01 }).fit(x, y)
    const got = await model.predict(xTest)
    expectNear(got.mean.dataSync(), mean.dataSync(), 1e-11)
    expectNear(got.standardDeviation.dataSync(), deviations, 1e-11)
    expect(got.standardDeviation.shape).toEqual([70, 2])
    expect(model.logMarginalLikelihood).toBeCloseTo(logMarginalLikelihood(k, y, { diagReg: 0.01 }), 9)
    const observed = await model.predict(xTest, { get: 'standardDeviation', of: 'observation' })
    expectNear(
      observed.dataSync(),
      deviations.map((d) => Math.sqrt(d * d + model.noise)),
      1e-11,
    )
  })

  test('is the same by a kernel function, by kernels handed in, and by eigenvectors', async () => {
    const f = kernelFn(net)
    const options = { get, diagReg: 0.01 }
    const want = await (await kernelRegressor(net, options).fit(x, y)).predict(xTest)
    const byFunction = await kernelRegressor((a, b) => f(a, b, { get }), options).fit(x, y)
    const byEigenvectors = await kernelRegressor(net, { ...options, factorization: 'eigen' }).fit(x, y)
    for (const model of [byFunction, byEigenvectors]) {
      const got = await model.predict(xTest)
      expectNear(got.mean.dataSync(), want.mean.dataSync(), 1e-10)
      expectNear(got.standardDeviation.dataSync(), want.standardDeviation.dataSync(), 1e-10)
    }
    const handed = await kernelRegressor('precomputed', options).fit(await f(x, null, { get }), y)
    const [kTestTrain, kTestTest] = [await f(xTest, x, { get }), await f(xTest, null, { get })]
    const got = await handed.predict(kTestTrain, { kTestTest })
    expectNear(got.mean.dataSync(), want.mean.dataSync(), 1e-10)
    expectNear(got.standardDeviation.dataSync(), want.standardDeviation.dataSync(), 1e-10)
    expect(await refusal(() => handed.predict(kTestTrain))).toMatch(/^option: .*kTestTest/)
  })

  test.each(['cholesky', 'eigen'] as const)(
    'takes another noise by %s as a new fit would, without a new kernel',
    async (factorization) => {
      let kernels = 0
      const counted = (a: Tensor, b: Tensor | null): Promise<Tensor> => {
        kernels++
        return kernelFn(net)(a, b, { get })
      }
      const ran = vi.spyOn(cpuBackend(), 'run')
      const count = (name: string): number =>
        ran.mock.calls.filter(([primitive]) => primitive === name).length
      const first = await kernelRegressor(counted, { factorization, diagReg: 0.01 }).fit(x, y)
      const factored = { cholesky: count('cholesky'), eigh: count('eigh') }
      const second = await first.withNoise({ diagReg: 0.3 })
      expect(kernels).toBe(1)
      const again = { cholesky: count('cholesky'), eigh: count('eigh') }
      ran.mockRestore()
      expect([factored, again]).toEqual(
        factorization === 'eigen'
          ? [
              { cholesky: 0, eigh: 1 },
              { cholesky: 0, eigh: 1 },
            ]
          : [
              { cholesky: 1, eigh: 0 },
              { cholesky: 2, eigh: 0 },
            ],
      )
      const anew = await kernelRegressor(net, { get, diagReg: 0.3 }).fit(x, y)
      expect(second.noise).toBeCloseTo(anew.noise, 12)
      expect(second.logMarginalLikelihood).toBeCloseTo(anew.logMarginalLikelihood, 9)
      const [got, want] = [
        await second.predict(xTest, { get: 'mean' }),
        await anew.predict(xTest, { get: 'mean' }),
      ]
      expectNear(got.dataSync(), want.dataSync(), 1e-11)
    },
  )
})

test('standardized targets are fitted in units of their own, and their density counts in those that were given', async () => {
  const far = tensorFromData(
    Float64Array.from(y.dataSync(), (v, i) => (i % 2 === 0 ? 1e6 + 3 * v : 1e-3 * v)),
    [20, 2],
  )
  const model = await kernelRegressor(net, { diagReg: 0.1, standardize: true }).fit(x, far)
  const plain = await kernelRegressor(net, { diagReg: 0.1, standardize: true }).fit(x, y)
  const [a, b] = [await model.predict(xTest), await plain.predict(xTest)]
  const place = Array.from(b.mean.dataSync(), (v, i) => (i % 2 === 0 ? 1e6 + 3 * v : 1e-3 * v))
  expectNear(a.mean.dataSync(), place, 1e-8)
  const spread = Array.from(b.standardDeviation.dataSync(), (v, i) => (i % 2 === 0 ? 3 * v : 1e-3 * v))
  expectNear(a.standardDeviation.dataSync(), spread, 1e-8)
  expect(model.logMarginalLikelihood - plain.logMarginalLikelihood).toBeCloseTo(-20 * Math.log(3e-3), 6)
})

describe('the output scale by leave-one-out', () => {
  const k = kernelFn(net)(x, null, { get: 'nngp' })
  const handed = {
    across: kernelFn(net)(xTest, x, { get: 'nngp' }),
    own: kernelFn(net)(xTest, null, { get: 'nngp' }),
  }

  test('is that at which left-out targets lie one standard deviation away, and a process of kernel and noise times its square', async () => {
    const options = { diagReg: 0.05 } as const
    const plain = await kernelRegressor('precomputed', options).fit(await k, y)
    const model = await kernelRegressor('precomputed', { ...options, outputScale: 'leave-one-out' }).fit(
      await k,
      y,
    )
    const { mean, standardDeviation } = leaveOneOut(await k, y, options)
    const apart = (c: number): number =>
      Array.from({ length: 20 }, (_, i) => {
        const [target, predicted] = [y, mean].map((t) => t.dataSync()[2 * i + c] as number) as [
          number,
          number,
        ]
        return ((target - predicted) / (standardDeviation.dataSync()[i] as number)) ** 2
      }).reduce((sum, v) => sum + v / 20, 0)
    expectNear(model.outputScales, [Math.sqrt(apart(0)), Math.sqrt(apart(1))], 1e-12)
    expect(Array.from(plain.outputScales)).toEqual([1, 1])
    const [kTestTrain, kTestTest] = [await handed.across, await handed.own]
    const [a, b] = [
      await model.predict(kTestTrain, { kTestTest }),
      await plain.predict(kTestTrain, { kTestTest }),
    ]
    expect(a.mean.dataSync()).toEqual(b.mean.dataSync())
    let likelihood = 0
    for (const c of [0, 1]) {
      const square = (model.outputScales[c] as number) ** 2
      const column = tensorFromData(y.dataSync().filter((_, i) => i % 2 === c) as Float64Array, [20])
      const scaled = await kernelRegressor('precomputed', options).fit(mul(await k, square), column)
      likelihood += scaled.logMarginalLikelihood
      const want = await scaled.predict(mul(kTestTrain, square), {
        kTestTest: mul(kTestTest, square),
        of: 'observation',
      })
      const own = await model.predict(kTestTrain, { kTestTest, get: 'standardDeviation', of: 'observation' })
      expectNear(
        own.dataSync().filter((_, i) => i % 2 === c),
        want.standardDeviation.dataSync(),
        1e-10,
      )
    }
    expect(model.logMarginalLikelihood).toBeCloseTo(likelihood, 8)
    const other = await model.withNoise({ diagReg: 0.5 })
    const anew = await kernelRegressor('precomputed', { diagReg: 0.5, outputScale: 'leave-one-out' }).fit(
      await k,
      y,
    )
    expectNear(other.outputScales, anew.outputScales, 1e-12)
  })

  test('gives 95 % intervals that hold so many new targets where the kernel is of another size', async () => {
    const samples = normal(key(7), [700, 3])
    const numbers = samples.dataSync()
    const noise = normal(key(8), [700]).dataSync()
    const targets = Float64Array.from({ length: 700 }, (_, i) => {
      const [a = 0, b = 0] = numbers.subarray(3 * i, 3 * i + 2)
      return Math.sin(a) + 0.3 * a * b + 0.1 * (noise[i] as number)
    })
    const shareInside = async (outputScale: 'given' | 'leave-one-out'): Promise<number> => {
      const regressor = kernelRegressor(net, { diagReg: 1e-4, outputScale })
      const fitted = await regressor.fit(
        slice(samples, [0, 200]),
        tensorFromData(targets.slice(0, 200), [200]),
      )
      const { mean, standardDeviation } = await fitted.predict(slice(samples, [200, 700]), {
        of: 'observation',
      })
      const [centre, width] = [mean.dataSync(), standardDeviation.dataSync()]
      return Array.from(targets.slice(200), (t, i) =>
        Math.abs(t - (centre[i] as number)) < 1.96 * (width[i] as number) ? 1 : 0,
      ).reduce((sum: number, v) => sum + v / 500, 0)
    }
    expect(await shareInside('given')).toBeLessThan(0.8)
    expect(Math.abs((await shareInside('leave-one-out')) - 0.95)).toBeLessThan(0.04)
  })

  test('counts as 1 where targets are 0', async () => {
    const zero = tensorFromData(new Float64Array(20), [20])
    const model = await kernelRegressor(net, { diagReg: 0.1, outputScale: 'leave-one-out' }).fit(x, zero)
    expect(Array.from(model.outputScales)).toEqual([1])
  })
})

test('targets [n] give [m], in their dtype; samples may be float32', async () => {
  const [x32, y32] = [cast(x, 'float32'), tensor(Float32Array.from({ length: 20 }, (_, i) => i / 20))]
  const model = await kernelRegressor(net, { diagReg: 0.01 }).fit(x32, y32)
  const { mean, standardDeviation } = await model.predict(cast(xTest, 'float32'))
  expect([mean.shape, mean.dtype, standardDeviation.shape]).toEqual([[70], 'float32', [70]])
  const exact = await kernelRegressor(net, { diagReg: 0.01 }).fit(cast(x32, 'float64'), cast(y32, 'float64'))
  const { mean: want } = await exact.predict(cast(cast(xTest, 'float32'), 'float64'))
  expectNear(mean.dataSync(), want.dataSync(), 1e-6)
})

describe('classes', () => {
  const labels = tensor(
    Array.from(
      x.dataSync().filter((_, i) => i % 3 === 0),
      (v) => (v > 0 ? 1 : -1),
    ),
    { dtype: 'int32' },
  )

  test('are those of the largest mean, under the names that were given', async () => {
    const model = await kernelClassifier(net, { diagReg: 0.01 }).fit(x, labels)
    const {
      labels: own,
      mean,
      probabilities,
    } = await model.predict(x, { get: ['labels', 'mean', 'probabilities'] })
    expect(model.classes).toEqual([-1, 1])
    expect([own.dtype, mean.shape, probabilities.shape]).toEqual(['int32', [20, 2], [20, 2]])
    expect(Array.from(own.dataSync()).filter((v, i) => v === labels.dataSync()[i]).length).toBeGreaterThan(18)
    const p = probabilities.dataSync()
    for (let i = 0; i < 20; i++) {
      expect((p[2 * i] as number) + (p[2 * i + 1] as number)).toBeCloseTo(1, 13)
      expect((p[2 * i + 1] as number) > 0.5).toBe(own.dataSync()[i] === 1)
    }
  })

  test('that are announced need not occur', async () => {
    const model = await kernelClassifier(net, { diagReg: 0.01, classes: [-1, 0, 1] }).fit(x, labels)
    expect((await model.predict(xTest, { get: 'probabilities' })).shape).toEqual([70, 3])
  })

  test('by draws of the process tend to those of the mean where it is sure, and to equal ones where it knows nothing', async () => {
    const sampled = { probabilities: 'sampled', key: key(5), temperature: 0.3, diagReg: 0.01 } as const
    const model = await kernelClassifier(net, sampled).fit(x, labels)
    const mean = await kernelClassifier(net, { temperature: 0.3, diagReg: 0.01 }).fit(x, labels)
    const [a, b] = [
      await model.predict(x, { get: 'probabilities' }),
      await mean.predict(x, { get: 'probabilities' }),
    ]
    expectNear(a.dataSync(), b.dataSync(), 0.05)
    const far = mul(xTest, 30)
    const [c, d] = [
      await model.predict(far, { get: 'probabilities' }),
      await mean.predict(far, { get: 'probabilities' }),
    ]
    const sure = (p: Tensor): number =>
      Float64Array.from(p.dataSync()).reduce((sum, v) => sum + Math.abs(v - 0.5), 0)
    expect(sure(c)).toBeLessThan(sure(d))
  })
})

describe('is refused by name:', () => {
  const regressor = kernelRegressor(net, { diagReg: 0.1 })
  const classifier = kernelClassifier(net, { diagReg: 0.1 })
  const one = normal(key(3), [20])
  const with0 = (v: number): Tensor =>
    tensorFromData(
      Float64Array.from(x.dataSync(), (u, i) => (i === 7 ? v : u)),
      [20, 3],
    )

  test.each([
    [
      'NaN in samples',
      () => regressor.fit(with0(Number.NaN), one),
      /^not-finite: x of fit .*NaN at \[2, 1\]/,
    ],
    ['infinite targets', () => regressor.fit(x, mul(one, Infinity)), /^not-finite: y of fit/],
    [
      'an empty set',
      () => regressor.fit(tensorFromData(new Float64Array(0), [0, 3]), one),
      /^shape: .*one at least/,
    ],
    ['a list of numbers as samples', () => regressor.fit(one, one), /^shape: .*reshape\(x, \[20, 1\]\)/],
    ['targets of other samples', () => regressor.fit(x, normal(key(0), [19])), /^shape: .*20 samples/],
    ['integers as samples', () => regressor.fit(cast(x, 'int32'), one), /^dtype: x of fit.*cast/],
    [
      'NaN as a label',
      () => classifier.fit(x, tensor([...Array(19).fill(1), Number.NaN])),
      /^not-finite: .*\[19\]/,
    ],
    ['real numbers as labels', () => classifier.fit(x, one), /^value: .*integers.*kernelRegressor/],
    ['one class', () => classifier.fit(x, tensor(Array(20).fill(3))), /^value: .*two classes.*label 3/],
    ['one-hot labels', () => classifier.fit(x, y), /^shape: .*argMax/],
    [
      'a network that ends in space',
      () => kernelRegressor(serial(Conv(1, [3]))).fit(normal(key(0), [4, 5, 2]), normal(key(0), [4])),
      /^shape: .*Flatten\(\)/,
    ],
    ['what is no network', () => kernelRegressor(['Dense'] as never), /^spec: .*fromSpec/],
    ['samples too large', () => regressor.fit(mul(x, 1e160), one), /^not-finite: .*Scale the inputs down/],
    ['samples too small', () => regressor.fit(mul(x, 1e-160), one), /^not-finite: .*Scale the inputs up/],
    [
      'sampled probabilities without a key',
      () => kernelClassifier(net, { probabilities: 'sampled' }),
      /^option: .*key\(0\)/,
    ],
  ] as const)('%s', async (_name, call, message) => {
    expect(await refusal(call)).toMatch(message)
  })

  test('samples to predict at that are of another shape', async () => {
    const model = await regressor.fit(x, one)
    expect(await refusal(() => model.predict(normal(key(0), [3])))).toMatch(
      /^shape: .*\[m, 3\].*\[1, \.\.\.\]/,
    )
    expect(await refusal(() => model.predict(normal(key(0), [3, 4])))).toMatch(/^shape: .*\[m, 3\]/)
  })

  test('repeated samples with unequal targets, unless there is noise', async () => {
    const twice = tensor([
      [1, 2],
      [1, 2],
      [0, 1],
    ])
    const targets = tensor([0, 1, 2])
    expect(await refusal(() => kernelRegressor(net).fit(twice, targets))).toMatch(
      /^not-positive-definite: .*Use diagReg: 1e-6/,
    )
    const model = await kernelRegressor(net, { diagReg: 1e-6 }).fit(twice, targets)
    expectNear((await model.predict(twice, { get: 'mean' })).dataSync(), [0.5, 0.5, 2], 1e-4)
  })
})

test.each([1e-150, 1e-100, 1e100, 1e150])(
  'samples and targets of size %s are fitted as those of size 1',
  async (size) => {
    const relu = serial(Dense(1), Relu(), Dense(1))
    const target = normal(key(2), [20])
    const want = await (await kernelRegressor(relu, { diagReg: 0.01 }).fit(x, target)).predict(xTest)
    const model = await kernelRegressor(relu, { diagReg: 0.01 }).fit(mul(x, size), mul(target, size))
    const got = await model.predict(mul(xTest, size))
    expectNear(
      got.mean.dataSync().map((v: number) => v / size),
      want.mean.dataSync(),
      1e-10,
    )
    expectNear(
      got.standardDeviation.dataSync().map((v: number) => v / size),
      want.standardDeviation.dataSync(),
      1e-10,
    )
  },
)

test('constant columns, of samples and of targets, are fitted', async () => {
  const constant = tensorFromData(
    Float64Array.from(x.dataSync(), (v, i) => (i % 3 === 1 ? 5 : v)),
    [20, 3],
  )
  const targets = tensor(Array(20).fill(7.5))
  const model = await kernelRegressor(net, { diagReg: 0.01, standardize: true }).fit(constant, targets)
  expectNear((await model.predict(constant, { get: 'mean' })).dataSync(), targets.dataSync(), 1e-12)
})

test('a fit that is stopped ends in an error of that name', async () => {
  const stop = new AbortController()
  stop.abort()
  const images = serial(Conv(1, [3, 3]), Relu(), Flatten(), Dense(1))
  const fit = kernelRegressor(images).fit(normal(key(0), [4, 5, 5, 2]), normal(key(0), [4]), {
    signal: stop.signal,
  })
  expect(await refusal(() => fit)).toMatch(/^aborted/)
})

import { kernelFn } from '@ntk/kernels-analytic'
import { type Estimate, type MonteCarloEstimates, monteCarloKernelFn } from '@ntk/kernels-empirical'
import { Dense, Relu, serial } from '@ntk/stax'
import { key, normal, slice, type Tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'

const make = (width: number): ReturnType<typeof serial> =>
  serial(
    Dense(width, { wStd: 1.4, bStd: 0.2 }),
    Relu(),
    Dense(64, { wStd: 1.2, bStd: 0.1 }),
  ) as unknown as ReturnType<typeof serial>
const net = make(256)
const x = normal(key(1), [5, 3])
const [x1, x2] = [slice(x, [0, 3]), slice(x, [3, 5])]

test('the mean over initializations is the infinite network within a few standard errors', async () => {
  const exact = await kernelFn(net)(x1, x2, { get: ['nngp', 'ntk'] })
  const estimates = await monteCarloKernelFn(net.init, net.apply, { key: key(3), samples: 24 })(x1, x2)
  expect(estimates.samples).toBe(24)
  for (const name of ['nngp', 'ntk'] as const) {
    const { mean, standardError } = estimates[name] as Estimate
    const [m, s, e] = [mean, standardError, exact[name] as Tensor].map((t) => t.dataSync()) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    m.forEach((v, i) => {
      // Width 256 leaves a bias of relative order 1/256 beside the noise of the draws.
      expect(Math.abs(v - (e[i] as number))).toBeLessThan(
        4 * (s[i] as number) + 0.01 * Math.abs(e[i] as number),
      )
      expect(s[i]).toBeLessThan(0.1 * Math.abs(e[i] as number) + 0.1)
    })
  }
})

test('running estimates are those of fewer samples', async () => {
  const seen: MonteCarloEstimates<'nngp'>[] = []
  const run = (samples: number): Promise<MonteCarloEstimates<'nngp'>> =>
    monteCarloKernelFn(net.init, net.apply, { key: key(3), samples })(x1, null, {
      get: 'nngp',
      onProgress: ({ estimates }) => seen.push(estimates()),
    })
  await run(4)
  const four = seen.splice(0)
  const two = await run(2)
  expect(four[1]?.nngp?.mean.toNested()).toEqual(two.nngp?.mean.toNested())
  expect(four[0]?.nngp?.standardError.dataSync().every(Number.isNaN)).toBe(true)
})

test('it stops as soon as the wanted error is reached', async () => {
  const options = { key: key(3), samples: 500 }
  const get = ['nngp'] as const
  const loose = await monteCarloKernelFn(net.init, net.apply, { ...options, targetError: 0.2 })(x1, null, {
    get,
  })
  const tight = await monteCarloKernelFn(net.init, net.apply, { ...options, targetError: 0.02 })(x1, null, {
    get,
  })
  expect(loose.samples).toBeLessThan(tight.samples)
  expect(tight.samples).toBeLessThan(500)
  expect(tight.nngp?.relativeError).toBeLessThanOrEqual(0.02)
})

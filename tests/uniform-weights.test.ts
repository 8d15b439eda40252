/** Networks with uniform weights have the kernels of infinite width too: by Monte Carlo, within its own errors. */
import { kernelFn } from '@ntk/kernels-analytic'
import { monteCarloKernelFn } from '@ntk/kernels-empirical'
import { Conv, ConvTranspose, Dense, Flatten, type Layer, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const width = 256
const get = ['nngp', 'ntk'] as const

describe.each(['ntk', 'standard'] as const)('in the %s parameterization', (parameterization) => {
  const options = { wStd: 1.4, bStd: 0.3, parameterization, initialization: 'uniform' } as const
  const cases: readonly (readonly [string, Layer, readonly number[]])[] = [
    [
      'Dense',
      serial(Dense(width, options), Relu(), Dense(width, options), Relu(), Dense(1, options)),
      [3, 12],
    ],
    [
      'convolutions',
      serial(
        Conv(width, [2], options),
        Relu(),
        ConvTranspose(width, [2], options),
        Relu(),
        Flatten(),
        Dense(1, options),
      ),
      [2, 4, 3],
    ],
  ]

  test.each(cases)('%s', async (_, net, shape) => {
    const x = normal(key(5), shape)
    const exact = await kernelFn(net)(x, null, { get })
    const draws = monteCarloKernelFn(net.init, net.apply, { key: key(9), samples: 80 })
    const sampled = await draws(x, null, { get })
    for (const name of get) {
      const want = exact[name].dataSync()
      const errors = sampled[name].standardError.dataSync()
      const largest = Math.max(...Array.from(want, Number))
      for (const [i, got] of sampled[name].mean.dataSync().entries()) {
        // What is left of a finite width is of the order of its inverse.
        const allowed = 4.5 * Number(errors[i]) + (2 * largest) / width
        expect(Math.abs(Number(got) - Number(want[i]))).toBeLessThan(allowed)
      }
    }
  })
})

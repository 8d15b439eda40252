import { kernelFn, withRates } from '@ntk/kernels-analytic'
import { empiricalNtkPartsFn } from '@ntk/kernels-empirical'
import { Conv, Dense, FanInSum, FanOut, GlobalAvgPool, Identity, parallel, Relu, serial } from '@ntk/stax'
import { key, normal, split } from '@ntk/tensor'
import { expect, test } from 'vitest'

/** Networks of this many channels, and how many of them. */
const [width, networks] = [96, 24]

const std = { wStd: 1.4, bStd: 0.5 }
const conv = Conv(width, [3, 3], { padding: 'SAME', ...std })
const net = serial(
  conv,
  serial(FanOut(2), parallel(Identity(), serial(Relu(), conv)), FanInSum()),
  Relu(),
  GlobalAvgPool(),
  Dense(1, std),
)
const x = normal(key(0), [3, 4, 4, 2])

test('rates of 1 for one layer and 0 for all others give what its parameters add to the kernel of wide networks', async () => {
  const layers = 3
  const sums = Array.from({ length: layers }, () => ({
    sum: new Float64Array(9),
    squares: new Float64Array(9),
  }))
  for (const seed of split(key(1), networks)) {
    const { params } = net.init(seed, [-1, 4, 4, 2])
    const parts = await empiricalNtkPartsFn(net.apply)(x, null, params)
    const byLayer = Object.values(parts)
    expect(byLayer).toHaveLength(layers)
    byLayer.forEach((part, l) => {
      const { sum, squares } = sums[l] as (typeof sums)[number]
      part.dataSync().forEach((value: number, i: number) => {
        sum[i] = (sum[i] as number) + value
        squares[i] = (squares[i] as number) + value ** 2
      })
    })
  }
  for (let l = 0; l < layers; l++) {
    const own = withRates(
      net,
      Array.from({ length: layers }, (_, i) => (i === l ? 1 : 0)),
    )
    const wanted = (await kernelFn(own)(x, null, { get: 'ntk' })).dataSync()
    const { sum, squares } = sums[l] as (typeof sums)[number]
    for (let i = 0; i < 9; i++) {
      const mean = (sum[i] as number) / networks
      const error = Math.sqrt(((squares[i] as number) / networks - mean ** 2) / (networks - 1))
      // four standard errors, and what is left of the finite width
      expect(Math.abs(mean - Number(wanted[i])), `layer ${l}, entry ${i}`).toBeLessThan(
        4 * error + Math.abs(mean) / width,
      )
    }
  }
})

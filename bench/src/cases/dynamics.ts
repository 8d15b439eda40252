import { gradientDescentMse, gradientDescentMseEnsemble } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import type { Row } from '../row.js'

const [n, m, k] = [1000, 200, 10]
const net = serial(Dense(512, { wStd: 1.5, bStd: 0.1 }), Relu(), Dense(1, { wStd: 1.5, bStd: 0.1 }))

/** Each run decomposes the kernel anew, as the peer's first prediction does. */
export const dynamicsRows: readonly Row[] = [
  {
    name: 'ensemble mean and covariance at one t, n = 1000, 200 test',
    dtype: 'float64',
    peerMs: 629,
    prepare: () => {
      const [x, xTest, y] = [normal(key(0), [n, 784]), normal(key(1), [m, 784]), normal(key(2), [n, k])]
      return async () =>
        (await gradientDescentMseEnsemble(kernelFn(net), x, y))({ get: 'ntk', t: 100, xTest })
    },
  },
  {
    name: 'closed-form predictions at 3 times, n = 1000, k = 10',
    dtype: 'float64',
    peerMs: 213,
    prepare: async () => {
      const [x, xTest, y] = [normal(key(0), [n, 784]), normal(key(1), [m, 784]), normal(key(2), [n, k])]
      const kTrainTrain = await kernelFn(net)(x, null, { get: 'ntk' })
      const kTestTrain = await kernelFn(net)(xTest, x, { get: 'ntk' })
      return () => gradientDescentMse(kTrainTrain, y)({ t: [1, 100, 10_000], kTestTrain })
    },
  },
]

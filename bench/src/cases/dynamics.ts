import { standardize } from '@ntk/datasets'
import { gpInference, gradientDescentMse, gradientDescentMseEnsemble } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { Dense, Relu, serial } from '@ntk/stax'
import {
  add,
  arange,
  argMax,
  cast,
  cholesky,
  equal,
  eye,
  key,
  matmul,
  mean,
  mul,
  normal,
  randomInt,
  reshape,
  sub,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import type { Row } from '../row.js'

const [n, m, k] = [1000, 200, 10]
const net = serial(Dense(512, { wStd: 1.5, bStd: 0.1 }), Relu(), Dense(1, { wStd: 1.5, bStd: 0.1 }))

/** A kernel as the Gaussian process row has it. */
function definite(size: number): Tensor {
  const a = normal(key(3), [size, 500])
  return add(mul(matmul(a, transpose(a)), 1 / 500), eye(size))
}

const five = serial(
  ...Array.from({ length: 5 }, () => [Dense(512, { wStd: 1.5, bStd: 0.1 }), Relu()]).flat(),
  Dense(1, { wStd: 1.5, bStd: 0.1 }),
)

/** Images of the shape of CIFAR-10 as they lie in its files: pixels of 0 to 255, and ten classes. */
function images(count: number, seed: number): { readonly pixels: Tensor; readonly labels: Tensor } {
  return {
    pixels: randomInt(key(seed), [count, 3072], { min: 0, max: 256 }),
    labels: randomInt(key(seed + 1), [count], { min: 0, max: 10 }),
  }
}

/** As of a training set's statistics, which are the same for every pixel here. */
const standardized = (pixels: Tensor): Tensor =>
  standardize(pixels, { mean: tensor([[120]]), std: tensor([[64]]) })

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
  {
    name: 'gpInference, n = 6000',
    dtype: 'float64',
    prepare: () => {
      const [kernel, y] = [definite(6000), normal(key(2), [6000, k])]
      return () => gpInference(kernel, y, { diagReg: 1e-4 })
    },
    beside: {
      name: 'its Cholesky factor',
      atMost: 1.3,
      prepare: () => {
        const kernel = definite(6000)
        return () => cholesky(kernel)
      },
    },
  },
  {
    // 14 s on the machine of the units
    name: 'CIFAR-10 sized regression, pixels to accuracy, n = 10000',
    dtype: 'float64',
    goalUnits: 56,
    prepare: () => {
      const [train, test] = [images(10_000, 4), images(2000, 6)]
      const classes = sub(cast(equal(reshape(train.labels, [10_000, 1]), arange(10)), 'float64'), 0.1)
      return async () => {
        const [x, xTest] = [standardized(train.pixels), standardized(test.pixels)]
        const kernel = kernelFn(five)
        const trainTrain = await kernel(x, null, { get: 'nngp' })
        const posterior = gpInference(trainTrain, classes, { diagReg: 1e-3, donate: true })
        const outputs = posterior({ kTestTrain: await kernel(xTest, x, { get: 'nngp' }) }).mean
        return mean(cast(equal(argMax(outputs), test.labels), 'float64')).item()
      }
    },
  },
]

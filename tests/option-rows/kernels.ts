import { describe, hyperparameters, inputKernel, kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { Dense, named, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import { memorySink } from '@ntk/tiles'
import type { Row } from './row.js'

const x = normal(key(0), [4, 3])
const signal = new AbortController().signal
const quiet = (): void => undefined
const net = serial(named('first', Dense(8)), Relu(), Dense(1))

export const kernelsRows: readonly Row[] = [
  {
    name: 'kernelFn',
    type: 'KernelSinkOptions',
    call: (o) => kernelFn(net)(x, x, o),
    good: {
      get: ['nngp', 'cov1'],
      at: ['first'],
      tile: 2,
      maskConstant: Number.NaN,
      onProgress: quiet,
      signal,
      sink: memorySink,
      shard: '1/1',
      pattern1: x,
      pattern2: x,
    },
    nan: ['maskConstant'],
    nullable: ['pattern1', 'pattern2'],
  },
  {
    name: 'kernelOf',
    type: 'KernelOfOptions',
    call: (o) => kernelOf(net, x, x, o),
    good: {
      at: 'first',
      hyperparameters: hyperparameters(net),
      ntk: true,
      maskConstant: 1000,
      pattern1: x,
      pattern2: x,
    },
    nan: ['maskConstant'],
    nullable: ['pattern1', 'pattern2'],
  },
  {
    name: 'describe',
    type: 'DescribeOptions',
    call: (o) => describe(net, [-1, 3], o),
    good: { n1: 4, n2: 5, ntk: true, get: ['ntk'], at: ['first'], tile: 2, dtype: 'float32', sink: true },
    nullable: ['n2'],
  },
  {
    name: 'inputKernel',
    type: 'InputKernelOptions',
    call: (o) => inputKernel(x, null, o),
    good: { diagonalSpatial: true, ntk: false, maskConstant: 1000 },
    nan: ['maskConstant'],
    nullable: ['pattern1', 'pattern2'],
  },
]

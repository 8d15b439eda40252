import {
  empiricalKernelFn,
  empiricalNngpFn,
  empiricalNtkCostFn,
  empiricalNtkFn,
  empiricalNtkPartsFn,
  empiricalNtkVpFn,
  monteCarloKernelFn,
} from '@ntk/kernels-empirical'
import { Dense, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import { memorySink } from '@ntk/tiles'
import type { Row } from './row.js'

const x = normal(key(0), [4, 3])
const net = serial(Dense(5), Relu(), Dense(2))
const { params } = net.init(key(1), [-1, 3])
const signal = new AbortController().signal
const quiet = (): void => undefined

const axes = { traceAxes: [-1], diagonalAxes: [] }
const empirical = { ...axes, vmapAxes: 0, maxBytes: 2 ** 20 }
const ntk = { ...empirical, implementation: 'jacobian-contraction', parameters: () => true }
const call = { tile: 2, onProgress: quiet, signal, sink: memorySink, shard: '1/1' }
const nullable = ['vmapAxes']

export const empiricalRows: readonly Row[] = [
  {
    name: 'empiricalNngpFn',
    type: 'EmpiricalOptions',
    call: (o) => empiricalNngpFn(net.apply, o)(x, null, params),
    good: empirical,
    nullable,
  },
  {
    name: 'empiricalNtkFn',
    type: 'NtkOptions',
    call: (o) => empiricalNtkFn(net.apply, o)(x, null, params),
    good: ntk,
    nullable,
  },
  {
    name: 'the call of empiricalNtkFn',
    type: 'CallSinkOptions',
    call: (o) => empiricalNtkFn(net.apply)(x, null, params, o),
    good: call,
  },
  {
    name: 'the call of empiricalKernelFn',
    type: 'EmpiricalKernelSinkOptions',
    call: (o) => empiricalKernelFn(net.apply)(x, null, params, o),
    good: { ...call, get: ['ntk'] },
  },
  {
    name: 'empiricalNtkCostFn',
    type: 'NtkOptions',
    call: (o) => empiricalNtkCostFn(net.apply, o)(x, null, params),
    good: ntk,
    nullable,
  },
  {
    name: 'empiricalNtkPartsFn',
    type: 'PartsOptions',
    call: (o) => empiricalNtkPartsFn(net.apply, o)(x, null, params),
    good: { ...ntk, by: 'parameter' },
    nullable,
  },
  {
    name: 'empiricalNtkVpFn',
    type: 'NtkVpOptions',
    call: (o) => empiricalNtkVpFn(net.apply, o)(x, null, params),
    good: { parameters: () => true },
  },
  {
    name: 'monteCarloKernelFn',
    type: 'MonteCarloOptions',
    call: (o) => monteCarloKernelFn(net.init, net.apply, o)(x, null),
    good: { ...ntk, key: key(2), samples: 2, targetError: 0.5 },
    required: ['key', 'samples'],
    nullable,
  },
]

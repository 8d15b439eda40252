import { join } from 'node:path'
import {
  all,
  any,
  bernoulli,
  convGeneralDilated,
  cpuBackend,
  createCpuBackend,
  cumSum,
  decodeNpy,
  decodeSafetensors,
  dotGeneral,
  encodeNpy,
  encodeSafetensors,
  eye,
  greater,
  key,
  logSumExp,
  max,
  mean,
  min,
  norm,
  normal,
  ones,
  pad,
  prod,
  randomInt,
  scope,
  sum,
  tensor,
  triangularSolve,
  triangularSolveAsync,
  uniform,
  variance,
  windowMax,
  windowSum,
} from '@ntk/tensor'
import { readNpy, readNpz, readSafetensors, writeNpy, writeNpz, writeSafetensors } from '@ntk/tensor/node'
import { decodeNpz, encodeNpz } from '@ntk/tensor/npz'
import { folder } from './folder.js'
import type { Row } from './row.js'

const file = join(folder, 'x.npy')
const archive = join(folder, 'x.npz')
const safe = join(folder, 'x.safetensors')
await writeNpy(file, ones([2]))
await writeNpz(archive, { x: ones([2]) })
await writeSafetensors(safe, { x: ones([2]) })

const x = normal(key(0), [4, 3])
const y = normal(key(1), [4, 1])
const k = eye(4)
const random = { dtype: 'float32', backend: cpuBackend() }

export const tensorRows: readonly Row[] = [
  ...[sum, prod, max, min, mean, variance, logSumExp, norm].map(
    (op): Row => ({
      name: op.name,
      type: 'ReduceOptions',
      call: (o) => op(x, o),
      good: { axis: [0, -1], keepDims: true },
    }),
  ),
  ...[all, any].map(
    (op): Row => ({
      name: op.name,
      type: 'ReduceOptions',
      call: (o) => op(greater(x, 0), o),
      good: { axis: [0, -1], keepDims: true },
    }),
  ),
  {
    name: 'tensor',
    type: 'TensorOptions',
    call: (o) => tensor([1, 2], o),
    good: { dtype: 'float32', backend: cpuBackend() },
  },
  {
    name: 'triangularSolve',
    type: 'TriangularSolveOptions',
    call: (o) => triangularSolve(k, y, o),
    good: { lower: false, transpose: true, unitDiagonal: true },
  },
  {
    name: 'triangularSolveAsync',
    type: 'TriangularSolveOptions',
    call: (o) => triangularSolveAsync(k, y, o),
    good: { lower: false, transpose: true, unitDiagonal: true },
  },
  {
    name: 'createCpuBackend',
    type: 'CpuOptions',
    call: (o) => createCpuBackend(o),
    good: { blas: 'off', memory: 'owned' },
  },
  {
    name: 'scope',
    type: 'ScopeOptions',
    call: (o) => scope(() => 1, o),
    good: { takes: [] },
    open: ['takes'],
  },
  {
    name: 'pad',
    type: 'PadOptions',
    call: (o) => pad(ones([2]), [[1, 1]], o),
    good: { value: 1, interior: [1] },
    open: ['value'],
  },
  { name: 'cumSum', type: 'CumSumOptions', call: (o) => cumSum(x, 0, o), good: { reverse: true } },
  {
    name: 'dotGeneral',
    type: 'DotGeneralOptions',
    call: (o) => dotGeneral(x, x, o),
    good: { lhsContract: [-1], rhsContract: [-1], lhsBatch: [0], rhsBatch: [0] },
    required: ['lhsContract', 'rhsContract', 'lhsBatch', 'rhsBatch'],
  },
  {
    name: 'convGeneralDilated',
    type: 'ConvOptions',
    call: (o) => convGeneralDilated(ones([2, 5, 1]), ones([3, 1, 1]), o),
    good: {
      strides: [1],
      padding: 'SAME',
      lhsDilation: [1],
      rhsDilation: [1],
      featureGroups: 1,
      batchGroups: 1,
    },
  },
  ...[windowSum, windowMax].map(
    (op): Row => ({
      name: op.name,
      type: 'WindowOptions',
      call: (o) => op(ones([5]), o),
      good: { window: [2], strides: [1], padding: [[0, 1]], baseDilation: [1], windowDilation: [1] },
      required: ['window'],
    }),
  ),
  { name: 'normal', type: 'RandomOptions', call: (o) => normal(key(0), [2], o), good: random },
  {
    name: 'uniform',
    type: 'UniformOptions',
    call: (o) => uniform(key(0), [2], o),
    good: { min: -1, max: 0.5, ...random },
  },
  {
    name: 'bernoulli',
    type: 'BernoulliOptions',
    call: (o) => bernoulli(key(0), [2], o),
    good: { p: 0.2, backend: cpuBackend() },
  },
  {
    name: 'randomInt',
    type: 'RandomIntOptions',
    call: (o) => randomInt(key(0), [2], o),
    good: { min: -3, max: 4, backend: cpuBackend() },
    required: ['max'],
  },
  {
    name: 'decodeNpy',
    type: 'DecodeNpyOptions',
    call: (o) => decodeNpy(encodeNpy(x), o),
    good: { name: 'x', backend: cpuBackend() },
  },
  {
    name: 'decodeNpz',
    type: 'DecodeNpyOptions',
    call: (o) => decodeNpz(encodeNpz({ x }), o),
    good: { name: 'x', backend: cpuBackend() },
  },
  { name: 'encodeNpz', type: 'EncodeNpzOptions', call: (o) => encodeNpz({ x }, o), good: { compress: true } },
  {
    name: 'writeNpz',
    type: 'EncodeNpzOptions',
    call: (o) => writeNpz(archive, { x }, o),
    good: { compress: true },
  },
  {
    name: 'readNpy',
    type: 'ReadNpyOptions',
    call: (o) => readNpy(file, o),
    good: { backend: cpuBackend() },
  },
  {
    name: 'readNpz',
    type: 'ReadNpyOptions',
    call: (o) => readNpz(archive, o),
    good: { backend: cpuBackend() },
  },
  {
    name: 'decodeSafetensors',
    type: 'DecodeNpyOptions',
    call: (o) => decodeSafetensors(encodeSafetensors({ x }), o),
    good: { name: 'x', backend: cpuBackend() },
  },
  {
    name: 'encodeSafetensors',
    type: 'EncodeSafetensorsOptions',
    call: (o) => encodeSafetensors({ x }, o),
    good: { metadata: { by: 'me' } },
  },
  {
    name: 'writeSafetensors',
    type: 'EncodeSafetensorsOptions',
    call: (o) => writeSafetensors(safe, { x }, o),
    good: { metadata: { by: 'me' } },
  },
  {
    name: 'readSafetensors',
    type: 'ReadNpyOptions',
    call: (o) => readSafetensors(safe, o),
    good: { backend: cpuBackend() },
  },
]

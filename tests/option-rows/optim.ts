import {
  centredModel,
  crossEntropy,
  gradientDescent,
  heavyBall,
  momentum,
  mse,
  train,
  trainEnsemble,
} from '@ntk/optim'
import { key, mul, normal, ones, sum, type Tensor } from '@ntk/tensor'
import type { Row } from './row.js'

const x = normal(key(0), [4, 3])
const y = normal(key(1), [4, 1])
const signal = new AbortController().signal
const quiet = (): void => undefined

export const optimRows: readonly Row[] = [
  {
    name: 'train',
    type: 'TrainOptions',
    call: (o) => train(o),
    good: {
      apply: (w: Tensor, rows: Tensor) => mul(sum(mul(rows, w), { axis: 1, keepDims: true }), 1),
      params: ones([3]),
      x,
      y,
      loss: 'sum',
      optimizer: gradientDescent(0.01),
      steps: 2,
      batchSize: 2,
      key: key(0),
      evaluate: { test: { x, y } },
      metrics: { mse },
      outputs: true,
      at: [0, 2],
      evaluateEvery: 1,
      evaluateBatchSize: 2,
      start: { step: 0, params: ones([3]), optimizerState: null },
      onRecord: quiet,
      onProgress: quiet,
      onCheckpoint: quiet,
      checkpointEvery: 1,
      signal,
    },
    required: ['apply', 'params', 'x', 'y', 'optimizer', 'steps', 'key'],
  },
  {
    name: 'trainEnsemble',
    type: 'TrainEnsembleOptions',
    call: (o) => trainEnsemble(o),
    good: {
      apply: (w: Tensor, rows: Tensor) => sum(mul(rows, w), { axis: 1, keepDims: true }),
      params: [ones([3]), ones([3])],
      model: centredModel,
      x,
      y,
      loss: 'sum',
      optimizer: gradientDescent(0.01),
      steps: 2,
      batchSize: 2,
      key: key(0),
      evaluate: { test: { x, y } },
      metrics: { mse },
      outputs: true,
      at: [0, 2],
      evaluateEvery: 1,
      evaluateBatchSize: 2,
      onProgress: quiet,
      signal,
    },
    required: ['apply', 'params', 'x', 'y', 'optimizer', 'steps', 'key'],
  },
  { name: 'mse', type: 'LossOptions', call: (o) => mse(y, y, o), good: { loss: 'sum' } },
  { name: 'crossEntropy', type: 'LossOptions', call: (o) => crossEntropy(y, y, o), good: { loss: 'sum' } },
  { name: 'heavyBall', type: 'HeavyBallOptions', call: (o) => heavyBall(0.9, o), good: { nesterov: true } },
  { name: 'momentum', type: 'HeavyBallOptions', call: (o) => momentum(1, 0.9, o), good: { nesterov: true } },
]

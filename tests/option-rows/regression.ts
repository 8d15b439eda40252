import { join } from 'node:path'
import {
  crossValidate,
  kernelClassifier,
  kernelRegressor,
  learningCurve,
  leaveOneOut,
  logMarginalLikelihood,
  reliability,
  search,
} from '@ntk/regression'
import { loadModel, saveModel } from '@ntk/regression/node'
import { Dense, Relu, serial } from '@ntk/stax'
import { eye, key, normal, ones, tensor } from '@ntk/tensor'
import { folder } from './folder.js'
import type { Row } from './row.js'

const k = eye(4)
const y = normal(key(0), [4])
const labels = tensor([0, 1, 0, 1], { dtype: 'int32' })
const across = ones([2, 4])
const makeKernel = (): never => {
  throw new Error('a kernel is given')
}
const noise = { diagReg: 0.1, diagRegAbsolute: true }
const classes = { task: 'classification', classes: [0, 1], standardize: false }
const call = { onProgress: () => {}, signal: new AbortController().signal }

export const regressionRows: readonly Row[] = [
  {
    name: 'logMarginalLikelihood',
    type: 'Regularization',
    call: (o) => logMarginalLikelihood(k, y, o),
    good: noise,
  },
  { name: 'leaveOneOut', type: 'Regularization', call: (o) => leaveOneOut(k, y, o), good: noise },
  {
    name: 'kernelRegressor',
    type: 'RegressorOptions',
    call: (o) => kernelRegressor('precomputed', o).fit(k, y),
    good: {
      ...noise,
      get: 'ntk',
      factorization: 'eigen',
      standardize: true,
      outputScale: 'leave-one-out',
      choose: 'leave-one-out',
      makeKernel,
    },
  },
  {
    name: 'fit of a regressor',
    type: 'FitCall',
    call: (o) => kernelRegressor('precomputed').fit(k, y, o),
    good: call,
  },
  {
    name: 'predict of a regressor',
    type: 'RegressorPredictOptions',
    call: async (o) => (await kernelRegressor('precomputed').fit(k, y)).predict(across, o),
    good: { ...call, get: ['mean'], of: 'observation', kTestTest: eye(2) },
  },
  {
    name: 'withNoise of a regressor',
    type: 'Regularization',
    call: async (o) => (await kernelRegressor('precomputed').fit(k, y)).withNoise(o),
    good: noise,
  },
  {
    name: 'kernelClassifier',
    type: 'ClassifierOptions',
    call: (o) => kernelClassifier('precomputed', o).fit(k, labels),
    good: {
      ...noise,
      get: 'ntk',
      factorization: 'eigen',
      choose: 'marginal-likelihood',
      makeKernel,
      classes: [0, 1],
      probabilities: 'sampled',
      temperature: 1,
      folds: 2,
      samples: 8,
      key: key(0),
    },
    required: ['key'],
  },
  {
    name: 'fit of a classifier',
    type: 'FitCall',
    call: (o) => kernelClassifier('precomputed').fit(k, labels, o),
    good: call,
  },
  {
    name: 'predict of a classifier',
    type: 'ClassifierPredictOptions',
    call: async (o) => (await kernelClassifier('precomputed').fit(k, labels)).predict(across, o),
    good: { ...call, get: ['labels'], kTestTest: eye(2) },
  },
  {
    name: 'reliability',
    type: 'ReliabilityOptions',
    call: (o) => reliability(tensor([[0.5, 0.5]]), tensor([0]), o),
    good: { bins: 2 },
  },
  {
    name: 'crossValidate',
    type: 'CrossValidationOptions',
    call: (o) => crossValidate('precomputed', eye(6), tensor([0, 1, 0, 1, 0, 1], { dtype: 'int32' }), o),
    good: { ...call, ...noise, ...classes, get: 'ntk', folds: 2, key: key(0) },
  },
  {
    name: 'search',
    type: 'SearchOptions',
    call: (o) =>
      search([serial(Dense(1, { bStd: 0.1 }), Relu(), Dense(1))], normal(key(1), [4, 2]), labels, o),
    good: { ...call, ...noise, ...classes, by: 'leave-one-out', get: 'both', samples: 3 },
  },
  {
    name: 'learningCurve',
    type: 'LearningCurveOptions',
    call: (o) => learningCurve('precomputed', k, labels, o),
    good: {
      ...call,
      ...noise,
      ...classes,
      get: 'ntk',
      sizes: [2],
      repeats: 2,
      xTest: across,
      yTest: tensor([1, 0], { dtype: 'int32' }),
      key: key(0),
    },
    required: ['sizes', 'xTest', 'yTest', 'key'],
  },
  {
    name: 'saveModel',
    type: 'SaveModelOptions',
    call: async (o) => saveModel(await kernelRegressor('precomputed').fit(k, y), join(folder, 'model'), o),
    good: { about: { classes: ['a', 'b'] } },
  },
  {
    name: 'loadModel',
    type: 'LoadModelOptions',
    call: (o) => loadModel(join(folder, 'no-model'), o),
    good: { kernel: () => k },
    fails: 'file',
  },
]

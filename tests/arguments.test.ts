/** Whatever stands in the place of an argument, a function works or ends in an NtkError: no TypeError reaches a user. */
import {
  checkpoint,
  grad,
  jvp,
  linearize,
  taylorExpand,
  treeFlatten,
  treeMap,
  valueAndGrad,
  vjp,
  vmap,
} from '@ntk/autodiff'
import * as datasets from '@ntk/datasets'
import {
  critical,
  criticalLine,
  depthLaws,
  gpInference,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  maxLearningRate,
  meanField,
  pairsByDepth,
} from '@ntk/dynamics'
import { indexedShape, indexValue, numberNames } from '@ntk/kernels-analytic'
import * as empirical from '@ntk/kernels-empirical'
import * as optim from '@ntk/optim'
import { fileCheckpoint } from '@ntk/optim/node'
import * as regression from '@ntk/regression'
import * as stax from '@ntk/stax'
import * as ops from '@ntk/tensor'
import {
  eye,
  foldIn,
  key,
  NtkError,
  normal,
  permutation,
  split,
  type Tensor,
  tensor,
  uniform,
} from '@ntk/tensor'
import { decodeNpz, encodeNpz } from '@ntk/tensor/npz'
import { expect, test } from 'vitest'

const set = datasets.glyphs({ n: 20, size: 8 })
const y = normal(key(1), [4, 1])
const k = eye(4)
const labels = tensor([0, 1], { dtype: 'int32' })
const same = (x: Tensor): Tensor => x
const kernels = { nngp: k, ntk: k }

type Call = readonly [name: string, f: (...args: never[]) => unknown, args: readonly unknown[]]

const calls: readonly Call[] = [
  ['maxLearningRate', maxLearningRate, [k]],
  ['gradientDescentMse', gradientDescentMse, [k, y]],
  ['gpInference', gpInference, [k, y]],
  ['meanField', meanField, ['Erf', {}]],
  ['critical', critical, ['Erf', {}]],
  ['criticalLine', criticalLine, ['Erf', { q: [1] }]],
  ['pairsByDepth', pairsByDepth, ['Erf', { depth: 1, c0: 0 }]],
  ['depthLaws', depthLaws, ['Erf', { samples: 2 }]],
  ['gradientDescentMseEnsemble', gradientDescentMseEnsemble, [kernels, y]],
  ['gradientDescentMseEnsemble of data', gradientDescentMseEnsemble, [async () => kernels, y, y]],
  ['mse', optim.mse, [y, y]],
  ['crossEntropy', optim.crossEntropy, [y, y]],
  ['accuracy', optim.accuracy, [y, y]],
  ['heavyBall', optim.heavyBall, [0.9]],
  ['momentum', optim.momentum, [0.1, 0.9]],
  ['gradientDescent', optim.gradientDescent, [0.1]],
  ['scale', optim.scale, [1]],
  ['weightDecay', optim.weightDecay, [0.1]],
  ['clipByGlobalNorm', optim.clipByGlobalNorm, [1]],
  ['clipByValue', optim.clipByValue, [1]],
  ['adam', optim.adam, [0.1]],
  ['adamw', optim.adamw, [0.1]],
  ['rmsprop', optim.rmsprop, [0.1]],
  ['adagrad', optim.adagrad, [0.1]],
  ['scaleByAdam', optim.scaleByAdam, []],
  ['scaleByRms', optim.scaleByRms, []],
  ['scaleByRss', optim.scaleByRss, []],
  ['constantSchedule', optim.constantSchedule, [0.1]],
  ['linearSchedule', optim.linearSchedule, [0.1, { endValue: 1, transitionSteps: 2 }]],
  ['exponentialDecay', optim.exponentialDecay, [0.1, { decayRate: 0.5, transitionSteps: 2 }]],
  ['cosineDecaySchedule', optim.cosineDecaySchedule, [0.1, { decaySteps: 2 }]],
  [
    'warmupCosineDecaySchedule',
    optim.warmupCosineDecaySchedule,
    [0.1, { peakValue: 1, warmupSteps: 1, decaySteps: 2 }],
  ],
  ['piecewiseConstantSchedule', optim.piecewiseConstantSchedule, [0.1, { boundaries: [1], scales: [1] }]],
  ['joinSchedules', optim.joinSchedules, [[optim.constantSchedule(1)], []]],
  ['topKAccuracy', optim.topKAccuracy, [1]],
  ['relativeChange', optim.relativeChange, [y]],
  ['kernelChange', optim.kernelChange, [same, y]],
  ['fileCheckpoint', fileCheckpoint, ['x']],
  ['chain', optim.chain, [optim.scale(1)]],
  ['applyUpdates', optim.applyUpdates, [y, y]],
  ['linearizedModel', optim.linearizedModel, [same, y]],
  ['crossValidate', regression.crossValidate, ['precomputed', k, y, { folds: 2, diagReg: 0.1 }]],
  [
    'learningCurve',
    regression.learningCurve,
    ['precomputed', k, y, { sizes: [2], xTest: k, yTest: y, key: key(0), diagReg: 0.1 }],
  ],
  ['splitDataset', datasets.splitDataset, [set, { train: 2 }]],
  ['subset', datasets.subset, [set]],
  ['shuffle', datasets.shuffle, [set, key(0)]],
  ['takeExamples', datasets.takeExamples, [set, [0]]],
  ['checkDataset', datasets.checkDataset, [set]],
  ['sizeOfDataset', datasets.sizeOfDataset, [set]],
  ['oneHot', datasets.oneHot, [labels, 2]],
  ['centredLabels', datasets.centredLabels, [labels, 2]],
  ['signLabels', datasets.signLabels, [labels]],
  ['flatten', datasets.flatten, [set.images]],
  ['statistics', datasets.statistics, [set.images, 'pixel']],
  ['normalizeSamples', datasets.normalizeSamples, [set.images, 'length']],
  ['standardize', datasets.standardize, [set.images, datasets.statistics(set.images)]],
  ['mnistFromIdx', datasets.mnistFromIdx, [{ images: new Uint8Array(0), labels: new Uint8Array(0) }]],
  ['parseIdx', (bytes) => datasets.parseIdx(bytes, 'x'), [new Uint8Array(0)]],
  ['grad', grad, [same]],
  ['valueAndGrad', valueAndGrad, [same]],
  ['vjp', vjp, [same, y]],
  ['jvp', jvp, [same, [y], [y]]],
  ['linearize', linearize, [same, y]],
  ['vmap', vmap, [same]],
  ['taylorExpand', taylorExpand, [same, y, 1]],
  ['treeMap', treeMap, [same, y]],
  ['treeFlatten', treeFlatten, [y]],
  ['checkpoint', checkpoint, [same]],
  ['split', split, [key(0), 2]],
  ['foldIn', foldIn, [key(0), 2]],
  ['permutation', permutation, [key(0), 2]],
  ['uniform', uniform, [key(0), [2]]],
  ['key', key, [0]],
  ['add', ops.add, [y, y]],
  ['exp', ops.exp, [y]],
  ['where', ops.where, [ops.greater(y, 0), y, y]],
  ['clip', ops.clip, [y, 0, 1]],
  ['matmul', ops.matmul, [k, k]],
  ['tensordot', ops.tensordot, [k, k, 1]],
  ['dotGeneral', ops.dotGeneral, [k, k, { lhsContract: [1], rhsContract: [1] }]],
  ['reshape', ops.reshape, [y, [2, 2]]],
  ['transpose', ops.transpose, [y, [1, 0]]],
  ['broadcastTo', ops.broadcastTo, [y, [2, 4, 1]]],
  ['concatenate', ops.concatenate, [[y, y], 0]],
  ['stack', ops.stack, [[y, y], 0]],
  ['slice', ops.slice, [y, [0, 2]]],
  [
    'pad',
    ops.pad,
    [
      y,
      [
        [0, 1],
        [0, 0],
      ],
    ],
  ],
  ['reverse', ops.reverse, [y, [0]]],
  ['take', ops.take, [y, labels, 0]],
  ['squeeze', ops.squeeze, [y, 1]],
  ['expandDims', ops.expandDims, [y, 0]],
  ['moveAxis', ops.moveAxis, [y, 0, 1]],
  ['chunk', ops.chunk, [y, 2, 0]],
  ['cast', ops.cast, [y, 'float32']],
  ['sum', ops.sum, [y]],
  ['argMax', ops.argMax, [y, 0]],
  ['sort', ops.sort, [y, 0]],
  ['softmax', ops.softmax, [y, 0]],
  ['cumSum', ops.cumSum, [y, 0]],
  ['zeros', ops.zeros, [[2], 'float32']],
  ['arange', ops.arange, [3, 'int32']],
  ['eye', ops.eye, [3]],
  ['linspace', ops.linspace, [0, 1, 3]],
  ['oneHot of tensor', ops.oneHot, [labels, 3]],
  ['fullLike', ops.fullLike, [y, 1]],
  ['cholesky', ops.cholesky, [k]],
  ['solve', ops.solve, [k, k]],
  ['eigh', ops.eigh, [k]],
  ['triangularSolve', ops.triangularSolve, [k, k]],
  ['diagonal', ops.diagonal, [k]],
  ['tensor', ops.tensor, [[1, 2]]],
  ['tensorFromData', ops.tensorFromData, [new Float64Array(2), [2]]],
  ['samePadding', ops.samePadding, [[4], [2], [1]]],
  ['resolvePadding', ops.resolvePadding, ['SAME', [4], [2], [1]]],
  ['indexValue', indexValue, [y, [0]]],
  ['indexedShape', indexedShape, [[4, 1], [[0, 2]]]],
  ['encodeNpy', ops.encodeNpy, [y]],
  ['encodeNpyParts', ops.encodeNpyParts, [y]],
  ['decodeNpy', ops.decodeNpy, [ops.encodeNpy(y)]],
  ['encodeNpz', encodeNpz, [{ y }]],
  ['decodeNpz', decodeNpz, [encodeNpz({ y })]],
  ['encodeSafetensors', ops.encodeSafetensors, [{ y }]],
  ['decodeSafetensors', ops.decodeSafetensors, [ops.encodeSafetensors({ y })]],
  ['scope', ops.scope, [() => 1]],
  ['apply of parallel', (o) => stax.parallel().apply([], [], o), [{}]],
  ['apply of serial', (o) => stax.serial(stax.Relu()).apply([null], y, o), [{}]],
  [
    'apply of a network',
    (x) => stax.serial(stax.Relu(), stax.Flatten()).apply([null, null], x as never),
    [y],
  ],
  ['apply of Dropout', (o) => stax.Dropout(0.5, { mode: 'test' }).apply(null, y, o), [{}]],
  ['step of sgd', (o) => optim.sgd(0.1).step?.(y, null, y, o), [{ donate: false }]],
  ['step of momentum', (o) => optim.momentum(0.1).step?.(y, [null, y], y, o), [{ donate: false }]],
  ['empiricalNngpFn', empirical.empiricalNngpFn, [same]],
  ['empiricalNtkFn', empirical.empiricalNtkFn, [same]],
  ['empiricalNtkCostFn', empirical.empiricalNtkCostFn, [same]],
  ['empiricalKernelFn', empirical.empiricalKernelFn, [same]],
  ['empiricalNtkPartsFn', empirical.empiricalNtkPartsFn, [same]],
  ['empiricalNtkVpFn', empirical.empiricalNtkVpFn, [same]],
  ['monteCarloKernelFn', empirical.monteCarloKernelFn, [same, same, { key: key(0), samples: 2 }]],
]

const junk: readonly unknown[] = [
  undefined,
  null,
  5,
  -1,
  NaN,
  'x',
  7n,
  {},
  [],
  [1],
  Symbol('junk'),
  [Symbol('junk')],
  () => 1,
  y,
  new Map(),
]

test.each([
  ['apply of parallel', () => stax.parallel().apply([], [], null as never)],
  ['step of sgd', () => optim.sgd(0.1).step?.(y, null, y, null as never)],
  ['empiricalNngpFn', () => empirical.empiricalNngpFn(3 as never)],
  ['slice', () => ops.slice(k, Symbol('junk') as never)],
  ['chunk', () => ops.chunk(labels, Number.POSITIVE_INFINITY)],
  ['numberNames', () => numberNames([null] as never, 1)],
  ['stack', () => ops.stack([], Symbol('junk') as never)],
  ['stack', () => ops.stack([y, y], ['a'] as never)],
  ['jvp', () => jvp(same, y as never, [] as never)],
  ['oneHot', () => datasets.oneHot(labels, 2 ** 40)],
  ['samePadding', () => ops.samePadding([5, 5], [2], [1])],
  ['samePadding', () => ops.samePadding([5], [Symbol('junk')] as never, [1])],
  ['resolvePadding', () => ops.resolvePadding('same' as never, [5], [2], [1])],
  ['indexValue', () => indexValue(y, [Symbol('junk')] as never)],
  ['indexValue', () => indexValue(y, [Number.NaN])],
  ['indexedShape', () => indexedShape([3, 4], ['...', '...'])],
])('%s refuses what is none of its kind', (_name, call) => {
  expect(call).toThrow(NtkError)
})

test.each(calls)('%s', async (_name, f, args) => {
  for (const [i] of args.entries()) {
    for (const value of junk) {
      const spoilt = args.with(i, value)
      const error: unknown = await Promise.resolve()
        .then(() => f(...(spoilt as never[])))
        .then(
          () => null,
          (thrown: unknown) => thrown,
        )
      if (error !== null) expect(error).toSatisfy(NtkError.isInstance)
    }
  }
})

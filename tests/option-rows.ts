/** Functions with options, each with a good value for every option: the table of options.test.ts. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { grad, hessian, jacfwd, jacrev, valueAndGrad, vmap } from '@ntk/autodiff'
import { centredLabels, glyphs, mnistFromIdx, oneHot, signLabels, splitDataset, subset } from '@ntk/datasets'
import { download, downloadMnist, loadMnist } from '@ntk/datasets/node'
import { gpInference, gradientDescentMse, gradientDescentMseEnsemble, maxLearningRate } from '@ntk/dynamics'
import { describe, hyperparameters, kernelFn as infinite, inputKernel, kernelOf } from '@ntk/kernels-analytic'
import { crossEntropy, gradientDescent, heavyBall, momentum, mse, train } from '@ntk/optim'
import { Dense, Relu, serial } from '@ntk/stax'
import {
  all,
  any,
  bernoulli,
  convGeneralDilated,
  cpuBackend,
  createCpuBackend,
  cumSum,
  decodeNpy,
  decodeNpz,
  dotGeneral,
  encodeNpy,
  encodeNpz,
  eye,
  greater,
  key,
  logSumExp,
  max,
  mean,
  min,
  mul,
  norm,
  normal,
  ones,
  pad,
  prod,
  randomInt,
  scope,
  sum,
  type Tensor,
  tensor,
  triangularSolve,
  triangularSolveAsync,
  uniform,
  variance,
  windowMax,
  windowSum,
} from '@ntk/tensor'
import { readNpy, readNpz, writeNpy, writeNpz } from '@ntk/tensor/node'
import { memorySink } from '@ntk/tiles'

export interface Row {
  readonly name: string
  /** The type of the options. */
  readonly type: string
  /** The call; options come as they are given. */
  readonly call: (options: never) => unknown
  /** A good value for every option. */
  readonly good: Readonly<Record<string, unknown>>
  /** Options that must be given. */
  readonly required?: readonly string[]
  /** Options that null is a value of. */
  readonly nullable?: readonly string[]
  /** Options that hold anything. */
  readonly open?: readonly string[]
  /** The code that even good options end in here, where there is no network and no file. */
  readonly fails?: string
}

/** Of the files that rows read and write; removed by the test. */
export const folder: string = mkdtempSync(join(tmpdir(), 'ntk-options-'))
const file = join(folder, 'x.npy')
const archive = join(folder, 'x.npz')
await writeNpy(file, ones([2]))
await writeNpz(archive, { x: ones([2]) })

const wide = serial(Dense(1), Relu(), Dense(1))
const x = normal(key(0), [4, 3])
const y = normal(key(1), [4, 1])
const k = eye(4)
const cross = ones([2, 4])
const kernels = { nngp: k, ntk: k }
const kernelFn = async (a: Tensor, b: Tensor | null, { get }: { get: string | readonly string[] }) => {
  const matrix = b === null ? eye(a.shape[0] as number) : ones([a.shape[0] as number, 4])
  return typeof get === 'string' ? matrix : { nngp: matrix, ntk: matrix }
}
const images = glyphs({ n: 20, size: 8 })
const labels = tensor([0, 1], { dtype: 'int32' })
const signal = new AbortController().signal
const quiet = (): void => undefined
const square = (v: Tensor): Tensor => sum(mul(v, v))
const ofData = gradientDescentMseEnsemble(kernelFn as never, x, y)

const idx = (kind: number, shape: readonly number[]): Uint8Array => {
  const header = [0, 0, 8, kind, ...shape.flatMap((d) => [0, 0, 0, d])]
  return Uint8Array.from([...header, ...new Array<number>(shape.reduce((a, b) => a * b)).fill(1)])
}
const mnist = { images: idx(3, [2, 2, 2]), labels: idx(1, [2]) }

const mseOptions = {
  learningRate: 0.5,
  loss: 'sum',
  dynamics: 'flow',
  momentum: 0.5,
  diagReg: 1e-3,
  diagRegAbsolute: true,
}
const random = { dtype: 'float32', backend: cpuBackend() }
const label = { dtype: 'float32' }
const jacobian = { argnums: 0, chunk: 2 }
const unreachable = 'http://127.0.0.1:1/'

export const rows: readonly Row[] = [
  // dynamics
  {
    name: 'maxLearningRate',
    type: 'MaxLearningRateOptions',
    call: (o) => maxLearningRate(k, o),
    good: { ySize: 4, momentum: 0.5 },
  },
  {
    name: 'gradientDescentMse',
    type: 'MseOptions',
    call: (o) => gradientDescentMse(k, y, o),
    good: mseOptions,
    nullable: ['momentum'],
  },
  {
    name: 'predict of gradientDescentMse',
    type: 'MsePredictInput',
    call: (o) => gradientDescentMse(k, y)(o),
    good: { t: [0, 1], fTrain0: y, fTest0: 0.5, kTestTrain: cross },
    nullable: ['t'],
  },
  {
    name: 'gpInference',
    type: 'Regularization',
    call: (o) => gpInference(k, y, o),
    good: { diagReg: 0.1, diagRegAbsolute: true },
  },
  {
    name: 'the posterior of gpInference',
    type: 'GpInput',
    call: (o) => gpInference(k, y)(o),
    good: { kTestTrain: cross, kTestTest: eye(2) },
    required: ['kTestTrain'],
  },
  {
    name: 'gradientDescentMseEnsemble',
    type: 'MseOptions',
    call: (o) => gradientDescentMseEnsemble(kernels, y, o),
    good: mseOptions,
    nullable: ['momentum'],
  },
  {
    name: 'gradientDescentMseEnsemble of data',
    type: 'MseOptions',
    call: (o) => gradientDescentMseEnsemble(kernelFn as never, x, y, o),
    good: mseOptions,
    nullable: ['momentum'],
  },
  {
    name: 'predict of an ensemble',
    type: 'EnsemblePredictInput',
    call: (o) => gradientDescentMseEnsemble(kernels, y)(o),
    good: {
      get: ['ntk'],
      t: 3,
      covariance: true,
      test: { kTestTrain: { nngp: cross, ntk: cross }, nngpTestTest: eye(2) },
    },
    nullable: ['t'],
  },
  {
    name: 'predict of an ensemble of data',
    type: 'EnsembleDataInput',
    call: async (o) => (await ofData)(o),
    good: { get: 'ntk', t: 3, covariance: false, xTest: normal(key(2), [2, 3]) },
    nullable: ['t'],
  },
  // optim
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
  { name: 'mse', type: 'LossOptions', call: (o) => mse(y, y, o), good: { loss: 'sum' } },
  { name: 'crossEntropy', type: 'LossOptions', call: (o) => crossEntropy(y, y, o), good: { loss: 'sum' } },
  { name: 'heavyBall', type: 'HeavyBallOptions', call: (o) => heavyBall(0.9, o), good: { nesterov: true } },
  { name: 'momentum', type: 'HeavyBallOptions', call: (o) => momentum(1, 0.9, o), good: { nesterov: true } },
  // datasets
  {
    name: 'splitDataset',
    type: 'SplitOptions',
    call: (o) => splitDataset(images, o),
    good: { train: 5, test: 5, key: key(0), stratified: true },
    required: ['train'],
  },
  {
    name: 'subset',
    type: 'SubsetOptions',
    call: (o) => subset(images, o),
    good: { classes: [0, 1], perClass: 1, count: 2, key: key(0) },
  },
  {
    name: 'glyphs',
    type: 'GlyphsOptions',
    call: (o) => glyphs(o),
    good: { key: key(0), n: 1, size: 8 },
    required: ['n'],
  },
  { name: 'oneHot', type: 'LabelOptions', call: (o) => oneHot(labels, 2, o), good: label },
  { name: 'centredLabels', type: 'LabelOptions', call: (o) => centredLabels(labels, 2, o), good: label },
  { name: 'signLabels', type: 'LabelOptions', call: (o) => signLabels(labels, o), good: label },
  {
    name: 'mnistFromIdx',
    type: 'MnistFromIdxOptions',
    call: (o) => mnistFromIdx(mnist, o),
    good: { name: 'small', imagesName: 'a', labelsName: 'b', limit: 1 },
  },
  {
    name: 'loadMnist',
    type: 'LoadMnistOptions',
    call: (o) => loadMnist(o),
    good: { dir: folder, limit: { train: 1, test: 1 }, download: false, onProgress: quiet, signal },
    required: ['dir'],
    fails: 'file',
  },
  {
    name: 'downloadMnist',
    type: 'DownloadMnistOptions',
    call: (o) => downloadMnist(o),
    good: { dir: folder, mirrors: [unreachable], sha256: {}, onProgress: quiet, signal },
    required: ['dir', 'mirrors', 'sha256'],
    fails: 'option',
  },
  {
    name: 'download',
    type: 'DownloadOptions',
    call: (o) => download(o),
    good: { urls: [unreachable], path: join(folder, 'd'), sha256: '0', onProgress: quiet, signal },
    required: ['urls', 'path', 'sha256'],
    fails: 'network',
  },
  // autodiff
  { name: 'grad', type: 'GradOptions', call: (o) => grad(square as never, o), good: { argnums: [0] } },
  {
    name: 'valueAndGrad',
    type: 'GradOptions',
    call: (o) => valueAndGrad(square, o),
    good: { argnums: [0] },
  },
  { name: 'jacrev', type: 'JacobianOptions', call: (o) => jacrev(square, o), good: jacobian },
  { name: 'jacfwd', type: 'JacobianOptions', call: (o) => jacfwd(square, o), good: jacobian },
  { name: 'hessian', type: 'JacobianOptions', call: (o) => hessian(square, o), good: jacobian },
  {
    name: 'vmap',
    type: 'VmapOptions',
    call: (o) => vmap(square, o)(x),
    good: { inAxes: [-1], outAxes: -1 },
    nullable: ['inAxes', 'outAxes'],
  },
  // tensor
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
  // kernels of infinite width
  {
    name: 'kernelFn',
    type: 'KernelSinkOptions',
    call: (o) => infinite(wide)(x, null, o),
    good: { get: ['nngp', 'cov1'], tile: 2, onProgress: quiet, signal, sink: memorySink, shard: '1/1' },
  },
  {
    name: 'kernelOf',
    type: 'KernelOfOptions',
    call: (o) => kernelOf(wide, x, null, o),
    good: { hyperparameters: hyperparameters(wide), ntk: false },
  },
  {
    name: 'describe',
    type: 'DescribeOptions',
    call: (o) => describe(wide, [-1, 3], o),
    good: { n1: 4, n2: 2, ntk: false },
    nullable: ['n2'],
  },
  {
    name: 'inputKernel',
    type: 'InputKernelOptions',
    call: (o) => inputKernel(x, null, o),
    good: { diagonalSpatial: false, ntk: false },
  },
]

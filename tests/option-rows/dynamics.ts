import {
  confidenceBand,
  confidenceBandOfSamples,
  critical,
  criticalLearningRate,
  criticalLine,
  depthLaws,
  expectedLearningCurve,
  gpInference,
  gradientDescent,
  gradientDescentAsync,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  gradientDescentSteps,
  linearizedWeights,
  maxLearningRate,
  meanField,
  pairsByDepth,
  sampleGaussian,
  solveByConjugateGradients,
  spectralLearningCurve,
} from '@ntk/dynamics'
import { momentum } from '@ntk/optim'
import { eye, key, matmul, mul, normal, ones, square, sub, sum, type Tensor } from '@ntk/tensor'
import { planTiles, walkTiles } from '@ntk/tiles'
import type { Row } from './row.js'

const x = normal(key(0), [4, 3])
const y = normal(key(1), [4, 1])
const k = eye(4)
const cross = ones([2, 4])
const kernels = { nngp: k, ntk: k }
const fakeKernelFn = async (a: Tensor, b: Tensor | null, { get }: { get: string | readonly string[] }) => {
  const matrix = b === null ? eye(a.shape[0] as number) : ones([a.shape[0] as number, 4])
  return typeof get === 'string' ? matrix : { nngp: matrix, ntk: matrix }
}
const ofData = gradientDescentMseEnsemble(fakeKernelFn as never, x, y)

const tiled = walkTiles({
  what: 'A kernel',
  plan: planTiles({ n1: 4, n2: 4, symmetric: true, tile: 4 }),
  arrays: [{ name: 'ntk', over: 'pairs', trailing: [], exchanged: [], dtype: 'float64' }],
  compute: () => ({ ntk: k }),
  job: () => ({ what: 'a kernel' }),
})

const mseOptions = {
  learningRate: 0.5,
  loss: 'sum',
  dynamics: 'flow',
  momentum: 0.5,
  diagReg: 1e-3,
  diagRegAbsolute: true,
  singular: 'range',
}

const optimizer = momentum(0.1)
const begun = { representer: ones([4, 1]), share: ones([]) }
/** J(x) θ_0 on the training set and on two test points. */
const tangents = { tangentTrain0: y, tangentTest0: ones([2, 1]) }

const halfSquares = (f: Tensor, labels: Tensor): Tensor => mul(sum(square(sub(f, labels))), 0.5)
const trained = { fTrain: y, fTest: ones([2, 1]) }

/** A prediction starts from a state or from outputs: where the row has good ones of both, from the state. */
function fromOneStart(options: Readonly<Record<string, unknown>>): object {
  if (options?.state !== trained) return options
  const spare = Object.entries({ fTrain0: y, fTest0: 0.5 }).filter(([name, good]) => options[name] === good)
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => !spare.some(([other]) => other === name)),
  )
}

/** Weights that decay to zero need J(x) θ_0, which a row leaves out to see that it is no rule. */
function withTangents<O extends Readonly<Record<string, unknown>>>(options: O): O {
  if (options === null || typeof options !== 'object' || !('tangentTrain0' in options)) return options
  const missing = Object.entries(tangents).filter(([name]) => options[name] === undefined)
  return { ...options, ...Object.fromEntries(missing) }
}

const stds = { wStd: 1.2, bStd: 0.1 }

export const dynamicsRows: readonly Row[] = [
  {
    name: 'meanField',
    type: 'MeanFieldOptions',
    call: (o) => meanField('Erf', o),
    good: { ...stds, q: 2, tolerance: 1e-6, residual: false, layerNorm: true, keep: 0.9 },
    nullable: ['bStd'],
  },
  {
    name: 'critical',
    type: 'CriticalOptions',
    call: (o) => critical('Erf', o),
    good: { bStd: 0.1, residual: false, layerNorm: false, keep: 0.9 },
    nullable: ['bStd'],
  },
  {
    name: 'criticalLine',
    type: 'CriticalLineOptions',
    call: (o) => criticalLine('Erf', o),
    good: { q: [1, 2], residual: 0.5, layerNorm: false, keep: 0.9 },
    required: ['q'],
  },
  {
    name: 'pairsByDepth',
    type: 'PairsByDepthOptions',
    call: (o) => pairsByDepth('Erf', o),
    good: { ...stds, depth: 2, q0: 2, c0: 0.5, residual: true, layerNorm: true, keep: 0.9 },
    required: ['depth', 'c0'],
    nullable: ['bStd'],
  },
  {
    name: 'depthLaws',
    type: 'DepthLawsOptions',
    call: (o) => depthLaws('Erf', o),
    good: {
      ...stds,
      q: 2,
      tolerance: 1e-6,
      samples: 3,
      pixels: 2,
      residual: false,
      layerNorm: true,
      keep: 1,
      keepLast: 1,
    },
    required: ['samples'],
    nullable: ['bStd'],
  },
  {
    name: 'maxLearningRate',
    type: 'MaxLearningRateOptions',
    call: (o) => maxLearningRate(k, o),
    good: { ySize: 4, momentum: 0.5, nesterov: true, weightDecay: 0.1, batchSize: 2 },
  },
  {
    name: 'criticalLearningRate',
    type: 'CriticalLearningRateOptions',
    call: (o) => criticalLearningRate(k, o),
    good: { ySize: 4 },
  },
  {
    name: 'gradientDescentMse',
    type: 'MsePredictorOptions',
    call: (o) => gradientDescentMse(k, y, o),
    good: { ...mseOptions, traceAxes: [-1], weightDecay: 0.1, decayTo: 'start' },
    nullable: ['momentum'],
  },
  {
    name: 'predict of gradientDescentMse',
    type: 'MsePredictInput',
    call: (o) => gradientDescentMse(k, y, { weightDecay: 0.1, decayTo: 'zero' })(withTangents(o)),
    good: { t: [0, 1], fTrain0: y, fTest0: 0.5, kTestTrain: cross, singular: 'range', ...tangents },
    nullable: ['t', 'kTestTrain'],
  },
  {
    name: 'gradientDescentSteps',
    type: 'StepsOptions',
    call: (o) => gradientDescentSteps(k, y, o),
    good: {
      optimizer,
      loss: 'sum',
      batches: [[0, 1]],
      decayTo: 'start',
      traceAxes: [-1],
      diagReg: 1e-3,
      diagRegAbsolute: true,
    },
    required: ['optimizer'],
  },
  {
    name: 'predict of gradientDescentSteps',
    type: 'StepsInput',
    call: (o) => gradientDescentSteps(k, y, { optimizer, decayTo: 'zero' })(withTangents(o)),
    good: {
      t: [1, 2],
      fTrain0: y,
      fTest0: 0.5,
      kTestTrain: cross,
      ...tangents,
      start: { step: 0, ...begun, optimizerState: optimizer.init(begun) },
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
    required: ['t'],
    nullable: ['kTestTrain'],
  },
  {
    name: 'linearizedWeights',
    type: 'LinearizedWeightsOptions',
    call: (o) => linearizedWeights((w: Tensor, rows: Tensor) => matmul(rows, w), ones([3, 1]), x, y, o),
    good: { chunk: 2, rates: () => 0.5, onProgress: () => undefined, signal: new AbortController().signal },
  },
  {
    name: 'expectedLearningCurve',
    type: 'ExpectedLearningCurveOptions',
    call: (o) => expectedLearningCurve(k, y, o),
    good: { samples: [1, 2], noise: 0.1, diagReg: 0.1, diagRegAbsolute: true },
    required: ['samples'],
  },
  {
    name: 'spectralLearningCurve',
    type: 'SpectralLearningCurveOptions',
    call: (o) => spectralLearningCurve(ones([3]), ones([3]), o),
    good: { samples: [1, 2], noise: 0.1, ridge: 0.1 },
    required: ['samples'],
  },
  {
    name: 'confidenceBand',
    type: 'ConfidenceBandOptions',
    call: (o) => confidenceBand({ mean: y, covariance: k }, o),
    good: { level: 0.9, noise: 0.1 },
  },
  {
    name: 'confidenceBandOfSamples',
    type: 'ConfidenceBandOfSamplesOptions',
    call: (o) => confidenceBandOfSamples(normal(key(2), [40, 3]), o),
    good: { level: 0.9, simultaneous: true },
  },
  {
    name: 'sampleGaussian',
    type: 'SampleGaussianOptions',
    call: (o) => sampleGaussian(key(0), { mean: y, covariance: k }, o),
    good: { samples: 2 },
  },
  {
    name: 'gradientDescent',
    type: 'GradientDescentOptions',
    call: (o) => gradientDescent(halfSquares, k, y, o),
    good: {
      learningRate: 0.5,
      momentum: 0.5,
      traceAxes: -1,
      method: 'rodas',
      relativeTolerance: 1e-8,
      absoluteTolerance: 1e-8,
      maxSteps: 1000,
      diagReg: 1e-3,
      diagRegAbsolute: true,
      singular: 'range',
    },
    nullable: ['momentum'],
  },
  {
    name: 'predict of gradientDescent',
    type: 'GradientDescentInput',
    call: (o) => gradientDescent(halfSquares, k, y)(fromOneStart(o)),
    good: { t: [0, 1], fTrain0: y, fTest0: 0.5, kTestTrain: cross, state: trained, singular: 'range' },
    nullable: ['t', 'kTestTrain', 'state'],
  },
  {
    name: 'predict of gradientDescentAsync',
    type: 'GradientDescentAsyncInput',
    call: async (o) => (await gradientDescentAsync(halfSquares, k, y))(fromOneStart(o)),
    good: {
      t: [0, 1],
      fTrain0: y,
      fTest0: 0.5,
      kTestTrain: cross,
      state: trained,
      singular: 'range',
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
    nullable: ['t', 'kTestTrain', 'state'],
  },
  {
    name: 'gpInference',
    type: 'GpOptions',
    // A kernel of its own each time: it may be given away.
    call: (o) => gpInference(eye(4), y, o),
    good: { diagReg: 0.1, diagRegAbsolute: true, donate: true },
  },
  {
    name: 'the posterior of gpInference',
    type: 'GpInput',
    call: (o) => gpInference(k, y)(o),
    good: { kTestTrain: cross, kTestTest: eye(2) },
    nullable: ['kTestTest'],
    required: ['kTestTrain'],
  },
  {
    name: 'solveByConjugateGradients',
    type: 'ConjugateGradientsOptions',
    call: async (o) => solveByConjugateGradients(await tiled, y, o),
    good: {
      get: 'ntk',
      diagReg: 0.1,
      diagRegAbsolute: true,
      tolerance: 1e-6,
      maxIterations: 50,
      rank: 2,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
    nullable: ['rank'],
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
    call: (o) => gradientDescentMseEnsemble(fakeKernelFn as never, x, y, o),
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
      singular: 'error',
      test: { kTestTrain: { nngp: cross, ntk: cross }, nngpTestTest: eye(2) },
    },
    nullable: ['t', 'test'],
  },
  {
    name: 'predict of an ensemble of data',
    type: 'EnsembleDataInput',
    call: async (o) => (await ofData)(o),
    good: { get: 'ntk', t: 3, covariance: false, singular: 'range', xTest: normal(key(2), [2, 3]) },
    nullable: ['t', 'xTest'],
  },
]

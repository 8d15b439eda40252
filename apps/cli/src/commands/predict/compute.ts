import { gradientDescentMse, gradientDescentMseEnsemble, type MseOptions } from '@ntk/dynamics'
import { NtkError, type Tensor } from '@ntk/tensor'
import { turn } from '../../frame/turn.js'
import { accuracyOf, lossOf } from '../../measures/numbers.js'
import { float64s, stackRows } from '../../measures/rows.js'
import type { Problem } from './problem.js'
import type { PredictConfig } from './settings.js'

/** Predictions on one set at all times. */
export interface SetPrediction {
  /** [times, samples, outputs] */
  readonly mean: Tensor
  /** Over initializations, [times, samples]; null of a single network, and where the NNGP of the set is not known. */
  readonly deviation: Tensor | null
  /** ½ mean (f − y)² of the mean, in the units of training, and accuracy; null without targets, or of numbers. */
  readonly loss: readonly number[] | null
  readonly accuracy: readonly number[] | null
}

export interface Predictions {
  readonly times: readonly number[]
  readonly of: 'ensemble' | 'network'
  readonly train: SetPrediction
  readonly test: SetPrediction | null
}

/** Outputs and variances at one time. */
interface AtTime {
  readonly train: Part
  readonly test: Part | null
}

interface Part {
  readonly mean: Tensor
  /** [samples] */
  readonly variance: Float64Array | null
}

/** Predicts at every time, one after the other: a covariance is as large as a kernel, and only its diagonal is kept. */
export async function predictAll(
  problem: Problem,
  config: PredictConfig,
  signal: AbortSignal,
  onTime: (done: number) => void,
): Promise<Predictions> {
  const of = config.of ?? (problem.nngp === null ? 'network' : 'ensemble')
  const at = of === 'ensemble' ? ensemble(problem, config) : network(problem, config)
  const times = config.times.map((time) => (time === 'inf' ? Number.POSITIVE_INFINITY : time))
  const found: AtTime[] = []
  for (const time of times) {
    await turn(signal)
    found.push(at(time))
    onTime(found.length)
  }
  const hasTest = found[0]?.test !== null
  return {
    times,
    of,
    train: gathered(
      problem,
      problem.yTrain,
      found.map(({ train }) => train),
    ),
    test: hasTest
      ? gathered(
          problem,
          problem.yTest,
          found.flatMap(({ test }) => test ?? []),
        )
      : null,
  }
}

function optionsOf({ learningRate, loss, momentum, dynamics, diagReg, singular }: PredictConfig): MseOptions {
  return { learningRate, loss, momentum, dynamics, diagReg, singular }
}

/** Of all initializations of infinitely wide networks. */
function ensemble(problem: Problem, config: PredictConfig): (t: number) => AtTime {
  const { nngp, ntk, nngpTestTest, yTrain } = problem
  if (nngp === null) {
    throw new NtkError('option', {
      what: 'An ensemble needs the NNGP, over whose functions its networks start.',
      got: 'nothing',
      fix: 'Give nngp_train_train and nngp_test_train, or take --of network.',
    })
  }
  if (problem.fTrain !== null || problem.fTest !== null) {
    throw new NtkError('option', {
      what: 'Outputs before training (f_train, f_test) are of one network, and an ensemble starts at all of them.',
      fix: 'Leave them out, or take --of network.',
    })
  }
  const { get } = config
  const predict = gradientDescentMseEnsemble(
    { nngp: nngp.trainTrain, ntk: ntk?.trainTrain },
    yTrain,
    optionsOf(config),
  )
  const partOf = ({ mean, covariance }: { mean: Tensor; covariance: Tensor | null }): Part => ({
    mean,
    variance: covariance === null ? null : diagonalOf(covariance),
  })
  const crossed = get === 'ntk' ? ntk?.testTrain : nngp.testTrain
  return (t) => {
    const train = partOf(predict({ get, t }))
    if (crossed === undefined || crossed === null) return { train, test: null }
    const kTestTrain = { nngp: nngp.testTrain ?? crossed, ntk: ntk?.testTrain ?? undefined }
    // Of all weights the covariance of test points also needs their NNGP to the training set.
    const known = nngpTestTest !== null && nngp.testTrain !== null
    const test = known
      ? partOf(predict({ get, t, test: { kTestTrain, nngpTestTest } }))
      : partOf(predict({ get, t, covariance: false, test: { kTestTrain } }))
    return { train, test }
  }
}

/** Of one network, which is linear in its weights: its outputs start where they are. */
function network(problem: Problem, config: PredictConfig): (t: number) => AtTime {
  const { fTrain, fTest, yTrain } = problem
  const kernels = problem[config.get]
  if (kernels === null) throw new Error(`there is no ${config.get}`)
  const { trainTrain, testTrain } = kernels
  if ((fTrain === null) !== (fTest === null) && testTrain !== null) {
    throw new NtkError('option', {
      what: 'Outputs before training are needed on both sets (f_train and f_test), or on none.',
      got: fTrain === null ? 'f_test alone' : 'f_train alone',
    })
  }
  const predict = gradientDescentMse(trainTrain, yTrain, optionsOf(config))
  const start = fTrain === null ? {} : { fTrain0: fTrain }
  return (t) => {
    if (testTrain === null)
      return { train: { mean: predict({ t, ...start }).train, variance: null }, test: null }
    const testStart = fTest === null ? {} : { fTest0: fTest }
    const { train, test } = predict({ t, kTestTrain: testTrain, ...start, ...testStart })
    return { train: { mean: train, variance: null }, test: { mean: test, variance: null } }
  }
}

function diagonalOf(matrix: Tensor): Float64Array {
  const [m = 0] = matrix.shape
  const data = matrix.dataSync()
  return Float64Array.from({ length: m }, (_, i) => data[i * (m + 1)] as number)
}

function gathered({ units, classes }: Problem, y: Tensor | null, parts: readonly Part[]): SetPrediction {
  const [samples = 0, outputs = 1] = parts[0]?.mean.shape ?? []
  const means = parts.map(({ mean }) => float64s(mean))
  const targets = y === null ? null : float64s(y)
  if (targets !== null && targets.length !== samples * outputs) {
    throw new NtkError('shape', {
      what: `Targets of the test set must be of ${samples} samples and ${outputs} outputs, as the predictions are.`,
      got: `${targets.length} numbers`,
    })
  }
  const known = parts.every(({ variance }) => variance !== null)
  return {
    mean: stackRows(
      means.map((rows) => rows.map((v) => v * units.deviation + units.mean)),
      [samples, outputs],
    ),
    deviation: known
      ? stackRows(
          parts.map(({ variance }) =>
            (variance ?? new Float64Array()).map((v) => Math.sqrt(v) * units.deviation),
          ),
          [samples],
        )
      : null,
    loss: targets === null ? null : means.map((f) => lossOf(f, targets)),
    accuracy: targets === null || !classes ? null : means.map((f) => accuracyOf(f, targets, outputs)),
  }
}

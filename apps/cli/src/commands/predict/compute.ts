import {
  confidenceBand,
  gradientDescentMse,
  gradientDescentMseEnsemble,
  type MseOptions,
} from '@ntk/dynamics'
import { NtkError, type Tensor } from '@ntk/tensor'
import { turn } from '../../frame/turn.js'
import { trainedUnderCrossEntropy } from './cross-entropy.js'
import { type AtTime, alone, type Part, type Predictions, predictionsOf } from './prediction.js'
import { type Kernels, kernelsOf, type Problem, startOfNetwork } from './problem.js'
import { type ArrayName, arrays, type SettledConfig } from './settings.js'

/** Predicts at every time. */
export async function predictAll(
  problem: Problem,
  config: SettledConfig,
  signal: AbortSignal,
  onTime: (done: number) => void,
): Promise<Predictions> {
  const of = config.of ?? (problem.nngp === null ? 'network' : 'ensemble')
  requireBand(problem, of, config)
  const times = config.times.map((time) => (time === 'inf' ? Number.POSITIVE_INFINITY : time))
  const found =
    config.loss === 'cross-entropy'
      ? await trainedUnderCrossEntropy(problem, config, times, signal)
      : await inClosedForm(of, problem, { ...config, loss: config.loss }, times, signal, onTime)
  onTime(times.length)
  return { times, of, ...predictionsOf(problem, config, found) }
}

/** Throws NtkError `option` where a band is asked of what has no covariance, so that none is left out in silence. */
function requireBand(
  { nngp, ntk, nngpTestTest }: Problem,
  of: Predictions['of'],
  { level, get }: SettledConfig,
): void {
  if (level === undefined) return
  const lacks = lackingForBand(of === 'network' ? null : nngp, get === 'ntk' ? ntk : nngp, nngpTestTest)
  if (lacks === null) return
  throw new NtkError('option', {
    what: `The band of a level (--level) is of the covariance of an ensemble, which needs ${lacks}: ${arrays[lacks]}.`,
    got: `level ${level} without it`,
    fix: 'Give it, or leave the level out.',
  })
}

/** What the covariance of an ensemble needs and has not: of test points, too, where these are predicted. */
function lackingForBand(
  nngp: Kernels | null,
  trained: Kernels | null,
  testTest: Tensor | null,
): ArrayName | null {
  if (nngp === null) return 'nngp_train_train'
  if (trained === null || trained.testTrain === null) return null
  if (nngp.testTrain === null) return 'nngp_test_train'
  return testTest === null ? 'nngp_test_test' : null
}

/** A config whose loss has a closed form. */
type SquaredConfig = SettledConfig & { readonly loss: 'mean' | 'sum' }

/** One time after the other: a covariance is as large as a kernel, and only its diagonal is kept. */
async function inClosedForm(
  of: Predictions['of'],
  problem: Problem,
  config: SquaredConfig,
  times: readonly number[],
  signal: AbortSignal,
  onTime: (done: number) => void,
): Promise<AtTime[]> {
  const at = of === 'ensemble' ? ensemble(problem, config) : network(problem, config)
  const found: AtTime[] = []
  for (const time of times) {
    await turn(signal)
    found.push(at(time))
    onTime(found.length)
  }
  return found
}

function optionsOf({ learningRate, loss, momentum, dynamics, diagReg, singular }: SquaredConfig): MseOptions {
  return { learningRate, loss, momentum, dynamics, diagReg, singular }
}

/** Of all initializations of infinitely wide networks. */
function ensemble(problem: Problem, config: SquaredConfig): (t: number) => AtTime {
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
  const { get, level } = config
  const predict = gradientDescentMseEnsemble(
    { nngp: nngp.trainTrain, ntk: ntk?.trainTrain },
    yTrain,
    optionsOf(config),
  )
  const partOf = ({ mean, covariance }: { mean: Tensor; covariance: Tensor | null }): Part => ({
    mean,
    variance: covariance === null ? null : diagonalOf(covariance),
    band: covariance === null || level === undefined ? null : confidenceBand({ mean, covariance }, { level }),
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
function network(problem: Problem, config: SquaredConfig): (t: number) => AtTime {
  const { trainTrain, testTrain } = kernelsOf(problem, config.get)
  const start = startOfNetwork(problem, testTrain)
  const predict = gradientDescentMse(trainTrain, problem.yTrain, {
    ...optionsOf(config),
    weightDecay: config.weightDecay,
    decayTo: config.decayTo,
  })
  return (t) => {
    if (testTrain === null) return { train: alone(predict({ t, ...start }).train), test: null }
    const { train, test } = predict({ t, kTestTrain: testTrain, ...start })
    return { train: alone(train), test: alone(test) }
  }
}

function diagonalOf(matrix: Tensor): Float64Array {
  const [m = 0] = matrix.shape
  const data = matrix.dataSync()
  return Float64Array.from({ length: m }, (_, i) => data[i * (m + 1)] as number)
}

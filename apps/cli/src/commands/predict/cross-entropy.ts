import { gradientDescentAsync, gradientDescentSteps } from '@ntk/dynamics'
import { chain, crossEntropy, momentum, weightDecay } from '@ntk/optim'
import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { turn } from '../../frame/turn.js'
import { rowsOf } from '../../measures/rows.js'
import { type AtTime, alone } from './prediction.js'
import { kernelsOf, type Problem, startOfNetwork } from './problem.js'
import type { SettledConfig } from './settings.js'

/**
 * Logits of one network, which is linear in its weights, trained under cross-entropy: by the differential equation of the flow, integrated once
 * for all times, or step by step.
 *
 * @throws NtkError `diverged` at inf on labels without an end, `singular` at inf of a kernel without inverse
 */
export async function trainedUnderCrossEntropy(
  problem: Problem,
  config: SettledConfig,
  times: readonly number[],
  signal: AbortSignal,
): Promise<AtTime[]> {
  const { trainTrain, testTrain } = kernelsOf(problem, config.get)
  const { yTrain } = problem
  if (times.includes(Number.POSITIVE_INFINITY) && namesClasses(yTrain)) requireEnd(config)
  await turn(signal)
  const input = { t: times, ...startOfNetwork(problem, testTrain), kTestTrain: testTrain }
  const { learningRate, diagReg, singular, decayTo } = config
  const { train, test } =
    config.dynamics === 'steps'
      ? await gradientDescentSteps(trainTrain, yTrain, {
          loss: (f, y) => crossEntropy(f, y),
          optimizer:
            config.weightDecay === 0
              ? momentum(learningRate, config.momentum)
              : chain(weightDecay(config.weightDecay), momentum(learningRate, config.momentum)),
          decayTo,
          diagReg,
        })({ ...input, signal })
      : await (
          await gradientDescentAsync((f, y) => crossEntropy(f, y), trainTrain, yTrain, {
            learningRate,
            momentum: config.momentum,
            diagReg,
            singular,
          })
        )({ ...input, signal })
  const tested = test === null ? null : byTime(test)
  return byTime(train).map((mean, i) => {
    const onTest = tested?.[i]
    return { train: alone(mean), test: onTest === undefined ? null : alone(onTest) }
  })
}

/**
 * Refuses the end of training on labels that name one class each: a kernel with an inverse separates any of them, and outputs grow for ever. Of a kernel
 * without one `singular: range` asks for what training may still come to.
 */
export function requireEnd({ times, singular }: Pick<SettledConfig, 'times' | 'singular'>): void {
  if (singular === 'range' || !times.includes('inf')) return
  throw new NtkError('diverged', {
    what: 'Training under cross-entropy (--loss) has no end on labels that name one class each: where the kernel has an inverse it separates them, and outputs grow for ever.',
    got: 'times (--times) with inf',
    fix: 'Take finite times, or targets that are probabilities between 0 and 1.',
  })
}

/** Whether every row has a class of probability 1. */
function namesClasses(y: Tensor): boolean {
  return rowsOf(y).every((row) => row.includes(1))
}

/** An array [times, samples, outputs] as one [samples, outputs] a time. */
function byTime(all: Tensor): Tensor[] {
  return rowsOf(all).map((row) => tensorFromData(row, all.shape.slice(1)))
}

import { accuracy, centredModel, linearizedModel, momentum, type TrainRecord, train } from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { foldIn, type Tensor } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../experiment/stage.js'
import { evaluationSteps } from '../../measures/numbers.js'
import { type Apply, applyOf } from '../../networks/apply.js'
import {
  type Curve,
  type Distance,
  distanceBetween,
  lossesOf,
  probesOf,
  type SetCurve,
  withRate,
} from './curves.js'
import { type KernelNumbers, linearizedByKernel, readEntries } from './kernel.js'
import { type SamplesOutput, type Sets, setsOf } from './samples.js'
import { type Cell, type PairConfig, type PairSetup, stepsOf, trainingOf } from './setup.js'

/** One network beside its linearization. */
export interface PairOutput {
  readonly values: {
    readonly cell: Cell
    readonly member: number
    readonly steps: readonly number[]
    readonly network: Curve
    readonly linearized: Curve
    readonly distance: Distance
    /** Where closed forms follow the linearization. */
    readonly kernel: KernelNumbers | null
  }
  /** Outputs for the first test samples, [evaluations, samples, outputs], and how far single weights moved, [evaluations, weights]. */
  readonly arrays: {
    readonly network: Tensor
    readonly linearized: Tensor
    readonly network_weights: Tensor
    readonly linearized_weights: Tensor
  }
}

/** Test samples whose outputs are kept for figures. */
const probes = 5

/** Batch normalization and adding take longer than products in wide ResNets: seconds of a step, by channel and row. */
const residualStep = 1.9e-3

/** Seconds that a training takes on one core, of a network of so many multiplications a sample. */
function secondsOf<C extends PairConfig>(setup: PairSetup<C>, cell: Cell): number {
  const { config, task } = setup
  const products = task.products(config, cell)
  const rows = Math.min(trainingOf(setup).batch ?? cell.samples, cell.samples)
  const around = cell.kind === 'WRN' ? residualStep * cell.width * rows : 0
  const step = 2e-3 * (1 + cell.depth) + products * rows * 2.4e-10 + around
  const evaluation = (cell.samples + config.test) * products * 1e-10
  const both = task.by === 'training' ? 2.3 : 1.2
  return 0.05 + both * (stepsOf(setup, cell).steps * step + config.evaluations * evaluation)
}

export function pairStage<C extends PairConfig>(
  setup: PairSetup<C>,
  data: Stage<SamplesOutput>,
  cell: Cell,
  member: number,
): Stage<PairOutput> {
  const { kind, width, depth, samples, long } = cell
  const steps = long === undefined ? '' : `-steps-${long.steps}`
  const name = `${kind.toLowerCase()}-depth-${depth}-width-${width}-samples-${samples}${steps}-${member}`
  return stage({
    name,
    title: `training ${kind} of width ${width}, depth ${depth}`,
    needs: { data },
    seconds: secondsOf(setup, cell),
    run: async ({ data: read }, context) => trainPair(setup, setsOf(read, samples), cell, member, context),
  })
}

async function trainPair<C extends PairConfig>(
  setup: PairSetup<C>,
  sets: Sets,
  cell: Cell,
  member: number,
  context: StageContext,
): Promise<PairOutput> {
  const { config, task, shape, outputs, keys } = setup
  const net = task.net(config, cell, outputs)
  const own = [cell.depth, cell.width, cell.samples, member].reduce(foldIn, keys.networks)
  const { dtype = 'float32' } = shape
  const { params } = net.init(own, [-1, ...sets.train.x.shape.slice(1)], { dtype })
  const { steps, rate } = stepsOf(setup, cell)
  const at = evaluationSteps(steps, config.evaluations)
  const { momentum: mass, batch: wanted } = trainingOf(setup)
  const batch = wanted ?? cell.samples
  const byKernel = task.by === 'kernel'
  const trained = async (
    apply: Apply,
    part: readonly [number, number],
  ): ReturnType<typeof train<Params<Tensor>>> => {
    const [from, share] = part
    return await train({
      apply,
      params,
      ...sets.train,
      loss: lossesOf[shape.targets],
      optimizer: momentum(rate, mass),
      steps,
      at,
      // The network and its linearization see the same batches.
      ...(batch >= cell.samples ? {} : { batchSize: batch, key: foldIn(keys.batches, member) }),
      evaluate: { test: sets.test },
      metrics: { accuracy },
      outputs: true,
      evaluateBatchSize: 256,
      measure: { entries: (p: Params<Tensor>) => readEntries(p) },
      signal: context.signal,
      onProgress: ({ done }) => context.onPart(from + (share * done) / steps),
    }).catch((error: unknown) => {
      throw withRate(error, rate)
    })
  }
  const whole = applyOf(net)
  const model = config.start === 'centred' ? centredModel(whole, params).apply : whole
  const network = await trained(model, byKernel ? [0, 0.85] : [0, 0.45])
  const ownOutputs = outputsOf(network.history)
  const base = { cell, member, steps: at, network: curveOf(network.history) }
  if (byKernel) {
    const linear = await linearizedByKernel(
      { net, apply: model, params, trained: network.params, sets, at, rate, own: ownOutputs },
      context,
    )
    const { curve, kernel } = linear
    return {
      values: { ...base, linearized: curve, distance: kernel.distance, kernel: kernel.numbers },
      arrays: arraysOf(outputs, ownOutputs, linear.outputs, entriesOf(network.history), linear.entries),
    }
  }
  const { apply } = linearizedModel<Params<Tensor>>(model, params)
  const { history } = await trained(apply, [0.45, 0.55])
  const linearOutputs = outputsOf(history)
  return {
    values: {
      ...base,
      linearized: curveOf(history),
      distance: distanceBetween(ownOutputs, linearOutputs),
      kernel: null,
    },
    arrays: arraysOf(outputs, ownOutputs, linearOutputs, entriesOf(network.history), entriesOf(history)),
  }
}

function outputsOf(history: readonly TrainRecord[]): ArrayLike<number>[] {
  return history.map(({ sets }) => {
    const outputs = sets.test?.outputs
    if (outputs === undefined) throw new Error('an evaluation kept no outputs')
    return outputs.dataSync()
  })
}

function entriesOf(history: readonly TrainRecord[]): number[][] {
  return history.map(({ measures }) => {
    const found = measures?.entries
    if (typeof found !== 'object' || !('shape' in found)) throw new Error('an evaluation kept no weights')
    return Array.from((found as Tensor).dataSync())
  })
}

function curveOf(history: readonly TrainRecord[]): Curve {
  const of = (set: 'train' | 'test'): SetCurve => {
    const all = (metric: string): number[] =>
      history.map(({ sets }) => sets[set]?.metrics[metric] ?? Number.NaN)
    return { loss: all('loss'), accuracy: all('accuracy') }
  }
  return { train: of('train'), test: of('test') }
}

function arraysOf(
  columns: number,
  own: readonly ArrayLike<number>[],
  linear: readonly ArrayLike<number>[],
  ownWeights: readonly (readonly number[])[],
  linearWeights: readonly (readonly number[])[],
): PairOutput['arrays'] {
  const moves = (rows: readonly (readonly number[])[]): Tensor =>
    probesOf(
      rows.map((row) => row.map((value, i) => value - (ownWeights[0]?.[i] ?? Number.NaN))),
      1,
      1e9,
    )
  return {
    network: probesOf(own, columns, probes),
    linearized: probesOf(linear, columns, probes),
    network_weights: moves(ownWeights),
    linearized_weights: moves(linearWeights),
  }
}

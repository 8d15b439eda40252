import {
  accuracy,
  type CheckpointStore,
  crossEntropy,
  type Loss,
  linearizedModel,
  mse,
  relativeChange,
  type TrainRecord,
  train,
} from '@ntk/optim'
import { fileCheckpoint } from '@ntk/optim/node'
import type { Params } from '@ntk/stax'
import {
  div,
  key,
  mean,
  NtkError,
  permutation,
  square,
  sub,
  Tensor,
  type TypedArray,
  take,
  tensorFromData,
} from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { stackRows } from '../../../measures/rows.js'
import { shortNumber } from '../../../text/number.js'
import { augmentation } from '../augment.js'
import { type Length, lengthOf } from '../length.js'
import { type Model, modelOf } from '../model.js'
import { optimizerOf, scheduleOf } from '../optimizer.js'
import type { Setup } from '../setup.js'
import { type DataOutput, type SetName, setNames } from './data.js'
import type { RateOutput } from './rate.js'

/** Loss, and accuracy or R², at every evaluated step. */
export interface SetCurve {
  readonly loss: readonly number[]
  readonly score: readonly number[]
}

export interface TrainingOutput {
  readonly values: {
    readonly steps: readonly number[]
    readonly sets: { readonly [K in SetName]: SetCurve | null }
    /** ‖θ − θ0‖ / ‖θ0‖ by layer, at the last step. */
    readonly moved: Readonly<Record<string, number>>
    readonly stoppedEarly: boolean
    readonly length: Length
  }
  /** Outputs for some test samples at every evaluated step, [evaluations, samples, outputs]. */
  readonly arrays: { readonly outputs: Tensor }
}

/** Test samples whose outputs are kept. */
const probes = 256

/** A loss so many times that at the start has diverged, also where it is not yet infinite. */
const tooLarge = 1e4

/** 1 less the squared error over that of the mean of the targets. */
const r2: Loss = (f, y) => sub(1, div(mean(square(sub(f, y))), mean(square(sub(y, mean(y))))))

type CurveName = 'network' | 'linearized'

const titles: { readonly [C in CurveName]: string } = {
  network: 'training the network',
  linearized: 'training the linearization',
}

export function networkStage(
  setup: Setup,
  data: Stage<DataOutput>,
  rate: Stage<RateOutput>,
): Stage<TrainingOutput> {
  return stage({
    name: 'network',
    title: titles.network,
    needs: { data, rate },
    async run({ data: read, rate: { values } }, context) {
      const model = await modelOf(setup, read)
      const length = lengthOf(setup.config, read.arrays.x_train.shape[0] ?? 0)
      return trained(setup, read, context, { curve: 'network', model, length, rate: values.learningRate })
    },
  })
}

/**
 * The linearization (Lee et al. 2019, Equation 4) from the same start, on the same batches, for as many steps as the network was trained.
 * Weight decay draws it to its start: its weights are θ − θ0.
 */
export function linearizedStage(
  setup: Setup,
  data: Stage<DataOutput>,
  rate: Stage<RateOutput>,
  network: Stage<TrainingOutput>,
): Stage<TrainingOutput> {
  return stage({
    name: 'linearized',
    title: titles.linearized,
    needs: { data, rate, network },
    async run({ data: read, rate: { values }, network: before }, context) {
      const model = await modelOf(setup, read)
      const { apply } = linearizedModel<Params<Tensor>>(model.apply, model.params)
      const { length } = before.values
      return trained(setup, read, context, {
        curve: 'linearized',
        model: { ...model, apply },
        length,
        rate: values.learningRate,
        until: before.values.steps.at(-1) ?? length.steps,
      })
    },
  })
}

interface Training {
  readonly curve: CurveName
  readonly model: Model
  readonly length: Length
  readonly rate: number
  /** The last step, where training does not end by itself. */
  readonly until?: number
}

async function trained(
  setup: Setup,
  { values: { task: what } }: DataOutput,
  context: StageContext,
  training: Training,
): Promise<TrainingOutput> {
  const { config, keys } = setup
  const { curve, model, length, rate, until } = training
  const { apply, params, sets } = model
  const steps = until ?? length.steps
  const schedule = scheduleOf(config.schedule, rate, length.steps)
  const optimizer = optimizerOf(config.optimizer, schedule)
  const present = setNames.filter((name) => name !== 'train' && (sets[name].x.shape[0] ?? 0) > 0)
  const record = (now: TrainRecord): void =>
    context.record(
      setNames.flatMap((split) => {
        const found = now.sets[split]
        if (found === undefined) return []
        const { loss = null, score = null } = found.metrics
        const learningRate = typeof schedule === 'number' ? schedule : schedule(now.step)
        const epoch = now.step / length.perEpoch
        return [{ curve, split, step: now.step, epoch, learningRate, loss, score }]
      }),
    )
  const probed = probesOf(sets.test.x)
  const { patience, metric, minDelta } = config.earlyStop
  const stops = patience !== undefined && until === undefined
  const task = context.progress.task(titles[curve], steps)
  const onRecord = divergenceOf(curve, rate)
  try {
    const { history, stoppedEarly } = await train({
      apply,
      params,
      ...sets.train,
      loss: config.loss === 'mse' ? mse : crossEntropy,
      optimizer,
      steps,
      batchSize: length.batchSize,
      key: keys.batches,
      augment: augmentation(config.augment),
      evaluate: Object.fromEntries(present.map((name) => [name, sets[name]])),
      metrics: { score: what === 'classes' ? accuracy : r2 },
      evaluateEvery: length.evaluateEvery,
      measure: { moved: relativeChange(params), outputs: (now) => apply(now, probed) },
      earlyStop: stops
        ? { patience, set: 'validation', metric, mode: metric === 'loss' ? 'min' : 'max', minDelta }
        : undefined,
      decayFrom: curve === 'linearized' && optimizer.decays === true ? params : undefined,
      checkpoint: retold(fileCheckpoint(context.checkpoint(`${curve}.safetensors`)), record),
      checkpointEvery: length.checkpointEvery,
      onRecord: (now) => {
        record(now)
        onRecord(now)
      },
      onProgress: ({ done, loss }) => task.update(done, `loss ${shortNumber(loss)}`),
      signal: context.signal,
    })
    const last = history.at(-1)?.sets.test?.metrics.loss ?? Number.NaN
    task.done(`test loss ${shortNumber(last)}${stoppedEarly ? ', stopped early' : ''}`)
    return await outputOf(history, stoppedEarly, length)
  } catch (error) {
    task.stop()
    throw error
  }
}

/** A store that also tells the evaluations that it has: the metrics of a stage begin anew with it. */
function retold(store: CheckpointStore, record: (now: TrainRecord) => void): CheckpointStore {
  return {
    save: (state, run) => store.save(state, run),
    async load(like, run) {
      const state = await store.load(like, run)
      for (const before of state?.history ?? []) record(before)
      return state
    },
  }
}

/** Throws NtkError 'diverged' at an evaluation whose training loss is far above that at the start. */
function divergenceOf(curve: CurveName, rate: number): (record: TrainRecord) => void {
  let start: number | undefined
  return ({ step, sets }) => {
    const loss = sets.train?.metrics.loss ?? Number.NaN
    start ??= loss
    if (!(loss > tooLarge * Math.max(start, Number.MIN_VALUE))) return
    throw new NtkError('diverged', {
      what: `${curve === 'network' ? 'The network' : 'The linearization'} diverged by step ${step}: its training loss is ${tooLarge} times that of its first evaluation, or more.`,
      got: `loss ${shortNumber(loss)} after ${shortNumber(start)}, with the learning rate ${shortNumber(rate)}`,
      fix: 'Start again with a lower --learning-rate, or with --warmup or --clip.',
    })
  }
}

/** All test samples, or so many drawn at random, the same of both curves; in the order of the set. */
function probesOf(x: Tensor): Tensor {
  const m = x.shape[0] ?? 0
  if (m <= probes) return x
  const rows = Int32Array.from(permutation(key(0), m).dataSync().subarray(0, probes)).sort()
  return take(x, tensorFromData(rows, [probes], x.backend))
}

async function outputOf(
  history: readonly TrainRecord[],
  stoppedEarly: boolean,
  length: Length,
): Promise<TrainingOutput> {
  const outputs: TypedArray[] = []
  let shape: readonly number[] = []
  let moved: Readonly<Record<string, number>> = {}
  for (const { measures } of history) {
    const found = measures?.outputs
    if (!Tensor.isInstance(found)) throw new Error('an evaluation kept no outputs')
    shape = found.shape
    outputs.push(await found.data())
    const { moved: layers } = measures ?? {}
    if (typeof layers === 'object' && !Tensor.isInstance(layers)) moved = layers
  }
  const of = (set: SetName): SetCurve | null => {
    if (history[0]?.sets[set] === undefined) return null
    const all = (name: string): number[] => history.map(({ sets }) => sets[set]?.metrics[name] ?? Number.NaN)
    return { loss: all('loss'), score: all('score') }
  }
  const sets = { train: of('train'), validation: of('validation'), test: of('test') }
  return {
    values: { steps: history.map(({ step }) => step), sets, moved, stoppedEarly, length },
    arrays: { outputs: stackRows(outputs, shape) },
  }
}

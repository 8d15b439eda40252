import { type Tree, valueAndGrad, vjp } from '@ntk/autodiff'
import { scope, type Tensor, turnEvery } from '@ntk/tensor'
import { batches } from './batches.js'
import { numberOf, predictInBatches, recordSet } from './evaluate.js'
import { notFinite } from './not-finite.js'
import { applyUpdates, type Optimizer } from './optimizer.js'
import { readTrainOptions } from './read-options.js'
import {
  type SetRecord,
  TrainingStopped,
  type TrainOptions,
  type TrainRecord,
  type TrainResult,
  type TrainState,
} from './train-options.js'

/**
 * Gradient descent of the loss by an optimizer, on all samples at once or on mini-batches, with evaluations on the
 * way. Deterministic: the same options give the same numbers, also when stopped and gone on from `start`.
 *
 * Throws `TrainingStopped` (an NtkError): 'aborted' when `signal` fires, 'diverged' when the loss is NaN or infinite.
 */
export async function train<P extends Tree>(options: TrainOptions<P>): Promise<TrainResult<P>> {
  const { loss, outputs: keep, evaluateBatchSize } = readTrainOptions(options)
  const { apply, x, y, optimizer, steps, start, signal } = options
  const batchOf = batches(x, y, options.batchSize, options.key)
  const fullBatch = options.batchSize === undefined
  const metrics = { loss, ...options.metrics }
  const wanted = evaluationSteps(options)
  const turn = turnEvery()
  const history: TrainRecord[] = []
  let state: TrainState<P> = (start as TrainState<P> | undefined) ?? {
    step: 0,
    params: options.params,
    optimizerState: optimizer.init(options.params),
  }

  const divergence = async (at: TrainState<P>, value: number): Promise<TrainingStopped<P>> =>
    new TrainingStopped(
      'diverged',
      {
        what: `The loss must stay finite, but training diverged by step ${at.step}.`,
        got: `loss ${value} with ${optimizer.name}`,
        fix:
          (await notFinite({ x, y })) ??
          'Lower the learning rate: full-batch descent is stable below `maxLearningRate` of the kernel (@ntk/dynamics).',
      },
      at,
      history,
    )

  /** `outputs` of the training set at the present parameters spare an evaluation where they are known. */
  const evaluate = (outputs?: Tensor): Promise<TrainRecord> =>
    scope(async (s) => {
      const f = (inputs: Tensor): Tensor =>
        predictInBatches((rows) => apply(state.params, rows), inputs, evaluateBatchSize)
      const sets: Record<string, SetRecord> = {
        train: await s.wait(recordSet(outputs ?? f(x), y, metrics, keep)),
      }
      for (const [name, set] of Object.entries(options.evaluate ?? {})) {
        sets[name] = await s.wait(recordSet(f(set.x), set.y, metrics, keep))
      }
      return { step: state.step, sets }
    })

  const note = (record: TrainRecord): void => {
    history.push(record)
    options.onRecord?.(record)
  }

  /** The state that training made itself and showed to nobody: its memory may go when the next one is there. */
  let own: TrainState<P> | null = null

  /** One step: the loss before it, what was evaluated there, and the state after it. On a device nothing else is left. */
  const advance = (): Promise<{ lossNow: number; record: TrainRecord | null; next: TrainState<P> }> =>
    scope(
      async (s) => {
        const { step, params } = state
        const batch = batchOf(step)
        const [outputs, pullback] = vjp((p: P) => apply(p, batch.x), params)
        const { value, grad } = valueAndGrad<[Tensor], Tensor>((f) => loss(f, batch.y))(outputs)
        const lossNow = await s.wait(numberOf(value))
        if (!Number.isFinite(lossNow)) throw await s.wait(divergence(state, lossNow))
        const record = wanted(step) ? await s.wait(evaluate(fullBatch ? outputs : undefined)) : null
        const [grads] = pullback(grad)
        return { lossNow, record, next: { step: step + 1, ...updated(optimizer, grads as P, state) } }
      },
      { takes: own === null ? [] : [own.params, own.optimizerState] },
    )

  while (state.step < steps) {
    await turn()
    if (signal?.aborted === true) {
      options.onCheckpoint?.(state)
      throw new TrainingStopped(
        'aborted',
        {
          what: `Training was stopped after ${state.step} of ${steps} steps.`,
          fix: 'Go on by giving the state of this error as `start`.',
          cause: signal.reason,
        },
        state,
        history,
      )
    }
    const { lossNow, record, next } = await advance()
    if (record !== null) note(record)
    state = next
    own = next
    if (
      options.checkpointEvery !== undefined &&
      state.step % options.checkpointEvery === 0 &&
      state.step < steps
    ) {
      own = null
      options.onCheckpoint?.(state)
    }
    options.onProgress?.({ done: state.step, total: steps, loss: lossNow })
  }
  if (wanted(steps)) {
    const record = await evaluate()
    note(record)
    const last = record.sets.train?.metrics.loss as number
    if (!Number.isFinite(last)) throw await divergence(state, last)
  }
  options.onCheckpoint?.(state)
  return { ...state, history }
}

function updated<P extends Tree>(
  optimizer: Optimizer,
  grads: P,
  { params, optimizerState }: TrainState<P>,
): Omit<TrainState<P>, 'step'> {
  if (optimizer.step !== undefined) {
    const next = optimizer.step(grads, optimizerState, params, { donate: true })
    return { params: next.params, optimizerState: next.state }
  }
  const { updates, state } = optimizer.update(grads, optimizerState, params)
  return { params: applyUpdates(params, updates), optimizerState: state }
}

function evaluationSteps<P extends Tree>({
  at,
  evaluateEvery,
  steps,
}: TrainOptions<P>): (step: number) => boolean {
  if (at === undefined && evaluateEvery === undefined) return (step) => step === 0 || step === steps
  const listed = new Set(at)
  const every = evaluateEvery
  if (every === undefined) return (step) => listed.has(step)
  return (step) => listed.has(step) || step % every === 0 || step === steps
}

import { type Tree, treeLeaves, valueAndGrad, vjp } from '@ntk/autodiff'
import { scope, Tensor, turnEvery } from '@ntk/tensor'
import { batches } from './batches.js'
import { describeRun } from './describe-run.js'
import { stopRule } from './early-stop.js'
import { numberOf, predictInBatches, recordSet } from './evaluate.js'
import type { Measured } from './measurements.js'
import { notFinite, notFiniteLeaf } from './not-finite.js'
import { applyUpdates, type Optimizer } from './optimizer.js'
import { readTrainOptions } from './read-options.js'
import { startingState } from './starting-state.js'
import { TrainingStopped, type TrainOptions, type TrainResult } from './train-options.js'
import type { SetRecord, TrainRecord, TrainState } from './train-state.js'

/**
 * Gradient descent of the loss by an optimizer, on all samples at once or on mini-batches, with evaluations on the
 * way. On a device its result is the caller's: no scope around owns it, and `scope(() => undefined, { takes: result })` frees it.
 * Deterministic: the same options give the same numbers, also when stopped and gone on from `start` or `checkpoint`.
 *
 * Throws `TrainingStopped` (an NtkError): 'aborted' when `signal` fires, 'diverged' when the loss, or a parameter where they are kept or
 * given back, is NaN or infinite. Throws NtkError 'conflict' where the state to go on from is that of another run.
 */
export async function train<P extends Tree>(options: TrainOptions<P>): Promise<TrainResult<P>> {
  const { loss, outputs: keepOutputs, evaluateBatchSize } = readTrainOptions(options)
  const { apply, x, y, optimizer, steps, signal, checkpoint, decayFrom } = options
  const batchOf = batches(x, y, options.batchSize, options.key, options.augment)
  const wholeSet = options.batchSize === undefined && options.augment === undefined
  const isEnough = stopRule(
    options.earlyStop,
    Object.keys(options.evaluate ?? {}),
    Object.keys(options.metrics ?? {}),
  )
  const metrics = { loss, ...options.metrics }
  const wanted = evaluationSteps(options)
  const turn = turnEvery()
  const run = checkpoint === undefined ? null : await describeRun(options)
  const beginning = await startingState(options, run)
  const { history: before = [], ...begin } = beginning.state
  const history: TrainRecord[] = [...before]
  let state: TrainState<P> = begin
  /** Whether there is an evaluation of the present state: a run that goes on from it has that one. */
  const isNoted = (): boolean => history.at(-1)?.step === state.step

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

  /** Before parameters are kept or given back: a gradient can be NaN where the loss is not, and there may be no loss after it. */
  const requireFinite = async (): Promise<void> => {
    const leaf = await notFiniteLeaf(state.params)
    if (leaf === null) return
    throw new TrainingStopped(
      'diverged',
      {
        what: `Parameters must stay finite, but ${leaf.path} holds ${leaf.value} after step ${state.step}.`,
        got: `it with ${optimizer.name}`,
        fix: 'Lower the learning rate, or look for a root, logarithm or division at 0, whose gradient is not finite where the loss is.',
      },
      state,
      history,
    )
  }

  const keep = async (): Promise<void> => {
    await requireFinite()
    await options.onCheckpoint?.(state)
    if (run !== null) await checkpoint?.save({ ...state, history }, run)
  }

  /** `outputs` of the training set at the present parameters spare an evaluation where they are known. */
  const evaluate = (outputs?: Tensor): Promise<TrainRecord> =>
    scope(async (s) => {
      const f = (inputs: Tensor): Tensor =>
        predictInBatches((rows) => apply(state.params, rows), inputs, evaluateBatchSize)
      const sets: Record<string, SetRecord> = {
        train: await s.wait(recordSet(outputs ?? f(x), y, metrics, keepOutputs)),
      }
      for (const [name, set] of Object.entries(options.evaluate ?? {})) {
        sets[name] = await s.wait(recordSet(f(set.x), set.y, metrics, keepOutputs))
      }
      if (options.measure === undefined) return { step: state.step, sets }
      const measures: Record<string, Measured> = {}
      for (const [name, of] of Object.entries(options.measure)) {
        measures[name] = await s.wait(Promise.resolve(of(state.params, state.step)))
      }
      return { step: state.step, sets, measures }
    })

  const note = (record: TrainRecord): void => {
    history.push(record)
    options.onRecord?.(record)
  }

  /** The state that training made itself and showed to nobody: its memory may go when the next one is there. */
  let own: TrainState<P> | null = null
  /** What it made of the first state and showed to nobody: of the optimizer's part what is not the parameters, which are the caller's. */
  let first: readonly Tensor[] = beginning.own ? leavesBeside(begin.optimizerState, begin.params) : []

  /**
   * One step: the loss before it, what was evaluated there, and the state after it, or the same state where that evaluation ends training.
   * On a device nothing else is left.
   */
  const advance = (): Promise<{ lossNow: number; record: TrainRecord | null; next: TrainState<P> }> =>
    scope(
      async (s) => {
        const { step, params } = state
        const batch = batchOf(step)
        const [outputs, pullback] = vjp((p: P) => apply(p, batch.x), params)
        const { value, grad } = valueAndGrad<[Tensor], Tensor>((f) => loss(f, batch.y))(outputs)
        const lossNow = await s.wait(numberOf(value))
        if (!Number.isFinite(lossNow)) throw await s.wait(divergence(state, lossNow))
        const isDue = wanted(step) && !isNoted()
        const record = isDue ? await s.wait(evaluate(wholeSet ? outputs : undefined)) : null
        if (record !== null && isEnough([...history, record])) return { lossNow, record, next: state }
        const [grads] = pullback(grad)
        const next = { step: step + 1, ...updated(optimizer, grads as P, state, decayFrom) }
        return { lossNow, record, next }
      },
      { takes: own === null ? first : [own.params, own.optimizerState] },
    )

  let stoppedEarly = isEnough(history)
  while (state.step < steps && !stoppedEarly) {
    await turn()
    if (signal?.aborted === true) {
      await keep()
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
    if (next === state) {
      stoppedEarly = true
      break
    }
    state = next
    own = next
    first = []
    if (
      options.checkpointEvery !== undefined &&
      state.step % options.checkpointEvery === 0 &&
      state.step < steps
    ) {
      // Whoever was shown the state may keep it; a store does not.
      if (options.onCheckpoint !== undefined) own = null
      await keep()
    }
    options.onProgress?.({ done: state.step, total: steps, loss: lossNow })
  }
  if (!stoppedEarly && wanted(steps) && !isNoted()) {
    const record = await evaluate()
    note(record)
    const last = record.sets.train?.metrics.loss as number
    if (!Number.isFinite(last)) throw await divergence(state, last)
    stoppedEarly = isEnough(history)
  }
  await keep()
  return { ...state, history, stoppedEarly }
}

/** The tensors of a tree that are not those of another one. */
function leavesBeside(tree: Tree, other: Tree): Tensor[] {
  const taken = new Set(treeLeaves(other))
  return treeLeaves(tree).filter((leaf): leaf is Tensor => Tensor.isInstance(leaf) && !taken.has(leaf))
}

function updated<P extends Tree>(
  optimizer: Optimizer,
  grads: P,
  { params, optimizerState }: TrainState<P>,
  decayFrom: P | undefined,
): Omit<TrainState<P>, 'step'> {
  if (optimizer.step !== undefined && decayFrom === undefined) {
    const next = optimizer.step(grads, optimizerState, params, { donate: true })
    return { params: next.params, optimizerState: next.state }
  }
  const { updates, state } = optimizer.update(grads, optimizerState, params, decayFrom)
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

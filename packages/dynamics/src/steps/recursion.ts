import type { Tree } from '@ntk/autodiff'
import {
  add,
  full,
  matmul,
  mul,
  NtkError,
  reshape,
  type Shape,
  scatterAdd,
  sub,
  type Tensor,
  take,
  throwIfAborted,
  turnEvery,
} from '@ntk/tensor'
import type { Layout } from '../layout.js'
import { rowsAt, type StepBatches } from './batch-list.js'
import type { LinearOptimizer } from './linear-optimizer.js'
import type { LossFn } from './loss.js'

/** Where training stands: the weights are θ_0 + J(X)ᵀ representer. */
export interface StepsState {
  /** Updates made. */
  readonly step: number
  /** Shaped like the outputs, in float64. */
  readonly representer: Tensor
  /** β in θ = β θ_0 + J(X)ᵀ representer where weights decay to zero, a scalar; absent where it is 1. */
  readonly share?: Tensor | undefined
  readonly optimizerState: Tree
}

export interface Recursion {
  /** Θ(X, X) as a matrix [n, n], or [n k, n k] where it couples outputs, with its regularizer. */
  readonly kernel: Tensor
  readonly layout: Layout
  /** Outputs at the start [n, ...], and targets [n, ...]. */
  readonly f0: Tensor
  readonly y: Tensor
  /** J(X) θ_0 [n, ...] where weights decay to zero. */
  readonly tangent: Tensor | null
  /** ∂L/∂f. */
  readonly gradient: LossFn
  readonly optimizer: LinearOptimizer
  readonly batches: StepBatches | undefined
}

interface Walk {
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The states of training at those steps, in order. Gradients of a batch B are J(X_B)ᵀ ∂L/∂f_B, so that the weights of whatever adds up such
 * gradients and weights u = θ − θ_0 stay of the form J(X)ᵀ a: the optimizer's own update of the weights is its update of a, with the gradient
 * ∂L/∂f at the rows of the batch and 0 elsewhere; a weight decay to a = 0 is one to θ_0. The outputs are f_0 + Θ(·, X) a. Weights that decay to zero are
 * β θ_0 + J(X)ᵀ a: β is one more number that the optimizer updates, whose gradient is the decay's alone, and the outputs lose (1 − β) J θ_0.
 */
export async function statesAt(
  r: Recursion,
  start: StepsState,
  wanted: readonly number[],
  { onProgress, signal }: Walk,
): Promise<StepsState[]> {
  const last = latest(wanted)
  const due = new Set(wanted)
  const turn = turnEvery()
  const found = new Map<number, StepsState>()
  let now = start
  while (true) {
    if (due.has(now.step)) found.set(now.step, now)
    if (now.step >= last) return wanted.map((step) => found.get(step) as StepsState)
    await turn()
    throwIfAborted(signal, 'gradientDescentSteps', `${now.step} of ${last} steps`)
    const gradient = gradientAt(r, now)
    now = { step: now.step + 1, ...updated(r.optimizer, gradient, now) }
    onProgress?.({ done: now.step, total: last })
  }
}

/** The last of a list of times. */
export const latest = (times: readonly number[]): number => times.reduce((a, b) => Math.max(a, b))

export function freshState(optimizer: LinearOptimizer, outputs: Shape, toZero: boolean): StepsState {
  const representer = full(outputs, 0)
  if (!toZero) return { step: 0, representer, optimizerState: optimizer.init(representer) }
  const share = full([], 1)
  return { step: 0, representer, share, optimizerState: optimizer.init({ representer, share }) }
}

function updated(
  optimizer: LinearOptimizer,
  gradient: Tensor,
  { representer, share, optimizerState }: StepsState,
): Omit<StepsState, 'step'> {
  if (share === undefined) {
    const { updates, state } = optimizer.update(gradient, optimizerState, representer)
    return { representer: add(representer, updates), optimizerState: state }
  }
  const grads = { representer: gradient, share: full([], 0) }
  const { updates, state } = optimizer.update(grads, optimizerState, { representer, share })
  return {
    representer: add(representer, updates.representer),
    share: add(share, updates.share),
    optimizerState: state,
  }
}

/** Outputs less what those at the start have lost, (1 − β) J θ_0. */
export function shrunk(f: Tensor, tangent: Tensor | null, { share }: StepsState): Tensor {
  return tangent === null || share === undefined ? f : add(f, mul(tangent, sub(share, 1)))
}

/** One time, so that outputs have no axis of times. */
const once = { list: [0], several: false }

function gradientAt(r: Recursion, now: StepsState): Tensor {
  const { step, representer } = now
  const start = shrunk(r.f0, r.tangent, now)
  const [n = 0, ...outputs] = start.shape
  const rows = rowsAt(r.batches, step, n)
  const moves = r.layout.columns(representer)
  if (rows === null) {
    const f = add(start, r.layout.outputs(matmul(r.kernel, moves), once, start.shape))
    return finite(r.gradient(f, r.y), f, step, r.optimizer)
  }
  const b = rows.shape[0] as number
  const columns = r.kernel.shape[1] as number
  const seen = take(reshape(r.kernel, [n, r.kernel.size / n]), rows)
  const move = matmul(reshape(seen, [seen.size / columns, columns]), moves)
  const f = add(take(start, rows), r.layout.outputs(move, once, [b, ...outputs]))
  const own = finite(r.gradient(f, take(r.y, rows)), f, step, r.optimizer)
  return scatterAdd(full(start.shape, 0), rows, own)
}

/** Throws NtkError 'diverged' where the gradient is not finite. */
function finite(gradient: Tensor, f: Tensor, step: number, optimizer: LinearOptimizer): Tensor {
  if (gradient.dataSync().every((v: number) => Number.isFinite(v))) return gradient
  throw new NtkError('diverged', {
    what: `The gradient of the loss must stay finite, but training diverged by step ${step}.`,
    got: `outputs up to ${Array.from(f.dataSync()).reduce((a, b) => Math.max(a, Math.abs(b)), 0)} with ${optimizer.name}`,
    fix: 'Take a learning rate below maxLearningRate, or look for a loss that is infinite at the outputs of the start.',
  })
}

import type { Tree } from '@ntk/autodiff'
import {
  add,
  full,
  matmul,
  NtkError,
  reshape,
  type Shape,
  scatterAdd,
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
  readonly optimizerState: Tree
}

export interface Recursion {
  /** Θ(X, X) as a matrix [n, n], or [n k, n k] where it couples outputs, with its regularizer. */
  readonly kernel: Tensor
  readonly layout: Layout
  /** Outputs at the start [n, ...], and targets [n, ...]. */
  readonly f0: Tensor
  readonly y: Tensor
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
 * ∂L/∂f at the rows of the batch and 0 elsewhere; a weight decay to a = 0 is one to θ_0. The outputs are f_0 + Θ(·, X) a.
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
    const { updates, state } = r.optimizer.update(gradient, now.optimizerState, now.representer)
    now = { step: now.step + 1, representer: add(now.representer, updates), optimizerState: state }
    onProgress?.({ done: now.step, total: last })
  }
}

/** The last of a list of times. */
export const latest = (times: readonly number[]): number => times.reduce((a, b) => Math.max(a, b))

export function freshState(optimizer: LinearOptimizer, outputs: Shape): StepsState {
  const representer = full(outputs, 0)
  return { step: 0, representer, optimizerState: optimizer.init(representer) }
}

/** One time, so that outputs have no axis of times. */
const once = { list: [0], several: false }

function gradientAt(r: Recursion, { step, representer }: StepsState): Tensor {
  const [n = 0, ...outputs] = r.f0.shape
  const rows = rowsAt(r.batches, step, n)
  const moves = r.layout.columns(representer)
  if (rows === null) {
    const f = add(r.f0, r.layout.outputs(matmul(r.kernel, moves), once, r.f0.shape))
    return finite(r.gradient(f, r.y), f, step, r.optimizer)
  }
  const b = rows.shape[0] as number
  const columns = r.kernel.shape[1] as number
  const seen = take(reshape(r.kernel, [n, r.kernel.size / n]), rows)
  const move = matmul(reshape(seen, [seen.size / columns, columns]), moves)
  const f = add(take(r.f0, rows), r.layout.outputs(move, once, [b, ...outputs]))
  const own = finite(r.gradient(f, take(r.y, rows)), f, step, r.optimizer)
  return scatterAdd(full(r.f0.shape, 0), rows, own)
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

import { type Tree, treeMap, vmap } from '@ntk/autodiff'
import { NtkError, scope, slice, stack, sum, type Tensor } from '@ntk/tensor'
import { requireFunction } from '@ntk/tensor/options'
import type { EnsembleMember, TrainEnsembleOptions } from './ensemble-options.js'
import { recordSet } from './evaluate.js'
import type { Loss } from './loss.js'
import { type Optimizer } from './optimizer.js'
import { readEnsembleOptions } from './read-options.js'
import { train } from './train.js'
import { TrainingStopped } from './train-options.js'
import type { SetRecord, TrainRecord } from './train-state.js'

/**
 * Trains several networks of one shape at once, each as `train` would by itself: the same numbers up to rounding. Parameters are
 * stacked and every op runs once for all members, which pays where networks are small: 16 networks of width 256 take about
 * half of the time that they take one by one, and those of width 2048 take as long. All members see the same samples, in the
 * same order. Outputs and metrics of a member are in its history.
 *
 * Throws NtkError 'aborted' when `signal` fires, and 'diverged' when the loss of any member is NaN or infinite.
 */
export async function trainEnsemble<P extends Tree>(
  options: TrainEnsembleOptions<P>,
): Promise<readonly EnsembleMember<P>[]> {
  const { loss, outputs: keep } = readEnsembleOptions(options)
  const { params, decayFrom, model, y, evaluate, metrics, optimizer, onProgress, ...rest } = options
  const size = params.length
  const start = stackTrees(params)
  // one network's function as that of all: outputs [n, members, ...]
  const all = vmap((p: P, x: Tensor) => options.apply(p, x), { inAxes: [0, null], outAxes: 1 })
  const apply = model === undefined ? all : model(all, start)?.apply
  requireFunction(apply, 'apply of what `model` gives')
  // Σ over members: the gradient in one member's parameters is that of its own loss.
  const members = vmap((f: Tensor, t: Tensor) => loss(f, t), { inAxes: [1, null] })
  const trained = await train({
    ...rest,
    apply,
    params: start,
    y,
    evaluate,
    decayFrom: decayFrom === undefined ? undefined : stackTrees(decayFrom),
    loss: (f, t) => sum(members(f, t)),
    optimizer: ofEnsemble(optimizer, size),
    metrics: {},
    outputs: true,
    onProgress: (progress) => onProgress?.({ ...progress, loss: progress.loss / size }),
  }).catch((error: unknown) => {
    throw ofAllMembers(error, size)
  })
  const sets: Readonly<Record<string, Tensor>> = { train: y, ...mapRecord(evaluate ?? {}, (set) => set.y) }
  const histories = await splitHistory(trained.history, size, sets, { loss, ...metrics }, keep)
  return histories.map((history, i) => ({ params: memberOf(trained.params, i), history }))
}

function stackTrees<P extends Tree>(trees: readonly P[]): P {
  const [first, ...others] = trees as readonly [P, ...P[]]
  return treeMap((...leaves: Tensor[]) => stack(leaves), first, ...others)
}

function memberOf<P extends Tree>(stacked: P, member: number): P {
  return treeMap((leaf: Tensor) => slice(leaf, member), stacked)
}

function mapRecord<T, R>(record: Readonly<Record<string, T>>, f: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))
}

/** An optimizer that looks at more than one number at once, as a clip by the norm does, is asked for each member by itself. */
function ofEnsemble(optimizer: Optimizer, size: number): Optimizer {
  if (optimizer.elementwise === true) return optimizer
  const places = Array.from({ length: size }, (_, i) => i)
  return {
    name: optimizer.name,
    init: (params) => places.map((i) => optimizer.init(memberOf(params, i))),
    decays: optimizer.decays,
    linear: optimizer.linear,
    update<P extends Tree>(grads: P, state: Tree, params: P, decayFrom?: P) {
      const each = places.map((i) =>
        optimizer.update(
          memberOf(grads, i),
          (state as readonly Tree[])[i] ?? null,
          memberOf(params, i),
          decayFrom === undefined ? undefined : memberOf(decayFrom, i),
        ),
      )
      return { updates: stackTrees(each.map(({ updates }) => updates)), state: each.map((one) => one.state) }
    },
  }
}

/** Outputs [n, members, ...] of every evaluation become those of each member, with its metrics. */
async function splitHistory(
  history: readonly TrainRecord[],
  size: number,
  targets: Readonly<Record<string, Tensor>>,
  metrics: Readonly<Record<string, Loss>>,
  keep: boolean,
): Promise<TrainRecord[][]> {
  const histories: TrainRecord[][] = Array.from({ length: size }, () => [])
  for (const { step, sets } of history) {
    for (const [i, own] of histories.entries()) {
      const record: Record<string, SetRecord> = {}
      for (const [name, { outputs }] of Object.entries(sets)) {
        const y = targets[name] as Tensor
        record[name] = await scope((s) =>
          s.wait(recordSet(slice(outputs as Tensor, null, i), y, metrics, keep)),
        )
      }
      own.push({ step, sets: record })
    }
    for (const { outputs } of Object.values(sets)) outputs?.dispose()
  }
  return histories
}

function ofAllMembers(error: unknown, size: number): unknown {
  if (!(error instanceof TrainingStopped)) return error
  const { code, what, got, fix } = error
  return new NtkError(code, {
    what: `${what} It was that of ${size} networks at once.`,
    got,
    fix: code === 'aborted' ? 'An ensemble is trained in one go: train it again.' : fix,
    cause: error,
  })
}

import { NtkError, normalizeAxis, scope, showShape, type Value } from '@ntk/tensor'
import { type RulesFor, readOptions, requireFunction, rule } from '@ntk/tensor/options'
import { runTransformation } from '../core/tracer.js'
import { isRecord, leafPaths, type TreeDef, treeFlatten, treeUnflatten } from '../tree/tree.js'
import { BatchTransformation } from '../vmap/interpreter.js'
import { type BatchAxis, batchedAt } from '../vmap/rule.js'

/**
 * Which axis is the batch: one number for all leaves, null for none, or a list or object as the tree itself down to
 * where one of these holds for everything below.
 */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes }

export interface VmapOptions {
  /** For all arguments, or a list with one entry an argument. 0 where absent. */
  readonly inAxes?: number | null | readonly Axes[] | undefined
  /** Where the batch axis of the results stands. 0 where absent; null gives results that do not differ without it. */
  readonly outAxes?: Axes | undefined
}

const isAxis = (v: unknown): boolean => v === null || Number.isSafeInteger(v)

const rules = {
  inAxes: rule<number | null | readonly Axes[]>(
    'an axis, null, or a list with one entry an argument',
    (v) => isAxis(v) || Array.isArray(v),
    0,
  ),
  outAxes: rule<Axes>('an axis, null, or a tree of these', (v) => isAxis(v) || typeof v === 'object', 0),
} satisfies RulesFor<VmapOptions>

function leafAxes(axes: Axes, def: TreeDef, option: string, path = ''): BatchAxis[] {
  if (axes === null || typeof axes === 'number') return leafPaths(def).map(() => axes)
  const fits =
    def.kind === 'list'
      ? Array.isArray(axes) && axes.length === def.items.length
      : def.kind === 'record' && isRecord(axes) && def.keys.every((k) => k in axes)
  if (!fits || (def.kind !== 'list' && def.kind !== 'record')) {
    throw new NtkError('tree', {
      what: `vmap with ${option} needs a number, null, or the structure of the tree, at tree${path}.`,
      got: JSON.stringify(axes),
    })
  }
  return def.items.flatMap((item, i) => {
    const key = def.kind === 'record' ? (def.keys[i] as string) : i
    const below = (axes as Readonly<Record<string | number, Axes>>)[key] as Axes
    return leafAxes(below, item, option, def.kind === 'record' ? `${path}.${key}` : `${path}[${key}]`)
  })
}

interface Argument {
  readonly leaves: Value[]
  readonly axes: BatchAxis[]
  readonly rebuild: (leaves: readonly Value[]) => unknown
}

/** An argument without a batch axis is passed on as it is and may be anything. */
function argument(arg: unknown, axes: Axes, position: number): Argument {
  if (axes === null) return { leaves: [], axes: [], rebuild: () => arg }
  const { leaves, treedef } = treeFlatten(arg)
  const list = leafAxes(axes, treedef, 'inAxes', `[${position}]`)
  const normalized = list.map((a, i) =>
    a === null ? null : normalizeAxis('vmap', a, (leaves[i] as Value).shape.length),
  )
  return { leaves, axes: normalized, rebuild: (xs) => treeUnflatten(treedef, xs) }
}

function batchSize(args: readonly Argument[]): number {
  let size: number | null = null
  for (const { leaves, axes } of args) {
    for (let i = 0; i < leaves.length; i++) {
      const axis = axes[i] as BatchAxis
      if (axis === null) continue
      const n = (leaves[i] as Value).shape[axis] as number
      if (size !== null && size !== n) {
        throw new NtkError('shape', { what: 'vmap needs batch axes of one size.', got: `${size} and ${n}` })
      }
      size = n
    }
  }
  if (size === null) {
    throw new NtkError('axis', {
      what: 'vmap needs at least one argument with a batch axis.',
      fix: 'Give inAxes a number where an argument differs over the batch.',
    })
  }
  return size
}

/**
 * f of one example as a function of a batch: `inAxes` names the axis of each argument that runs over examples, which f
 * does not see. Every op of f becomes one op on the whole batch; no loop is run. Nests to any depth, and with every
 * other transformation. Throws NtkError 'axis', 'shape' or 'tree' where axes and arguments do not fit.
 */
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options?: VmapOptions,
): (...args: A) => R {
  requireFunction(f, 'f of vmap')
  const { inAxes, outAxes } = readOptions('vmap', rules, options)
  return (...args: A): R => {
    if (Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new NtkError('option', {
        what: `vmap needs one entry of inAxes an argument (${args.length}).`,
        got: String(inAxes.length),
      })
    }
    const parts = args.map((arg, i) =>
      argument(arg, Array.isArray(inAxes) ? (inAxes[i] as Axes) : (inAxes as Axes), i),
    )
    const size = batchSize(parts)
    return scope(() =>
      runTransformation(
        (level) => new BatchTransformation(level, size),
        (batch) => {
          const list = parts.map(({ leaves, axes, rebuild }) =>
            rebuild(leaves.map((x, i) => batch.wrap(x, axes[i] as BatchAxis))),
          )
          const { leaves, treedef } = treeFlatten(f(...(list as unknown as A)))
          const out = leafAxes(outAxes, treedef, 'outAxes')
          return treeUnflatten<R>(
            treedef,
            leaves.map((y, i) => leave(batch, y, out[i] as BatchAxis)),
          )
        },
      ),
    )
  }
}

/** A result with its batch axis where it is wanted. */
function leave(batch: BatchTransformation, y: Value, to: BatchAxis): Value {
  const { value, axis } = batch.unwrap(y)
  if (to !== null) return batchedAt(value, axis, batch.size, normalizeAxis('vmap', to, y.shape.length + 1))
  if (axis === null) return value
  throw new NtkError('axis', {
    what: 'vmap with outAxes null needs a result that does not differ over the batch.',
    got: `a result of shape ${showShape(y.shape)} that differs`,
    fix: 'Give outAxes a number.',
  })
}

import {
  cast,
  concatenate,
  equal,
  expandDims,
  isFloat,
  moveAxis,
  NtkError,
  reshape,
  scope,
  sizeOf,
  type Value,
  zerosLike,
} from '@ntk/tensor'
import { optional, positiveInteger, type RulesFor, readOptions, requireFunction } from '@ntk/tensor/options'
import { iotaBeside, type Tangent } from '../core/tangent.js'
import { linearizeFlat, pullBack, pushForward } from '../program/linear.js'
import type { LinearProgram } from '../program/program.js'
import { leafPaths, type TreeDef, treeFlatten, treeUnflatten } from '../tree/tree.js'
import { batchFlat } from '../vmap/interpreter.js'
import { type Argnums, argnumsRule, type GradOf, positions } from './grad.js'

/** The tree of a function's value with a tree G in place of every leaf. */
export type JacobianOf<R, G> = R extends Value
  ? G
  : R extends null
    ? null
    : { -readonly [K in keyof R]: JacobianOf<R[K], G> }

export interface JacobianOptions<N extends Argnums> {
  /** Which arguments to differentiate in; the first where absent. A list gives a list. */
  readonly argnums?: N | undefined
  /** At most so many rows (jacrev) or columns (jacfwd) at once, to bound the memory; all where absent. */
  readonly chunk?: number | undefined
}

const rules = {
  argnums: argnumsRule(),
  chunk: optional(positiveInteger()),
} satisfies RulesFor<JacobianOptions<Argnums>>

interface Linearized {
  readonly leaves: readonly Value[]
  readonly outputs: readonly Value[]
  readonly program: LinearProgram
  /** The tree of trees of the blocks [output..., input...], given by [output][input]. */
  assemble(blocks: readonly (readonly Value[])[]): unknown
}

function linearized(
  name: string,
  f: (...args: never[]) => unknown,
  argnums: Argnums,
  args: readonly unknown[],
): Linearized {
  const at = positions(name, argnums, args.length)
  const { leaves, treedef } = treeFlatten(at.map((n) => args[n]))
  leaves.forEach((x, i) => {
    if (isFloat(x.dtype)) return
    throw new NtkError('not-differentiable', {
      what: `${name} needs float leaves; tree${leafPaths(treedef)[i]} of the differentiated arguments is none.`,
      got: x.dtype,
    })
  })
  let outTree: TreeDef | null = null
  const { outputs, program } = linearizeFlat((xs) => {
    const list: unknown[] = [...args]
    treeUnflatten<unknown[]>(treedef, xs).forEach((x, i) => {
      list[at[i] as number] = x
    })
    const flat = treeFlatten(f(...(list as never[])))
    outTree = flat.treedef
    return flat.leaves
  }, leaves)
  const inner = (row: readonly Value[]): unknown => {
    const tree = treeUnflatten<unknown[]>(treedef, row)
    return typeof argnums === 'number' ? tree[0] : tree
  }
  return {
    leaves,
    outputs,
    program,
    assemble: (blocks) => treeUnflatten(outTree as TreeDef, blocks.map(inner)),
  }
}

/** Unit vectors number `start` to `stop` of the shape of x, stacked. */
function basis(x: Value, start: number, stop: number): Value {
  const rows = iotaBeside(x, stop - start, start)
  const flat = cast(equal(expandDims(rows, 1), iotaBeside(x, sizeOf(x.shape))), x.dtype)
  return reshape(flat, [stop - start, ...x.shape])
}

/** f of every unit vector of the shape of x, stacked, at most `chunk` at once. */
function overBasis(x: Value, chunk: number | undefined, f: (unit: Value) => readonly Value[]): Value[] {
  const n = sizeOf(x.shape)
  const step = chunk ?? Math.max(1, n)
  const parts: Value[][] = []
  for (let start = 0; start < n || start === 0; start += step) {
    const stop = Math.min(n, start + step)
    parts.push(
      batchFlat(([unit]) => f(unit as Value), [basis(x, start, stop)], [0], stop - start, 'jacobian'),
    )
  }
  const [first = []] = parts
  return parts.length === 1
    ? first
    : first.map((_, i) =>
        concatenate(
          parts.map((p) => p[i] as Value),
          0,
        ),
      )
}

const only = (count: number, i: number, x: Value): Tangent[] =>
  Array.from({ length: count }, (_, k) => (k === i ? x : null))

/**
 * The Jacobian by rows, one pullback a row, all of them at once: for functions with fewer outputs than inputs. For each
 * output leaf [o...] a tree of the structure of the argument with leaves [o..., x...].
 */
export function jacrev<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options?: JacobianOptions<0>,
): <B extends A>(...args: B) => JacobianOf<R, B[0]>
export function jacrev<A extends readonly unknown[], R, const N extends Argnums>(
  f: (...args: A) => R,
  options: JacobianOptions<N>,
): <B extends A>(...args: B) => JacobianOf<R, GradOf<B, N>>
export function jacrev<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options?: JacobianOptions<Argnums>,
): (...args: A) => unknown {
  requireFunction(f, 'f of jacrev')
  const { argnums, chunk } = readOptions('jacrev', rules, options)
  const jacobian = (...args: A): unknown => {
    const { leaves, outputs, program, assemble } = linearized('jacrev', f as never, argnums, args)
    const blocks = outputs.map((y, i) => {
      const rows = overBasis(y, chunk, (unit) =>
        pullBack(program, only(outputs.length, i, unit)).map((ct, k) => ct ?? zerosLike(leaves[k] as Value)),
      )
      return rows.map((row, k) => reshape(row, [...y.shape, ...(leaves[k] as Value).shape]))
    })
    return assemble(blocks)
  }
  return (...args) => scope(() => jacobian(...args))
}

/**
 * The Jacobian by columns, one pushforward a column, all of them at once after one evaluation of f: for functions with
 * fewer inputs than outputs. The same trees as `jacrev`.
 */
export function jacfwd<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options?: JacobianOptions<0>,
): <B extends A>(...args: B) => JacobianOf<R, B[0]>
export function jacfwd<A extends readonly unknown[], R, const N extends Argnums>(
  f: (...args: A) => R,
  options: JacobianOptions<N>,
): <B extends A>(...args: B) => JacobianOf<R, GradOf<B, N>>
export function jacfwd<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options?: JacobianOptions<Argnums>,
): (...args: A) => unknown {
  requireFunction(f, 'f of jacfwd')
  const { argnums, chunk } = readOptions('jacfwd', rules, options)
  const jacobian = (...args: A): unknown => {
    const { leaves, outputs, program, assemble } = linearized('jacfwd', f as never, argnums, args)
    const columns = leaves.map((x, k) =>
      overBasis(x, chunk, (unit) =>
        pushForward(program, only(leaves.length, k, unit)).map((t, i) => t ?? zerosLike(outputs[i] as Value)),
      ),
    )
    const blocks = outputs.map((y, i) =>
      leaves.map((x, k) => {
        const column = (columns[k] as Value[])[i] as Value
        return reshape(moveAxis(column, 0, y.shape.length), [...y.shape, ...x.shape])
      }),
    )
    return assemble(blocks)
  }
  return (...args) => scope(() => jacobian(...args))
}

/** The second derivatives of f, forward over reverse: for a scalar of an argument [x...] the Hessian [x..., x...]. */
export function hessian<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options?: JacobianOptions<0>,
): <B extends A>(...args: B) => JacobianOf<JacobianOf<R, B[0]>, B[0]>
export function hessian<A extends readonly unknown[], R, const N extends Argnums>(
  f: (...args: A) => R,
  options: JacobianOptions<N>,
): <B extends A>(...args: B) => JacobianOf<JacobianOf<R, GradOf<B, N>>, GradOf<B, N>>
export function hessian<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options?: JacobianOptions<Argnums>,
): (...args: A) => unknown {
  requireFunction(f, 'f of hessian')
  const read = readOptions('hessian', rules, options)
  return jacfwd<A, unknown, Argnums>(jacrev<A, unknown, Argnums>(f, read), read)
}

import { isFloat, NtkError, onesLike, scope, showShape, type Value } from '@ntk/tensor'
import {
  either,
  listOf,
  nonNegativeInteger,
  type Rule,
  type RulesFor,
  readOptions,
  requireFunction,
} from '@ntk/tensor/options'
import { instantiate } from '../core/tangent.js'
import { linearizeFlat, pullBackOnce } from '../program/linear.js'
import { isValue, leafPaths, treeFlatten, treeUnflatten } from '../tree/tree.js'

/** Which arguments to differentiate in: one position, or several. */
export type Argnums = number | readonly number[]

/** The type of a gradient: that of the argument, or a list with one an argument. */
export type GradOf<A extends readonly unknown[], N extends Argnums> = N extends number
  ? A[N]
  : { -readonly [K in keyof N]: N[K] extends number ? A[N[K]] : never }

export interface GradOptions<N extends Argnums> {
  /** Which arguments to differentiate in; the first where absent. A list gives a list. */
  readonly argnums?: N | undefined
}

/** One position or a list of them; the first unless given. */
export const argnumsRule = (): Rule<Argnums> =>
  either(nonNegativeInteger(), listOf(nonNegativeInteger(), 'a list of positions'), 0)

const rules = { argnums: argnumsRule() } satisfies RulesFor<GradOptions<Argnums>>

/** The positions to differentiate in, checked against the number of arguments. */
export function positions(name: string, argnums: Argnums, count: number): readonly number[] {
  const list = typeof argnums === 'number' ? [argnums] : argnums
  for (const n of list) {
    if (!Number.isInteger(n) || n < 0 || n >= count) {
      throw new NtkError('option', {
        what: `${name} with argnums needs positions of its ${count} arguments.`,
        got: String(n),
      })
    }
  }
  return list
}

/**
 * A function that gives the value of f, which must be a float scalar, and its gradient in the arguments at `argnums`
 * (the first where absent): trees of the arguments' own structure. The other arguments may be anything.
 * Costs a few evaluations of f, whatever the number of parameters. Throws NtkError 'shape' where f gives no scalar and
 * 'not-differentiable' where a differentiated leaf is no float.
 */
export function valueAndGrad<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
): <B extends A>(...args: B) => { value: R; grad: B[0] }
export function valueAndGrad<A extends readonly unknown[], R extends Value, const N extends Argnums>(
  f: (...args: A) => R,
  options: GradOptions<N>,
): <B extends A>(...args: B) => { value: R; grad: GradOf<B, N> }
export function valueAndGrad<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  options?: GradOptions<Argnums>,
): (...args: A) => { value: R; grad: unknown } {
  requireFunction(f, 'f of valueAndGrad')
  const { argnums } = readOptions('valueAndGrad', rules, options)
  const both = (args: A): { value: R; grad: unknown } => {
    const at = positions('grad', argnums, args.length)
    const { leaves, treedef } = treeFlatten(at.map((n) => args[n]))
    leaves.forEach((x, i) => {
      if (isFloat(x.dtype)) return
      throw new NtkError('not-differentiable', {
        what: `grad needs float leaves; tree${leafPaths(treedef)[i]} of the differentiated arguments is none.`,
        got: x.dtype,
        fix: 'Leave integers out of the differentiated argument, or cast them to a float.',
      })
    })
    const { outputs, program } = linearizeFlat((xs) => {
      const list: unknown[] = [...args]
      treeUnflatten<unknown[]>(treedef, xs).forEach((x, i) => {
        list[at[i] as number] = x
      })
      return [scalar(f(...(list as unknown as A)))]
    }, leaves)
    const value = outputs[0] as R
    const back = pullBackOnce(program, [onesLike(value)])
    const grads = treeUnflatten<unknown[]>(
      treedef,
      leaves.map((x, i) => instantiate(back[i] ?? null, x)),
    )
    return { value, grad: typeof argnums === 'number' ? grads[0] : grads }
  }
  return (...args) => scope(() => both(args))
}

function scalar(y: unknown): Value {
  if (!isValue(y) || y.shape.length !== 0 || !isFloat(y.dtype)) {
    throw new NtkError('shape', {
      what: 'grad needs a function whose value is one float scalar.',
      got: isValue(y) ? `${y.dtype}${showShape(y.shape)}` : typeof y,
      fix: 'Reduce with sum or mean; for the derivatives of several outputs use jacrev or vjp.',
    })
  }
  return y
}

/** The gradient of a scalar function, as `valueAndGrad` without the value. */
export function grad<A extends readonly unknown[]>(
  f: (...args: A) => Value,
): <B extends A>(...args: B) => B[0]
export function grad<A extends readonly unknown[], const N extends Argnums>(
  f: (...args: A) => Value,
  options: GradOptions<N>,
): <B extends A>(...args: B) => GradOf<B, N>
export function grad<A extends readonly unknown[]>(
  f: (...args: A) => Value,
  options?: GradOptions<Argnums>,
): (...args: A) => unknown {
  requireFunction(f, 'f of grad')
  const both = valueAndGrad(f, readOptions('grad', rules, options))
  // in a scope of its own, for the value that nobody asked for
  return (...args) => scope(() => both(...args).grad)
}

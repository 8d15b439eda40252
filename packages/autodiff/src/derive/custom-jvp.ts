import { NtkError, sameShape, showShape, type Value } from '@ntk/tensor'
import { requireFunction } from '@ntk/tensor/options'
import { bindCall } from '../core/bind-call.js'
import { instantiate } from '../core/tangent.js'
import { treeFlatten, treeUnflatten } from '../tree/tree.js'
import { flatFunction } from './arguments.js'

/**
 * f with a derivative of its own: `rule(primals, tangents, out)` gives the tangent of `out = f(...primals)`, a tree of
 * its structure, from the lists of arguments and of their tangents (zeros where an argument is constant). The rule must
 * be linear in the tangents and is itself differentiated for higher derivatives; reverse mode transposes it. For what
 * the plain rules make infinite or NaN (a square root at 0, acos at 1), and for derivatives that are cheaper by hand.
 * All arguments are trees; f must not close over traced values.
 */
export function customJvp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  rule: (primals: A, tangents: A, out: R) => R,
): (...args: A) => R {
  requireFunction(f, 'f of customJvp')
  requireFunction(rule, 'rule of customJvp')
  const name = f.name || 'customJvp'
  return (...args: A): R => {
    const { call: apply, inTree, leaves, outTree } = flatFunction(f as (...args: never[]) => unknown, args)
    const outputs = bindCall(
      {
        name,
        apply,
        jvp: (primals, tangents, out) => {
          const directions = tangents.map((t, i) => instantiate(t, primals[i] as Value))
          const result = rule(
            treeUnflatten<unknown>(inTree, primals) as A,
            treeUnflatten<unknown>(inTree, directions) as A,
            treeUnflatten<R>(outTree(), out),
          )
          const { leaves: slopes } = treeFlatten(result, outTree())
          slopes.forEach((t, i) => fits(name, t, out[i] as Value))
          return slopes
        },
      },
      leaves,
    )
    return treeUnflatten<R>(outTree(), outputs)
  }
}

function fits(name: string, t: Value, out: Value): void {
  if (sameShape(t.shape, out.shape) && t.dtype === out.dtype) return
  throw new NtkError('shape', {
    what: `The rule of ${name} needs to give a tangent like its output, ${out.dtype}${showShape(out.shape)}.`,
    got: `${t.dtype}${showShape(t.shape)}`,
  })
}

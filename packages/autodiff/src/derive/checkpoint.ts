import type { Value } from '@ntk/tensor'
import { bindCall } from '../core/bind-call.js'
import type { Call } from '../core/call.js'
import { instantiate, type Tangent } from '../core/tangent.js'
import { jvpFlat } from '../jvp/flat.js'
import { linearizeFlat, pullBack } from '../program/linear.js'
import { treeUnflatten } from '../tree/tree.js'
import { flatFunction } from './arguments.js'

type Flat = (xs: readonly Value[]) => Value[]

/** A call whose derivative keeps the inputs only. */
function rematerialized(apply: Flat): Call {
  return {
    name: 'checkpoint',
    apply,
    jvp: (primals, tangents) => {
      const moving = tangents.flatMap((t, i) => (t === null ? [] : [i]))
      return bindCall(derivative(apply, primals.length, moving), [
        ...primals,
        ...moving.map((i) => tangents[i] as Value),
      ])
    },
  }
}

/** (primals, tangents of the inputs at `moving`) to the tangents of the outputs; f is evaluated anew in each direction. */
function derivative(apply: Flat, count: number, moving: readonly number[]): Call {
  const push: Flat = (inputs) => {
    const tangents: Tangent[] = new Array<Tangent>(count).fill(null)
    moving.forEach((i, k) => {
      tangents[i] = inputs[count + k] as Value
    })
    return jvpFlat(apply, inputs.slice(0, count), tangents).map(({ primal, tangent }) =>
      instantiate(tangent, primal),
    )
  }
  return {
    ...rematerialized(push),
    transpose: (cotangents, inputs) => {
      const primals = inputs.slice(0, count) as Value[]
      const { program } = linearizeFlat(
        (xs) => {
          const all = [...primals]
          moving.forEach((i, k) => {
            all[i] = xs[k] as Value
          })
          return apply(all)
        },
        moving.map((i) => primals[i] as Value),
      )
      return [...primals.map(() => null), ...pullBack(program, cotangents)]
    },
  }
}

/**
 * f, of which a pullback keeps the arguments only and computes the intermediate values again when it is called: for
 * networks whose intermediates do not fit. A chain of n layers in √n checkpoints keeps about 2√n layers' values and
 * costs one more forward evaluation. All arguments are trees; f must not close over traced values.
 */
export function checkpoint<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  return (...args: A): R => {
    const { call, leaves, outTree } = flatFunction(f as (...args: never[]) => unknown, args)
    const outputs = bindCall(
      rematerialized((xs) => call([...xs])),
      leaves,
    )
    return treeUnflatten<R>(outTree(), outputs)
  }
}

import { instantiate } from '../core/tangent.js'
import { linearizeFlat, pullBack, pushForward } from '../program/linear.js'
import { treeUnflatten } from '../tree/tree.js'
import { flatArgumentTangents, flatFunction, flatTangents } from './arguments.js'
import type { Tangents } from './jvp.js'

/**
 * [f(x), pushforward]: f is evaluated once at `primals`; `pushforward(...tangents)` gives J(x) t for as many tangents as
 * wanted, each at the cost of the linear operations only. It holds on to the intermediate values of f.
 */
export function linearize<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
): [out: R, pushforward: (...tangents: Tangents<A>) => R] {
  const { call, inTree, leaves, outTree } = flatFunction(f as (...args: never[]) => unknown, primals)
  const { outputs, program } = linearizeFlat(call, leaves)
  const treedef = outTree()
  const pushforward = (...tangents: Tangents<A>): R => {
    const pushed = pushForward(program, flatArgumentTangents('pushforward', inTree, leaves, tangents))
    return treeUnflatten<R>(
      treedef,
      outputs.map((y, i) => instantiate(pushed[i] ?? null, y)),
    )
  }
  return [treeUnflatten<R>(treedef, outputs), pushforward]
}

/**
 * [f(x), pullback]: f is evaluated once at `primals`; `pullback(ct)` gives J(x)ᵀ ct as a list with one tree an argument.
 * It may be called any number of times, and holds on to the intermediate values of f. Integer leaves get zeros.
 */
export function vjp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
): [out: R, pullback: (cotangent: R) => A] {
  const { call, inTree, leaves, outTree } = flatFunction(f as (...args: never[]) => unknown, primals)
  const { outputs, program } = linearizeFlat(call, leaves)
  const treedef = outTree()
  const pullback = (cotangent: R): A => {
    const back = pullBack(program, flatTangents('pullback', treedef, outputs, cotangent))
    return treeUnflatten<unknown>(
      inTree,
      leaves.map((x, i) => instantiate(back[i] ?? null, x)),
    ) as A
  }
  return [treeUnflatten<R>(treedef, outputs), pullback]
}

import { add, mul, sub, type Value } from '@ntk/tensor'
import { requireFunction, requireInteger } from '@ntk/tensor/options'
import { instantiate } from '../core/tangent.js'
import { jvpFlat } from '../jvp/flat.js'
import { treeFlatten, treeUnflatten } from '../tree/tree.js'
import { flatFunction } from './arguments.js'

/** [f, f', ..., f⁽ᵏ⁾] along a direction, in one nested evaluation: each level appends the derivative of the last term. */
function derivatives(
  f: (xs: Value[]) => Value[],
  at: readonly Value[],
  direction: readonly Value[],
  degree: number,
): { terms: Value[]; outputs: number } {
  let outputs = 0
  let series = (xs: Value[]): Value[] => {
    const ys = f(xs)
    outputs = ys.length
    return ys
  }
  for (let k = 0; k < degree; k++) {
    const lower = series
    series = (xs) => {
      const pairs = jvpFlat(lower, xs, direction)
      const last = pairs
        .slice(pairs.length - outputs)
        .map(({ primal, tangent }) => instantiate(tangent, primal))
      return [...pairs.map(({ primal }) => primal), ...last]
    }
  }
  return { terms: series([...at]), outputs }
}

/**
 * The Taylor polynomial of f(params, ...args) in the parameters around `params`, as a function of new parameters:
 * Σ_{k ≤ degree} 1/k! dᵏf[Δ, ..., Δ], Δ = newParams − params. Degree 1 is the linearization of Lee et al. 2019,
 * equation 5; degree 2 keeps the curvature. Costs about 2^degree evaluations of f.
 */
export function taylorExpand<P, A extends readonly unknown[], R>(
  f: (params: P, ...args: A) => R,
  params: P,
  degree: number,
): (newParams: P, ...args: A) => R {
  requireFunction(f, 'f of taylorExpand')
  requireInteger(degree, 'The degree of taylorExpand')
  return (newParams, ...args) => {
    const { call, leaves, inTree, outTree } = flatFunction(((p: P) => f(p, ...args)) as never, [params])
    const moved = treeFlatten([newParams], inTree).leaves
    const { terms, outputs } = derivatives(
      call,
      leaves,
      moved.map((x, i) => sub(x, leaves[i] as Value)),
      degree,
    )
    const total = terms.slice(0, outputs)
    let factorial = 1
    for (let k = 1; k <= degree; k++) {
      factorial *= k
      for (let i = 0; i < outputs; i++) {
        total[i] = add(total[i] as Value, mul(terms[k * outputs + i] as Value, 1 / factorial))
      }
    }
    return treeUnflatten<R>(outTree(), total)
  }
}

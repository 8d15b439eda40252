import { jvp, linearize, type Tree, treeMap } from '@ntk/autodiff'
import { add, sub, Tensor, unscoped } from '@ntk/tensor'
import { requireFunction } from '@ntk/tensor/options'

/** A network's first-order Taylor expansion in its parameters: linear in them, nonlinear in x. */
export interface LinearizedModel<P extends Tree> {
  /** f(x; θ0) + J(x) (θ − θ0). */
  readonly apply: (params: P, x: Tensor) => Tensor
}

interface Expansion<P> {
  readonly f0: Tensor
  readonly push: (tangent: P) => Tensor
}

/**
 * The linearization of `apply` around `params0` (Lee et al. 2019, Equation 4): one forward-mode evaluation an `apply`,
 * differentiable in the parameters and in x. The second time it meets the same tensor x (full-batch training, a
 * test set), it evaluates the network there once and keeps its derivative as a program for as long as x lives.
 */
export function linearizedModel<P extends Tree>(
  apply: (params: P, x: Tensor) => Tensor,
  params0: P,
): LinearizedModel<P> {
  requireFunction(apply, 'apply of linearizedModel')
  const seen = new WeakMap<Tensor, Expansion<P> | null>()

  const expansionAt = (x: Tensor): Expansion<P> | null => {
    // Inside of a transformation x may be a tracer, which ends with it.
    if (!Tensor.isInstance(x)) return null
    const known = seen.get(x)
    if (known === undefined) seen.set(x, null)
    if (known !== null) return known ?? null
    // kept for as long as x lives, beyond the step that meets it
    const [f0, push] = unscoped(() => linearize((p: P) => apply(p, x), params0))
    const expansion = { f0, push }
    seen.set(x, expansion)
    return expansion
  }

  return {
    apply(params, x) {
      const tangent = treeMap((p: Tensor, p0: Tensor) => sub(p, p0), params, params0)
      const expansion = expansionAt(x)
      if (expansion !== null) return add(expansion.f0, expansion.push(tangent))
      const [f, df] = jvp((p: P) => apply(p, x), [params0], [tangent])
      return add(f, df)
    },
  }
}

import type { Tree } from '@ntk/autodiff'
import { sub, Tensor, unscoped } from '@ntk/tensor'
import { requireFunction } from '@ntk/tensor/options'

/** A network less itself at its start: zero there, with the tangent kernel of the network. */
export interface CentredModel<P extends Tree> {
  /** f(x; θ) − f(x; θ0). */
  readonly apply: (params: P, x: Tensor) => Tensor
}

/**
 * `apply` less what it gives at `params0`, which is kept fixed: trained from `params0`, its outputs start at zero, and
 * the random function that a network is at its start is not part of what was learnt (Chizat et al. 2019, Section 2; Lee et
 * al. 2020, "centering"). Derivatives in the parameters are those of `apply`, and so is the tangent kernel. What it gives
 * at the start for a tensor x is computed once and kept for as long as x lives.
 */
export function centredModel<P extends Tree>(
  apply: (params: P, x: Tensor) => Tensor,
  params0: P,
): CentredModel<P> {
  requireFunction(apply, 'apply of centredModel')
  const starts = new WeakMap<Tensor, Tensor>()

  const startAt = (x: Tensor): Tensor => {
    // Inside of a transformation x may be a tracer, which ends with it.
    if (!Tensor.isInstance(x)) return apply(params0, x)
    const known = starts.get(x)
    if (known !== undefined) return known
    const start = unscoped(() => apply(params0, x))
    starts.set(x, start)
    return start
  }

  return { apply: (params, x) => sub(apply(params, x), startAt(x)) }
}

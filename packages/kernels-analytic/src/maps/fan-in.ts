import { add, NtkError, sameShape, showShape, type Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import { requireUnmasked } from '../requirements.js'

/**
 * The kernel of a sum of branches whose weights are independent: K and Θ add up. The sum is Gaussian where every
 * branch is. Throws NtkError 'requirement' on branches that do not fit each other.
 */
export function sumKernel(kernels: readonly Kernel[]): Kernel {
  const [first, ...rest] = kernels
  if (first === undefined) {
    throw new NtkError('requirement', {
      what: 'The kernel of FanInSum needs at least one branch.',
      got: 'none',
    })
  }
  for (const k of kernels) {
    requireUnmasked(k, 'FanInSum')
    if (!sameShape(k.nngp.shape, first.nngp.shape) || k.isReversed !== first.isReversed) {
      throw new NtkError('requirement', {
        what: 'The kernel of FanInSum needs branches of one shape.',
        got: kernels.map((x) => showShape(x.nngp.shape)).join(', '),
        fix: 'Give all branches the same strides, padding and spatial covariances.',
      })
    }
  }
  const total = (pick: (k: Kernel) => Value | null): Value | null =>
    kernels.map(pick).reduce((a, b) => (a === null || b === null ? null : add(a, b)))
  return {
    ...first,
    nngp: total((k) => k.nngp) as Value,
    ntk: total((k) => k.ntk),
    cov1: total((k) => k.cov1) as Value,
    cov2: total((k) => k.cov2),
    isGaussian: rest.every((k) => k.isGaussian) && first.isGaussian,
  }
}

import { NtkError, showShape } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Flow } from './rule.js'

/**
 * The first of some branches. Throws NtkError 'requirement' unless there are any, all with the same axes, layout and, but on the axis
 * `except`, sizes.
 */
export function alike(name: string, flow: Flow, except: number | null = null): Kernel {
  const [first] = flow
  if (first === undefined) {
    throw new NtkError('requirement', {
      what: `The kernel of ${name} needs at least one branch.`,
      got: 'none',
    })
  }
  const sameSizes = (a: Kernel, side: 'shape1' | 'shape2'): boolean =>
    a[side].length === first[side].length &&
    a[side].every((d, axis) => axis === except || axis === a.channelAxis || d === first[side][axis])
  const isAlike = (k: Kernel): boolean =>
    sameSizes(k, 'shape1') &&
    sameSizes(k, 'shape2') &&
    (['batchAxis', 'channelAxis', 'diagonalSpatial', 'diagonalBatch', 'x1IsX2'] as const).every(
      (part) => k[part] === first[part],
    )
  if (flow.every(isAlike)) return first
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs branches of one shape${except === null ? '' : `, but for axis ${except}`}.`,
    got: flow.map((k) => showShape(k.shape1)).join(', '),
    fix: 'Give all branches the same strides, padding and spatial covariances.',
  })
}

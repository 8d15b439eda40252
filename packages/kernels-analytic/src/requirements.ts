import { NtkError } from '@ntk/tensor'
import type { Kernel } from './kernel.js'

/**
 * The spatial covariances that a kernel map reads of its input:
 * - `full`: of all pairs of positions (global pooling, attention);
 * - `diagonal`: of equal positions, whatever follows (flattening);
 * - `same`: those that are wanted of its output (activations, dense layers, convolutions).
 */
export type SpatialRequirement = 'same' | 'diagonal' | 'full'

/** What a layer needs of the kernel it gets; the combinators derive a network's from its layers'. */
export interface Requirements {
  readonly spatial: SpatialRequirement
}

/** Needs nothing of its own. */
export const noRequirements: Requirements = { spatial: 'same' }

/** Of maps one after the other: the first that has a need decides what the input must carry. */
export function composeRequirements(chain: readonly Requirements[]): Requirements {
  return chain.find((r) => r.spatial !== 'same') ?? noRequirements
}

/** Of maps side by side on the same input: the one that needs most. */
export function joinRequirements(branches: readonly Requirements[]): Requirements {
  const order: readonly SpatialRequirement[] = ['full', 'same', 'diagonal']
  for (const spatial of order) if (branches.some((r) => r.spatial === spatial)) return { spatial }
  return noRequirements
}

/** Throws NtkError 'requirement' unless the channels are Gaussian. */
export function requireGaussian(kernel: Kernel, name: string): void {
  if (kernel.isGaussian) return
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs Gaussian inputs: those of an affine layer.`,
    got: 'a kernel that is not Gaussian (the data itself, or the output of an activation or of Flatten)',
    fix: `Put a Dense or convolutional layer before ${name}.`,
  })
}

/** Throws NtkError 'requirement' unless covariances of all pairs of positions are there. */
export function requireFullSpatial(kernel: Kernel, name: string): void {
  if (!kernel.diagonalSpatial || kernel.shape1.length === 2) return
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs the covariances of all pairs of positions.`,
    got: 'those of equal positions only',
    fix: `Make the network with serial or parallel, which pass on what ${name} requires, or hand in a kernel with diagonalSpatial: false.`,
  })
}

/** Throws NtkError 'requirement' where a map that knows no masks gets one. */
export function requireUnmasked(kernel: Kernel, name: string): void {
  if (kernel.mask1 === null && kernel.mask2 === null) return
  throw new NtkError('requirement', {
    what: `The kernel of ${name} knows no masks.`,
    got: 'a masked kernel',
    fix: 'Leave the mask out.',
  })
}

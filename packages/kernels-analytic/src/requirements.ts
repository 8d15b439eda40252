import { NtkError } from '@ntk/tensor'
import { requireParts, requireText } from '@ntk/tensor/options'
import type { Kernel } from './kernel.js'
import { requireKernel } from './kernel.js'
import { type PlaceName, placeNames, type Treatments } from './places.js'

/**
 * The spatial covariances that a kernel step reads of its input:
 * - `full`: of all pairs of positions (global pooling, attention);
 * - `diagonal`: of equal positions, whatever follows (flattening);
 * - `same`: those that are wanted of its output (activations, dense layers, convolutions).
 */
export type SpatialRequirement = 'same' | 'diagonal' | 'full'

/** Of steps one after the other: the first that has a need decides what the input must carry. */
export function requirementOfChain(chain: readonly SpatialRequirement[]): SpatialRequirement {
  return chain.find((need) => need !== 'same') ?? 'same'
}

/** Of steps side by side on the same input: that of the one that needs most. */
export function requirementOfBranches(branches: readonly SpatialRequirement[]): SpatialRequirement {
  const order = ['full', 'same', 'diagonal'] as const
  return order.find((need) => branches.includes(need)) ?? 'same'
}

/** Throws NtkError 'requirement' unless the channels are Gaussian. */
export function requireGaussian(kernel: Kernel, name: string): void {
  requireText(name, 'name of requireGaussian')
  requireKernel(kernel, `What ${name} takes`)
  if (kernel.isGaussian) return
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs Gaussian inputs: those of an affine layer.`,
    got: 'a kernel that is not Gaussian (the data itself, or the output of an activation or of Flatten)',
    fix: `Put a Dense or convolutional layer before ${name}.`,
  })
}

/** Throws NtkError 'requirement' unless covariances of all pairs of positions are there. */
export function requireFullSpatial(kernel: Kernel, name: string): void {
  requireText(name, 'name of requireFullSpatial')
  requireKernel(kernel, `What ${name} takes`)
  if (!kernel.diagonalSpatial || kernel.shape1.length === 2) return
  throw new NtkError('requirement', {
    what: `The kernel of ${name} needs the covariances of all pairs of positions.`,
    got: 'those of equal positions only',
    fix: `Make the network with serial or parallel, which pass on what ${name} requires, or hand in a kernel with diagonalSpatial: false.`,
  })
}

/** Throws NtkError 'requirement' where a kernel carries what a step refuses. */
export function requirePlaces(kernel: Kernel, treatments: Treatments, name: string): void {
  requireText(name, 'name of requirePlaces')
  requireKernel(kernel, `What ${name} takes`)
  requireParts(treatments, 'The treatments of requirePlaces', Object.keys(placeNames), 'a rule of steps')
  for (const place of Object.keys(placeNames) as PlaceName[]) {
    if (treatments[place] !== 'refuses' || kernel[place] === undefined) continue
    throw new NtkError('requirement', {
      what: `The kernel of ${name} cannot take in ${placeNames[place]}.`,
      got: `a kernel that carries ${placeNames[place]}`,
      fix: `Hand in a kernel without \`${place}\`, or estimate this network's kernel by sampling (monteCarloKernelFn of @ntk/kernels-empirical).`,
    })
  }
}

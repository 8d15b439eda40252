import type { Shape, Value } from '@ntk/tensor'
import { requireFunction, requireList, requireParts } from '@ntk/tensor/options'
import type { Places } from './places.js'

/**
 * Covariances of one layer's outputs over random weights, and what is known of them. Immutable: a kernel step is a pure
 * function of kernels. Arrays are values, so that a kernel may be differentiated in what it is made of.
 *
 * Spatial axes (of images and sequences) follow the sample axes: with `diagonalSpatial` one an axis, `[n1, n2, h, w]`,
 * covariances of equal positions only; else a pair an axis, `[n1, n2, h, h', w, w']`, of all pairs of positions.
 *
 * What only some kernels carry stands in optional places (`Places`): means, masks, a source shared by branches, and others.
 */
export interface Kernel extends Places<Kernel> {
  /** E[z(x1) z(x2)] a channel: [n1, n2, spatial...]. */
  readonly nngp: Value
  /** The neural tangent kernel, shaped like `nngp`; null where nobody asked for it. */
  readonly ntk: Value | null
  /** Covariance of each x1 with itself: [n1, spatial...] with `diagonalBatch`, else [n1, n1, spatial...]. */
  readonly cov1: Value
  /** The same of x2; null where x2 is x1, and `cov1` stands for it. */
  readonly cov2: Value | null
  /** Whether the channels are independent Gaussians of mean 0 at infinite width: what an activation needs. */
  readonly isGaussian: boolean
  /** Whether sample i of x1 is sample i of x2, for all i. */
  readonly x1IsX2: boolean
  readonly diagonalBatch: boolean
  /** Graphs of the samples, [n1, ...] and [n2, ...], that an `aggregate` step sums along; null: none, absent: on neither side. */
  readonly patterns?: Patterns | undefined
  readonly diagonalSpatial: boolean
  /** Shapes of the finite networks' values here, batch first and channels last; widths matter to the standard parameterization. */
  readonly shape1: Shape
  readonly shape2: Shape
  readonly batchAxis: number
  readonly channelAxis: number
}

/** Graphs of both sides, as the layer `Aggregate` takes them, the same twice where x2 is x1. */
export interface Patterns {
  readonly of1: Value | null
  readonly of2: Value | null
}

/** Throws NtkError 'value' unless an argument is a kernel. */
export function requireKernel(value: unknown, name: string): void {
  requireParts(value, name, ['nngp', 'cov1', 'cov2', 'shape1'], 'inputKernel')
}

/** A function of one kernel. It knows no tiles: it sees a block of pairs as if it were all. */
export type KernelMap = (kernel: Kernel) => Kernel

/** Number of spatial axes of the values that the kernel describes. */
export function spatialRank(kernel: Kernel): number {
  requireKernel(kernel, 'The kernel of spatialRank')
  requireList(kernel.shape1, 'shape1 of a kernel')
  return kernel.shape1.length - 2
}

/** A shape with another number of channels. */
export function withChannels(shape: Shape, channelAxis: number, channels: number): Shape {
  requireList(shape, 'The shape of withChannels')
  return shape.map((d, axis) => (axis === channelAxis ? channels : d))
}

/** Applies `f` to the diagonal terms and to `nngp`, which all transform alike under a linear map. */
export function mapCovariances(
  kernel: Kernel,
  f: (covariance: Value) => Value,
): Pick<Kernel, 'nngp' | 'cov1' | 'cov2'> {
  requireKernel(kernel, 'The kernel of mapCovariances')
  requireFunction(f, 'f of mapCovariances')
  return { nngp: f(kernel.nngp), cov1: f(kernel.cov1), cov2: kernel.cov2 === null ? null : f(kernel.cov2) }
}

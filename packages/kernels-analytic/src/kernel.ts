import type { Shape, Value } from '@ntk/tensor'

/**
 * Covariances of one layer's outputs over random weights, and what is known of them. Immutable: a kernel map is a pure
 * function `Kernel -> Kernel`. Arrays are values, so that a kernel may be differentiated in what it is made of.
 *
 * Spatial axes (of images and sequences) follow the sample axes: with `diagonalSpatial` one an axis, `[n1, n2, h, w]`,
 * covariances of equal positions only; else a pair an axis, `[n1, n2, h, h', w, w']`, of all pairs of positions.
 */
export interface Kernel {
  /** E[z(x1) z(x2)] a channel: [n1, n2, spatial...]. */
  readonly nngp: Value
  /** The neural tangent kernel, shaped like `nngp`; null where nobody asked for it. */
  readonly ntk: Value | null
  /** Covariance of each x1 with itself: [n1, spatial...] with `diagonalBatch`, else [n1, n1, spatial...]. */
  readonly cov1: Value
  /** The same of x2; null where x2 is x1, and `cov1` stands for it. */
  readonly cov2: Value | null
  /** Whether the channels are independent Gaussians at infinite width: what an activation needs. */
  readonly isGaussian: boolean
  /** Whether the spatial axes stand in reversed order (a convolution may leave them so to save a transposition). */
  readonly isReversed: boolean
  /** Whether sample i of x1 is sample i of x2, for all i. */
  readonly x1IsX2: boolean
  readonly diagonalBatch: boolean
  readonly diagonalSpatial: boolean
  /** Shapes of the finite networks' values here, batch first and channels last; widths matter to the standard parameterization. */
  readonly shape1: Shape
  readonly shape2: Shape
  readonly batchAxis: number
  readonly channelAxis: number
  /** bool, [n1, spatial...]: true where a position is padding; null: nothing is. */
  readonly mask1: Value | null
  readonly mask2: Value | null
}

/** What a layer does to kernels. Maps know no tiles: they see a block of pairs as if it were all. */
export type KernelMap = (kernel: Kernel) => Kernel

/** Number of spatial axes of the values that the kernel describes. */
export function spatialRank(kernel: Kernel): number {
  return kernel.shape1.length - 2
}

/** Shapes with another number of channels. */
export function withChannels(kernel: Kernel, channels: number): Pick<Kernel, 'shape1' | 'shape2'> {
  const put = (shape: Shape): Shape => shape.map((d, axis) => (axis === kernel.channelAxis ? channels : d))
  return { shape1: put(kernel.shape1), shape2: put(kernel.shape2) }
}

/** Applies `f` to the diagonal terms and to `nngp`, which all transform alike under a linear map. */
export function mapCovariances(
  kernel: Kernel,
  f: (covariance: Value) => Value,
): Pick<Kernel, 'nngp' | 'cov1' | 'cov2'> {
  return { nngp: f(kernel.nngp), cov1: f(kernel.cov1), cov2: kernel.cov2 === null ? null : f(kernel.cov2) }
}

import { eigh, matmul, mul, reshape, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import type { Coordinates } from './coordinates.js'
import type { Hessian } from './loss-derivatives.js'
import { combine, dot, norm } from './vector.js'

/** A step of Newton's method in outputs, u = Λ^½ step / √s, where the kernel's eigenvalues, however small, do not appear. */
export interface NewtonStep {
  /** [r q]. */
  readonly u: Float64Array
  /** The gradient along directions in which the loss does not curve upwards, which the step leaves as they are. */
  readonly left: number
}

/** Curvatures below this share of the largest are 0 but for rounding, and gradients below this share of that at the start. */
export const negligible = 1e-13

/** The share of its energy at which a solve ends, that within which it is a step worth taking, and iterations that it may take. */
const [wanted, enough, most] = [1e-10, 1e-3, 1000]

/** A residual whose image is below this share of itself and of the largest curvature lies where there is no curvature. */
const flat = 1e-8

/**
 * Newton's step by conjugate gradients on M = Vᵀ ∇²L V, with products alone. Of a loss that is a sum over samples the preconditioner is Vᵀ (∇²L)⁺ V by the
 * pseudo-inverses of the samples' own blocks: the inverse itself where the kernel has full rank, and else blind to just those directions in which M has no
 * curvature, so that what is looked for stays free of them. Null where there is no solution nearby: curvature below 0, or too many iterations.
 */
export function newtonByConjugateGradients(
  { vectors, rank, q }: Coordinates,
  hessian: Hessian,
  slope: Float64Array,
): NewtonStep | null {
  const rows = vectors.shape[0] as number
  const adjoint = transpose(vectors)
  const product = (a: Tensor, x: Float64Array, n: number): Float64Array =>
    matmul(a, tensorFromData(x, [n, q], vectors.backend)).dataSync() as Float64Array
  const within =
    (by: (f: Float64Array) => Float64Array) =>
    (x: Float64Array): Float64Array =>
      product(adjoint, by(product(vectors, x, rank)), rows)
  const apply = within(hessian.times)
  const inverse = hessian.separable ? pseudoInverse(hessian.blocks, rows * q) : null
  const precondition = inverse === null ? (x: Float64Array) => x : within(inverse)

  let u = new Float64Array(slope.length)
  let residual: Float64Array = slope.map((v) => -v)
  let z = precondition(residual)
  let direction = z
  let energy = dot(residual, z)
  const first = energy
  let best = { u, residual, energy }
  let largest = 0
  for (let i = 0; i < most && energy > wanted ** 2 * first; i++) {
    const image = apply(direction)
    const [along, square] = [dot(direction, image), dot(direction, direction)]
    largest = Math.max(largest, Math.abs(along) / square)
    // a convex loss comes here by rounding alone, where all that is left is flat
    if (!(along > negligible * largest * square)) break
    const length = energy / along
    u = combine(u, [length], [direction]) as Float64Array<ArrayBuffer>
    residual = combine(residual, [-length], [image])
    z = precondition(residual)
    const next = dot(residual, z)
    if (!(next >= 0)) return null
    if (next < best.energy) best = { u, residual, energy: next }
    direction = combine(z, [next / energy], [direction])
    energy = next
  }
  const size = norm(best.residual)
  const image = norm(apply(best.residual))
  largest = Math.max(largest, size === 0 ? 0 : image / size)
  const resting = image <= flat * largest * size
  if (!resting && !(best.energy <= enough ** 2 * first)) return null
  return { u: best.u, left: resting ? size : 0 }
}

/** Multiplies outputs with the pseudo-inverses of the blocks [n, k, k] of n k = `size` outputs, of magnitudes of curvatures. */
function pseudoInverse(blocks: Float64Array, size: number): (f: Float64Array) => Float64Array {
  const k = blocks.length / size
  const n = size / k
  const { values, vectors } = eigh(tensorFromData(blocks.slice(), [n, k, k]))
  const curvatures = values.dataSync() as Float64Array
  const largest = curvatures.reduce((a, v) => Math.max(a, Math.abs(v)), 0)
  const inverses = curvatures.map((v) => (Math.abs(v) > negligible * largest ? 1 / Math.abs(v) : 0))
  const scaled = mul(vectors, reshape(tensorFromData(inverses, [n, k]), [n, 1, k]))
  const inverse = matmul(scaled, transpose(vectors, [0, 2, 1]))
  return (f) => matmul(inverse, tensorFromData(f, [n, k, 1])).dataSync() as Float64Array
}

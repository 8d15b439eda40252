import { matmul, reshape, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import { type Spectrum, scaleRows } from '../spectrum.js'

/**
 * Training in coordinates z [r, q] of a kernel of rank r: f = f0 + A z with A = V Λ^½ / √s, A Aᵀ = Θ / s, s the largest eigenvalue. There
 * ḟ = −Θ ∇L is a gradient flow in its own right, ż = −Aᵀ ∇L in the time s t, with the symmetric Jacobian −Aᵀ ∇²L A and nothing of a
 * kernel's null space. ‖z‖ / √s is the norm in the kernel's space of functions: an error of z is one of at most √(Θ(x, x) / s) ‖error‖ at any x.
 */
export interface Coordinates {
  readonly rank: number
  readonly q: number
  /** s. */
  readonly scale: number
  /** Λ / s of the eigenvalues that are not 0, in [0, 1]. */
  readonly shares: Float64Array
  /** V [n p, r]. */
  readonly vectors: Tensor
  /** A z, as outputs [n p, q]. */
  move(z: Float64Array): Float64Array
  /** Aᵀ g of outputs g [n p, q]. */
  pull(g: Float64Array): Float64Array
  /** V (Λ s)^−½ z [n p, q]: what the kernel to the training set is multiplied with to move an output. */
  representer(z: Float64Array): Tensor
}

export function coordinatesOf({ values, vectors }: Spectrum, q: number): Coordinates {
  const zeros = values.findIndex((v) => v > 0)
  const rows = vectors.shape[0] as number
  const kept = zeros < 0 ? new Float64Array(0) : values.slice(zeros)
  const rank = kept.length
  const own = columnsFrom(vectors, rows - rank)
  const scale = kept.at(-1) ?? 1
  const shares = kept.map((v) => v / scale)
  const roots = shares.map(Math.sqrt)
  const adjoint = scaleRows(transpose(own), roots)
  const factor = transpose(adjoint)
  const [up, down] = [readied(factor), readied(adjoint)]
  const size = Math.sqrt(scale)
  const tensorOf = (x: Float64Array, n: number): Tensor => tensorFromData(x, [n, q], vectors.backend)
  const product = (a: Tensor, x: Float64Array, n: number): Float64Array =>
    matmul(a, tensorOf(x, n)).dataSync() as Float64Array
  const nothing = new Float64Array(rows * q)
  return {
    rank,
    q,
    scale,
    shares,
    vectors: own,
    move: (z) => (rank === 0 ? nothing : product(up, z, rank)),
    pull: (g) => (rank === 0 ? new Float64Array(0) : product(down, g, rows)),
    representer(z) {
      if (rank === 0) return tensorOf(nothing, rows)
      const inverse = roots.map((v) => 1 / (v * size) / size)
      return matmul(own, scaleRows(tensorOf(z, rank), inverse))
    },
  }
}

/** Memory of its own, in the order in which it is read. */
function readied(x: Tensor): Tensor {
  return tensorFromData(Float64Array.from(x.dataSync()), x.shape, x.backend)
}

/** Columns `first` and after. */
function columnsFrom(x: Tensor, first: number): Tensor {
  if (first === 0) return x
  const [rows, columns] = x.shape as [number, number]
  const width = columns - first
  const data = x.dataSync()
  const out = new Float64Array(rows * width)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) out[i * width + j] = data[i * columns + first + j] as number
  }
  return width === 0
    ? reshape(tensorFromData(out, [rows, 0], x.backend), [rows, 0])
    : tensorFromData(out, [rows, width], x.backend)
}

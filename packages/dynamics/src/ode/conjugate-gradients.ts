import type { Coordinates } from './coordinates.js'
import type { Hessian } from './loss-derivatives.js'
import { combine, dot, norm } from './vector.js'

/** Relative residual at which a solve ends, and iterations that it may take. */
const [precision, most] = [1e-13, 400]

/**
 * Solves (I + c Aᵀ ∇²L A) x = r without that matrix, by conjugate gradients in the kernel's eigenvectors. The preconditioner has the blocks [q, q]
 * of each eigenvector with itself, which is all there is where samples have the same curvature. Throws nothing: what does not converge gives NaN, and the
 * step is refused. Null where a block is not positive definite.
 */
export function conjugateGradients(
  coordinates: Coordinates,
  hessian: Hessian,
  c: number,
): ((r: Float64Array) => Float64Array) | null {
  const { move, pull } = coordinates
  const factors = blockFactors(coordinates, hessian, c)
  if (factors === null) return null
  const apply = (x: Float64Array): Float64Array => combine(x, [c], [pull(hessian.times(move(x)))])
  const precondition = (r: Float64Array): Float64Array => solveBlocks(factors, r, coordinates.q)
  return (r) => {
    const goal = precision * norm(r)
    let x = new Float64Array(r.length)
    let residual = r
    let z = precondition(residual)
    let direction = z
    let product = dot(residual, z)
    for (let i = 0; i < most && norm(residual) > goal; i++) {
      const image = apply(direction)
      const along = dot(direction, image)
      if (!(along > 0)) return x.fill(Number.NaN)
      const step = product / along
      x = combine(x, [step], [direction]) as Float64Array<ArrayBuffer>
      residual = combine(residual, [-step], [image])
      z = precondition(residual)
      const next = dot(residual, z)
      direction = combine(z, [next / product], [direction])
      product = next
    }
    return norm(residual) <= goal ? x : x.fill(Number.NaN)
  }
}

/** Cholesky factors [r, q, q] of the blocks of I + c M; null where one is not positive definite. */
function blockFactors(
  { vectors, shares, rank, q }: Coordinates,
  hessian: Hessian,
  c: number,
): Float64Array | null {
  const rows = vectors.shape[0] as number
  const v = vectors.dataSync()
  const { blocks } = hessian
  const k = blocks.length / (rows * q)
  const p = k / q
  const out = new Float64Array(rank * q * q)
  for (let row = 0; row < rows; row++) {
    const first = row - (row % p)
    for (let a = 0; a < p; a++) {
      for (let i = 0; i < rank; i++) {
        const weight =
          c * (shares[i] as number) * (v[row * rank + i] as number) * (v[(first + a) * rank + i] as number)
        for (let b = 0; b < q; b++) {
          for (let d = 0; d < q; d++) {
            const at = (i * q + b) * q + d
            out[at] = (out[at] as number) + weight * (blocks[(row * q + b) * k + a * q + d] as number)
          }
        }
      }
    }
  }
  for (let i = 0; i < rank; i++) if (!factorBlock(out, i * q * q, q)) return null
  return out
}

/** Cholesky of I + a block, in its place. */
function factorBlock(x: Float64Array, from: number, q: number): boolean {
  const get = (i: number, j: number): number => x[from + i * q + j] as number
  for (let j = 0; j < q; j++) {
    for (let i = j; i < q; i++) {
      let sum = get(i, j) + (i === j ? 1 : 0)
      for (let l = 0; l < j; l++) sum -= get(i, l) * get(j, l)
      if (i === j) {
        if (!(sum > 0)) return false
        x[from + j * q + j] = Math.sqrt(sum)
      } else x[from + i * q + j] = sum / get(j, j)
    }
  }
  return true
}

function solveBlocks(factors: Float64Array, r: Float64Array, q: number): Float64Array {
  const x = r.slice()
  for (let from = 0; from < x.length; from += q) {
    const get = (i: number, j: number): number => factors[(from + i) * q + j] as number
    for (let i = 0; i < q; i++) {
      let sum = x[from + i] as number
      for (let l = 0; l < i; l++) sum -= get(i, l) * (x[from + l] as number)
      x[from + i] = sum / get(i, i)
    }
    for (let i = q - 1; i >= 0; i--) {
      let sum = x[from + i] as number
      for (let l = i + 1; l < q; l++) sum -= get(l, i) * (x[from + l] as number)
      x[from + i] = sum / get(i, i)
    }
  }
  return x
}

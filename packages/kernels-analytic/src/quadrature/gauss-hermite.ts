import {
  add,
  div,
  eigh,
  expandDims,
  greater,
  mul,
  sqrt,
  square,
  sum,
  Tensor,
  tensor,
  type Value,
  where,
} from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import { conditional } from './conditional.js'
import type { Fn } from './polar.js'

/** Nodes and weights for the weight e^{−x²}, from the eigenvectors of the Jacobi matrix (Golub and Welsch 1969). */
function rule(degree: number): readonly [readonly number[], readonly number[]] {
  const matrix = Array.from({ length: degree }, (_, i) =>
    Array.from({ length: degree }, (_j, j) => (Math.abs(i - j) === 1 ? Math.sqrt(Math.max(i, j) / 2) : 0)),
  )
  const { values, vectors } = eigh(tensor(matrix))
  const first = vectors.dataSync().subarray(0, degree)
  return [
    Array.from(values.dataSync(), Number),
    Array.from(first, (v) => Math.sqrt(Math.PI) * Number(v) ** 2),
  ]
}

/**
 * E[g(u) h(v)] on a grid of degree x degree points, u along one axis and v given u along the other: what neural-tangents does. Its error
 * is seen where the order of u and v is changed.
 */
export function gaussHermite(degree: number): (g: Fn, h: Fn, covariances: PairCovariances) => Value {
  let made: ReturnType<typeof rule> | null = null
  return (g, h, { q, q11, q22 }) => {
    made ??= degree === 0 ? [[], []] : rule(degree)
    const [nodes, weights] = made
    const dtype = q.dtype as 'float64'
    const line = (x: readonly number[]): Value =>
      tensor(x, Tensor.isInstance(q) ? { dtype, backend: q.backend } : { dtype })
    const [y, w] = [line(nodes), line(weights)]
    const positive = greater(q11, 0)
    const along = where(positive, div(q, sqrt(where(positive, mul(q11, 0.5), 1))), 0)
    const across = mul(expandDims(sqrt(mul(conditional({ q, q11, q22 }), 2)), -1), y)
    const first = sqrt(mul(q11, 2))
    const terms = nodes.map((x, i): Value => {
      const inner = sum(mul(h(add(mul(expandDims(along, -1), x), across)), w), { axis: -1 })
      return mul(mul(g(mul(first, x)), inner), (weights[i] as number) / Math.PI)
    })
    return terms.reduce((s, t) => add(s, t), mul(square(add(add(q, q11), q22)), 0))
  }
}

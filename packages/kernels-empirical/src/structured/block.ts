import { add, dotGeneral, mul, ones, reshape, type Tensor, zeros } from '@ntk/tensor'
import type { Task } from '../engine.js'
import { scaleBy } from './cotangent.js'
import { contract, contractRows, type Factor } from './factors.js'

/** Products of one pair of cotangents, and by part what multiplies them: [n, 1, m], or a number. */
interface SharedRows {
  readonly left: Tensor
  readonly right: Tensor
  readonly coefficients: (Tensor | null)[]
}

/** Σ over the inputs of an affine map: [n, 1, m]; 1 where the parameter is added. */
function coefficient(left: Factor, right: Factor): Tensor | null {
  if (left.kind === 'dense' || right.kind === 'dense') return null
  const flat = ({ a }: { readonly a: Tensor }): Tensor =>
    reshape(a, [a.shape[0] as number, a.shape[3] as number])
  const products = dotGeneral(flat(left), flat(right), { lhsContract: [1], rhsContract: [1] })
  return reshape(products, [products.shape[0] as number, 1, products.shape[1] as number])
}

/**
 * A block [d, e, n, f, m] of the kernel for each part, from the factors of all parameters on both sides. Parameters with the
 * same cotangents (the weights and the bias of a layer) share the products of these.
 */
export function block(
  left: readonly (Factor | null)[],
  right: readonly (Factor | null)[],
  { layout, leaves, partOf, parts, maxNumbers }: Task,
): Tensor[] {
  const sums: (Tensor | null)[] = Array.from({ length: parts }, () => null)
  const give = (list: (Tensor | null)[], part: number, term: Tensor): void => {
    const sum = list[part] ?? null
    list[part] = sum === null ? term : add(sum, term)
  }
  const shared: SharedRows[] = []
  left.forEach((l, leaf) => {
    const r = right[leaf] ?? null
    if (l === null || r === null) return
    const part = partOf[leaf] as number
    const scale = scaleBy(l.scale, r.scale)
    if (l.rows !== null && r.rows !== null && l.kind === r.kind) {
      let rows = shared.find((s) => s.left === l.rows && s.right === r.rows)
      if (rows === undefined) {
        rows = { left: l.rows, right: r.rows, coefficients: sums.map(() => null) }
        shared.push(rows)
      }
      const products = coefficient(l, r)
      const term =
        products === null
          ? (scale ?? ones([], l.rows.dtype))
          : scale === null
            ? products
            : mul(products, scale)
      give(rows.coefficients, part, term)
      return
    }
    const term = contract(l, r, layout, maxNumbers)
    give(sums, part, scale === null ? term : mul(term, scale))
  })
  for (const { left: l, right: r, coefficients } of shared) {
    const products = contractRows(l, r, layout)
    coefficients.forEach((by, part) => {
      if (by !== null) give(sums, part, mul(products, by))
    })
  }
  // The outputs do not depend on the parameters of a part at all.
  const shape = sums.find((sum) => sum !== null)?.shape ?? []
  return sums.map((sum) => sum ?? zeros(shape, leaves[0]?.dtype))
}

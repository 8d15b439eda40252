/**
 * Jacobians of outputs in one parameter u, kept in factors. b numbers entries of an output, n samples.
 * Contraction of two of them over u gives a block of the kernel [diagonal, free, n, free', m].
 */
import {
  add,
  concatenate,
  dotGeneral,
  mul,
  reshape,
  type Shape,
  sizeOf,
  slice,
  sum,
  type Tensor,
  transpose,
} from '@ntk/tensor'

/** How entries (g, k, m) of an outer product lie in u: reshaped to `dims`, axes permuted, reshaped to `shape`. */
export interface OuterLayout {
  readonly dims: Shape
  readonly perm: Shape
  readonly shape: Shape
}

/** J[b, n, (g, k, m)] = Σ_p a[n, g, p, k] b[b, n, g, p, m]: an affine map of positions p in groups g. */
export interface Outer {
  readonly kind: 'outer'
  /** [n, g, p, k] */
  readonly a: Tensor
  /** [b, n, g, p, m] */
  readonly b: Tensor
  readonly layout: OuterLayout
  readonly scale: Tensor | null
  readonly rows: Tensor | null
}

/** J[b, n, ...u] itself. */
export interface Dense {
  readonly kind: 'dense'
  readonly j: Tensor
  readonly scale: Tensor | null
  readonly rows: Tensor | null
}

/**
 * A Jacobian is `scale` (null is 1) times what the fields say. `rows` is a cotangent [b, n, w], shared with other factors,
 * that is all of j, or is b with a single position; its products need to be made once only.
 */
export type Factor = Outer | Dense

/** How the entries b of an output fall into (diagonal, trace, free); what is left over is free. */
export interface EntryGroups {
  readonly diagonal: number
  readonly trace: number
}

const sameLayout = (a: OuterLayout, b: OuterLayout): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The Jacobian [b, n, ...u] that the factors stand for. */
export function expand(factor: Factor): Tensor {
  const j = unscaled(factor)
  return factor.scale === null ? j : mul(j, factor.scale)
}

function unscaled(factor: Factor): Tensor {
  if (factor.kind === 'dense') return factor.j
  const { a, b, layout } = factor
  const [entries, n] = b.shape as [number, number]
  // [n, g, b, m, k] -> [b, n, g, k, m]
  const j = dotGeneral(b, a, { lhsContract: [3], rhsContract: [2], lhsBatch: [1, 2], rhsBatch: [0, 1] })
  const dims = reshape(transpose(j, [2, 0, 1, 4, 3]), [entries, n, ...layout.dims])
  return reshape(transpose(dims, [0, 1, ...layout.perm.map((p) => p + 2)]), [entries, n, ...layout.shape])
}

/** The sum of Jacobians in the same u: more positions where the outer products are alike, else dense. */
export function addFactors(factors: readonly Factor[]): Factor {
  const [first, ...rest] = factors as [Factor, ...Factor[]]
  if (rest.length === 0) return first
  const outers = factors.filter((f) => f.kind === 'outer')
  if (
    first.kind === 'outer' &&
    outers.length === factors.length &&
    outers.every((f) => sameLayout(f.layout, first.layout))
  ) {
    return {
      ...first,
      a: concatenate(
        outers.map((f) => f.a),
        2,
      ),
      b: concatenate(
        outers.map((f) => (f.scale === null ? f.b : mul(f.b, f.scale))),
        3,
      ),
      scale: null,
      rows: null,
    }
  }
  return { kind: 'dense', j: factors.map(expand).reduce((a, b) => add(a, b)), scale: null, rows: null }
}

/** Sizes of one pair of outer products: samples n and m, positions p and q, free entries e and f; group, k and m axes. */
export interface OuterSizes {
  readonly n: number
  readonly m: number
  readonly p: number
  readonly q: number
  readonly e: number
  readonly f: number
  readonly g: number
  readonly k: number
  readonly w: number
}

/** Multiply-adds of the two ways to contract outer products, and the numbers held by the first. */
export function outerCosts(
  { n, m, p, q, e, f, g, k, w }: OuterSizes,
  { diagonal: d, trace: t }: EntryGroups,
): { readonly gram: number; readonly dense: number; readonly gramNumbers: number } {
  return {
    gram: n * m * p * q * g * (k + d * e * f * (t * w + 2)),
    dense: d * t * g * k * w * (n * e * p + m * f * q + e * f * n * m),
    gramNumbers: d * e * f * n * m * g * p * q,
  }
}

function outerSizes(left: Outer, right: Outer, { diagonal, trace }: EntryGroups): OuterSizes {
  const [n, g, p, k] = left.a.shape as [number, number, number, number]
  const [m, , q] = right.a.shape as [number, number, number, number]
  const free = (x: Outer): number => (x.b.shape[0] as number) / (diagonal * trace)
  return { n, m, p, q, e: free(left), f: free(right), g, k, w: left.b.shape[4] as number }
}

/** Whether to contract through products over pairs of positions rather than through Jacobians. */
export function prefersGram(sizes: OuterSizes, groups: EntryGroups, maxNumbers: number): boolean {
  const { gram, dense, gramNumbers } = outerCosts(sizes, groups)
  return gram <= dense && gramNumbers <= maxNumbers
}

/**
 * Σ_t ∂f[d, t, e, n]/∂u · ∂f[d, t, f, m]/∂u as a block [d, e, n, f, m], without the scales. Of outer products either through
 * the products of a with a and b with b over pairs of positions, or through the Jacobians, made in slices of at most `maxNumbers`.
 */
export function contract(left: Factor, right: Factor, groups: EntryGroups, maxNumbers: number): Tensor {
  if (left.kind === 'dense' || right.kind === 'dense')
    return contractDense(unscaled(left), unscaled(right), groups)
  const sizes = outerSizes(left, right, groups)
  if (prefersGram(sizes, groups, maxNumbers)) return contractOuter(left, right, groups, sizes)
  return contractSliced(left, right, groups, maxNumbers)
}

/** Products of cotangents [b, n, w] over traced entries and w: [d, e, n, f, m]. */
export function contractRows(left: Tensor, right: Tensor, groups: EntryGroups): Tensor {
  return dotGeneral(entriesOf(left, groups), entriesOf(right, groups), overEntries)
}

/** [b, n, ...rest] to [d, t, f, n, ...rest]. */
function entriesOf(x: Tensor, { diagonal, trace }: EntryGroups): Tensor {
  return reshape(x, [diagonal, trace, -1, ...x.shape.slice(1)])
}

const overEntries = { lhsContract: [1, 4], rhsContract: [1, 4], lhsBatch: [0], rhsBatch: [0] } as const

/** [b, n, ...u] on both sides. */
function contractDense(left: Tensor, right: Tensor, groups: EntryGroups): Tensor {
  const flat = (j: Tensor): Tensor =>
    entriesOf(reshape(j, [j.shape[0] as number, j.shape[1] as number, sizeOf(j.shape.slice(2))]), groups)
  return dotGeneral(flat(left), flat(right), overEntries)
}

function contractOuter(left: Outer, right: Outer, groups: EntryGroups, sizes: OuterSizes): Tensor {
  const { n, m, p, q, e, f, g } = sizes
  // [g, n, p, m, q] and [d, g, e, n, p, f, m, q]
  const inputs = dotGeneral(left.a, right.a, {
    lhsContract: [3],
    rhsContract: [3],
    lhsBatch: [1],
    rhsBatch: [1],
  })
  const outputs = dotGeneral(entriesOf(left.b, groups), entriesOf(right.b, groups), {
    lhsContract: [1, 6],
    rhsContract: [1, 6],
    lhsBatch: [0, 4],
    rhsBatch: [0, 4],
  })
  const products = mul(
    reshape(outputs, [groups.diagonal, g, e, n, p, f, m, q]),
    reshape(inputs, [g, 1, n, p, 1, m, q]),
  )
  return sum(products, { axis: [1, 4, 7] })
}

/** Jacobians [n, g, b, w, k] of a slice of k at a time: no Jacobian of a wide layer is ever there whole. */
function contractSliced(left: Outer, right: Outer, groups: EntryGroups, maxNumbers: number): Tensor {
  const k = left.a.shape[3] as number
  const perColumn = [left, right].reduce(
    (total, x) => total + sizeOf(x.b.shape) / (x.b.shape[3] as number),
    0,
  )
  const size = Math.max(1, Math.min(k, Math.floor(maxNumbers / perColumn)))
  const part = (x: Outer, start: number): Tensor => {
    const a = slice(x.a, null, null, null, [start, Math.min(k, start + size)])
    const j = dotGeneral(x.b, a, { lhsContract: [3], rhsContract: [2], lhsBatch: [1, 2], rhsBatch: [0, 1] })
    const [n, g, , w, columns] = j.shape as [number, number, number, number, number]
    return reshape(j, [n, g, groups.diagonal, groups.trace, -1, w * columns])
  }
  const axes = { lhsContract: [1, 3, 5], rhsContract: [1, 3, 5], lhsBatch: [2], rhsBatch: [2] }
  let block: Tensor | undefined
  for (let start = 0; start < k; start += size) {
    const jl = part(left, start)
    // [d, n, e, m, f]
    const next = dotGeneral(jl, left === right ? jl : part(right, start), axes)
    block = block === undefined ? next : add(block, next)
  }
  return transpose(block as Tensor, [0, 2, 1, 4, 3])
}

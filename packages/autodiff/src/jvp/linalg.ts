import {
  abs,
  add,
  bind1,
  cast,
  div,
  dotGeneral,
  equal,
  expandDims,
  greater,
  greaterEqual,
  type LinalgParams,
  lessEqual,
  matmul,
  matrixTranspose,
  max,
  mul,
  neg,
  sub,
  sum,
  type Value,
  where,
} from '@ntk/tensor'
import { iotaBeside } from '../core/tangent.js'
import type { JvpTable } from './rule.js'

/** bool [n, n] for matrices [..., n, n]: the row index stands in `relation` to the column index. */
function mask(a: Value, relation: (row: Value, column: Value) => Value): Value {
  const i = iotaBeside(a, size(a))
  return relation(expandDims(i, 1), i)
}

const size = (a: Value): number => a.shape.at(-1) as number

/** Only the lower triangle of a symmetric argument is read: its tangent, mirrored. */
function mirrored(t: Value): Value {
  return where(mask(t, greaterEqual), t, matrixTranspose(t))
}

/** The part of the tangent of a triangular matrix that is read. */
function triangle(t: Value, { lower, unitDiagonal }: LinalgParams['triangularSolve']): Value {
  const strict = lower ? greater : (i: Value, j: Value): Value => greater(j, i)
  const relation = unitDiagonal ? strict : lower ? greaterEqual : lessEqual
  return where(mask(t, relation), t, 0)
}

/** aᵀ b for matrices [..., n, p] and [..., n, q]. */
function transposedProduct(a: Value, b: Value): Value {
  const r = a.shape.length
  const batch = a.shape.slice(0, -2).map((_, i) => i)
  return dotGeneral(a, b, { lhsContract: [r - 2], rhsContract: [r - 2], lhsBatch: batch, rhsBatch: batch })
}

/** Relative distance under which eigenvalues count as equal. */
function degenerate(values: Value): number {
  return size(values) * (values.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
}

export const linalg: JvpTable<keyof LinalgParams> = {
  // dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ keeps the lower triangle and halves the diagonal (Murray 2016, arXiv:1602.07527, equation 8)
  cholesky: (_, [t], _params, [l]) => {
    const solve = (b: Value): Value =>
      bind1('triangularSolve', [l, b], { lower: true, transpose: false, unitDiagonal: false })
    const phi = sub(cast(mask(l, greaterEqual), l.dtype), mul(cast(mask(l, equal), l.dtype), 0.5))
    const inner = solve(matrixTranspose(solve(mirrored(t))))
    return [matmul(l, mul(inner, phi))]
  },
  // op(A) dX = dB − op(dA) X
  triangularSolve: ([a], [ta, tb], params, [x]) => {
    const moved = (dA: Value): Value => {
      const read = triangle(dA, params)
      return neg(params.transpose ? transposedProduct(read, x) : matmul(read, x))
    }
    const right = ta === null ? tb : tb === null ? moved(ta) : add(tb, moved(ta))
    return [bind1('triangularSolve', [a, right], params)]
  },
  // A dX = dB − dA X
  solve: ([a], [ta, tb], params, [x]) => {
    const moved = (dA: Value): Value => neg(matmul(dA, x))
    const right = ta === null ? tb : tb === null ? moved(ta) : add(tb, moved(ta))
    return [bind1('solve', [a, right], params)]
  },
  // With M = Vᵀ dA V: dλ = diag M, dV = V (F ∘ M), F_ij = 1 / (λ_j − λ_i). The eigenvectors of equal eigenvalues are
  // not differentiable (any rotation of them is as good); there F is 0, which is right for functions that do not depend
  // on the choice.
  eigh: (_, [t], _params, [w, v]) => {
    const image = matmul(mirrored(t), v)
    const gaps = sub(expandDims(w, -2), expandDims(w, -1))
    const widest = size(w) === 0 ? w : max(abs(w), { axis: -1, keepDims: true })
    const scale = mul(widest, degenerate(w))
    const apart = greater(abs(gaps), expandDims(scale, -1))
    const f = where(apart, div(1, where(apart, gaps, 1)), 0)
    return [sum(mul(image, v), { axis: -2 }), matmul(v, mul(transposedProduct(v, image), f))]
  },
}

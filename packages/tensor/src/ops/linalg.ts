import { bind, bind1 } from '../bind.js'
import { Donation } from '../donation.js'
import { NtkError } from '../errors.js'
import { boolean } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import { requireValue } from '../options/require.js'
import type { RulesFor } from '../options/rule.js'
import type { LinalgParams } from '../primitives.js'
import { showShape } from '../shape.js'
import { Tensor } from '../tensor.js'
import type { Value } from '../value.js'
import { mul } from './binary.js'
import { sum } from './reduce.js'
import { expandDims, reshape, slice, transpose } from './shaping.js'
import { log } from './unary.js'

/** The last two axes swapped. */
export function matrixTranspose<V extends Value>(x: V): V {
  requireValue(x, 'x of matrixTranspose')
  const r = x.shape.length
  return transpose(x, [...x.shape.slice(0, -2).map((_, i) => i), r - 1, r - 2])
}

/** Throws NtkError 'unsupported' where the device of the matrix has no such factorization. */
function needDevice(name: keyof LinalgParams, a: Value): void {
  if (!Tensor.isInstance(a) || a.backend.supports(name, a.dtype)) return
  throw new NtkError('unsupported', {
    what: `${name} is computed at once on the host only.`,
    got: `${a.toString()} on ${a.backend.name}`,
    fix: `Use \`await ${name}Async(...)\`, or bring the tensors home to cpuBackend() with \`await toHost(x)\`.`,
  })
}

/** Lower L with L Lᵀ = a, of symmetric positive definite [..., n, n] (lower triangle read). Throws 'not-positive-definite'. */
export function cholesky<V extends Value>(a: V): V {
  requireValue(a, 'a of cholesky')
  needDevice('cholesky', a)
  return bind1('cholesky', [a], {})
}

/**
 * As `cholesky`, written over `a`, which is used up whatever comes: for matrices of which memory holds one, not two. The values of a
 * pivot that is not positive are those of the factorization as far as it came.
 */
export function choleskyInPlace(a: Tensor): Tensor {
  requireValue(a, 'a of choleskyInPlace')
  needDevice('cholesky', a)
  try {
    return bind<'cholesky', Tensor>('cholesky', [a], {}, new Donation([0]))[0]
  } catch (error) {
    if (Tensor.isInstance(a)) a.dispose()
    throw error
  }
}

export interface TriangularSolveOptions {
  /** Whether `a` is lower triangular; the other triangle is not read. */
  readonly lower?: boolean | undefined
  /** Solve with the transpose of `a`. */
  readonly transpose?: boolean | undefined
  /** Take the diagonal as 1 without reading it. */
  readonly unitDiagonal?: boolean | undefined
}

const rules = {
  lower: boolean(true),
  transpose: boolean(false),
  unitDiagonal: boolean(false),
} satisfies RulesFor<TriangularSolveOptions>

/** x with op(a) x = b, of triangular a [..., n, n] and b [..., n, m] or [n]. */
export function triangularSolve<V extends Value>(a: V, b: V, options?: TriangularSolveOptions): V {
  requireValue(a, 'a of triangularSolve')
  requireValue(b, 'b of triangularSolve')
  const params = readOptions('triangularSolve', rules, options)
  needDevice('triangularSolve', a)
  return columns(b, a, (m) => bind1('triangularSolve', [a, m], params))
}

/** x with a x = b, of general a [..., n, n] and b [..., n, m] or [n]. Throws 'singular'. */
export function solve<V extends Value>(a: V, b: V): V {
  requireValue(a, 'a of solve')
  requireValue(b, 'b of solve')
  needDevice('solve', a)
  return columns(b, a, (m) => bind1('solve', [a, m], {}))
}

/** x with a x = b, of symmetric positive definite a, by Cholesky. */
export function choleskySolve<V extends Value>(a: V, b: V): V {
  requireValue(a, 'a of choleskySolve')
  requireValue(b, 'b of choleskySolve')
  const l = cholesky(a)
  return triangularSolve(l, triangularSolve(l, b), { transpose: true })
}

/** Eigenvalues ascending [..., n] and eigenvectors as columns [..., n, n] of symmetric a (lower triangle read). */
export function eigh<V extends Value>(a: V): { values: V; vectors: V } {
  needDevice('eigh', a)
  const [values, vectors] = bind('eigh', [a], {})
  return { values, vectors }
}

/** Diagonal of the last two (equal) axes. */
export function diagonal<V extends Value>(a: V): V {
  requireValue(a, 'a of diagonal')
  const n = a.shape.at(-1)
  if (n === undefined || n !== a.shape.at(-2)) {
    throw new NtkError('shape', {
      what: 'diagonal needs square matrices [..., n, n].',
      got: showShape(a.shape),
    })
  }
  const batch = a.shape.slice(0, -2)
  // every (n + 1)-th number
  return slice(reshape(a, [...batch, n * n]), ...batch.map(() => null), [0, null, n + 1])
}

/** log det of symmetric positive definite [..., n, n], by Cholesky: [...]. */
export function logDet<V extends Value>(a: V): V {
  requireValue(a, 'a of logDet')
  return mul(sum(log(diagonal(cholesky(a))), { axis: -1 }), 2)
}

function columns<V extends Value>(b: V, a: V, f: (m: V) => V): V {
  if (b.shape.length === 1 && a.shape.length === 2) return reshape(f(expandDims(b, 1)), b.shape)
  return f(b)
}

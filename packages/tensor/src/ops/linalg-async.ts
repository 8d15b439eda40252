/**
 * Linear algebra for tensors of any device: what these functions are given is read, computed in float64 on the host, and what
 * they give is on the backend and in the dtype of the first argument. The functions of the same name without `Async` do it at
 * once, where the device can.
 */
import { NtkError } from '../errors.js'
import { show } from '../options/show.js'
import { Tensor } from '../tensor.js'
import { toBackend, toHost } from '../to-backend.js'
import {
  cholesky,
  choleskySolve,
  eigh,
  logDet,
  solve,
  type TriangularSolveOptions,
  triangularSolve,
} from './linalg.js'
import { cast } from './shaping.js'

/** The tensors as float64 on the host. */
async function brought<T extends readonly Tensor[]>(name: string, ...inputs: T): Promise<T> {
  for (const x of inputs) {
    if (Tensor.isInstance(x)) continue
    throw new NtkError('tracer', {
      what: `${name} needs tensors.`,
      got: show(x),
      fix: `An asynchronous function cannot be differentiated or vectorized: use ${name.replace('Async', '')} there, on tensors of the host.`,
    })
  }
  const home = await toHost(inputs)
  return home.map((x) => cast(x, 'float64')) as readonly Tensor[] as T
}

/** On the backend and in the dtype of `like`. */
function back(x: Tensor, like: Tensor): Promise<Tensor> {
  return toBackend(cast(x, like.dtype), like.backend)
}

/** As `cholesky`: lower L with L Lᵀ = a, of symmetric positive definite [..., n, n]. Rejects with 'not-positive-definite'. */
export async function choleskyAsync(a: Tensor): Promise<Tensor> {
  const [m] = await brought('choleskyAsync', a)
  return back(cholesky(m), a)
}

/** As `triangularSolve`: x with op(a) x = b, of triangular a [..., n, n] and b [..., n, m] or [n]. */
export async function triangularSolveAsync(
  a: Tensor,
  b: Tensor,
  options?: TriangularSolveOptions,
): Promise<Tensor> {
  const [m, n] = await brought('triangularSolveAsync', a, b)
  return back(triangularSolve(m, n, options), a)
}

/** As `solve`: x with a x = b, of general a [..., n, n] and b [..., n, m] or [n]. Rejects with 'singular'. */
export async function solveAsync(a: Tensor, b: Tensor): Promise<Tensor> {
  const [m, n] = await brought('solveAsync', a, b)
  return back(solve(m, n), a)
}

/** As `choleskySolve`: x with a x = b, of symmetric positive definite a. Rejects with 'not-positive-definite'. */
export async function choleskySolveAsync(a: Tensor, b: Tensor): Promise<Tensor> {
  const [m, n] = await brought('choleskySolveAsync', a, b)
  return back(choleskySolve(m, n), a)
}

/** As `eigh`: eigenvalues ascending [..., n] and eigenvectors as columns [..., n, n] of symmetric a. */
export async function eighAsync(a: Tensor): Promise<{ values: Tensor; vectors: Tensor }> {
  const [m] = await brought('eighAsync', a)
  const { values, vectors } = eigh(m)
  return { values: await back(values, a), vectors: await back(vectors, a) }
}

/** As `logDet`: log det of symmetric positive definite [..., n, n]. Rejects with 'not-positive-definite'. */
export async function logDetAsync(a: Tensor): Promise<Tensor> {
  const [m] = await brought('logDetAsync', a)
  return back(logDet(m), a)
}

/**
 * Fused kernels of composites, by name. Whoever defines a composite (the dual activations of @ntk/kernels-analytic)
 * defines its meaning by the decomposition; what stands here computes the same in one pass, or gives null.
 */
import type { BackendTensor, CompositeKernel } from '../backend.js'
import { allocate, allocateDirty, isFloat } from '../dtype.js'
import { sameShape } from '../shape.js'
import { arith, linearCombination } from './wasm/arith.js'
import {
  type DualStep,
  dualAbRelu,
  dualErf,
  dualStack,
  dualStackInto,
  dualStackVariance,
  type FloatArray,
} from './wasm/index.js'

const dataOf = (t: BackendTensor): FloatArray => t.buffer as FloatArray

function like(t: BackendTensor, buffer: FloatArray): BackendTensor {
  return { buffer, shape: t.shape, dtype: t.dtype }
}

/** Where a tile belongs in the matrices of all pairs, as @ntk/kernels-analytic says it. */
interface Into {
  readonly names: readonly ('nngp' | 'ntk')[]
  readonly row: number
  readonly col: number
  readonly symmetric: boolean
}

/**
 * (K [n1, n2], variances [n1] and [n2]; steps, ntk): K and Θ after the steps. With `into` the matrices that it names follow
 * as inputs; they get the results, and are the outputs.
 */
const stack: CompositeKernel = ([k, v1, v2, ...matrices], params) => {
  if (k === undefined || v1 === undefined || v2 === undefined || !isFloat(k.dtype)) return null
  const [rows, cols] = k.shape
  if (rows === undefined || cols === undefined || k.shape.length !== 2) return null
  if (!sameShape(v1.shape, [rows]) || !sameShape(v2.shape, [cols])) return null
  const { steps, ntk, into } = params as {
    readonly steps: readonly DualStep[]
    readonly ntk: boolean
    readonly into?: Into
  }
  if (into !== undefined) {
    const ld = matrices[0]?.shape[1]
    if (ld === undefined || !matrices.every((m) => isFloat(m.dtype) && m.shape.length === 2)) return null
    const named = (name: 'nngp' | 'ntk'): FloatArray | null => {
      const matrix = matrices[into.names.indexOf(name)]
      return matrix === undefined ? null : dataOf(matrix)
    }
    const target = { ...into, ld, nngp: named('nngp'), ntk: named('ntk') }
    dualStackInto(steps, dataOf(k), dataOf(v1), dataOf(v2), rows, cols, target)
    return matrices
  }
  const nngp = dataOf(k).slice()
  const theta = ntk ? (allocate(k.dtype, nngp.length) as FloatArray) : null
  dualStack(steps, nngp, dataOf(v1), dataOf(v2), theta, rows, cols)
  return theta === null ? [like(k, nngp)] : [like(k, nngp), like(k, theta)]
}

/** (variances [n]; steps): the variances after the steps. */
const variance: CompositeKernel = ([v], params) => {
  if (v === undefined || !isFloat(v.dtype)) return null
  const { steps } = params as { readonly steps: readonly DualStep[] }
  const out = dataOf(v).slice()
  dualStackVariance(steps, out, out.length)
  return [like(v, out)]
}

type Dual = (
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
) => void

/** (q [n1, n2], q11 [n1, 1], q22 [1, n2], and Θ [n1, n2] where wanted): T and Θ Ṫ. Other shapes are decomposed. */
function dual([q, q11, q22, ntk]: readonly BackendTensor[], f: Dual): BackendTensor[] | null {
  if (q === undefined || q11 === undefined || q22 === undefined || !isFloat(q.dtype)) return null
  const [rows, cols] = q.shape
  if (rows === undefined || cols === undefined || q.shape.length !== 2) return null
  if (!sameShape(q11.shape, [rows, 1]) || !sameShape(q22.shape, [1, cols])) return null
  if (ntk !== undefined && !sameShape(ntk.shape, q.shape)) return null
  const t = dataOf(q).slice()
  const theta = ntk === undefined ? null : dataOf(ntk).slice()
  f(t, dataOf(q11), dataOf(q22), theta, rows, cols)
  return theta === null ? [like(q, t)] : [like(q, t), like(q, theta)]
}

/** (values of one shape; weights): Σ weights_k · values_k, the updates of optimizers; over value `into` where one is given away. */
const combination: CompositeKernel = (values, params) => {
  const [first] = values
  if (first === undefined || !isFloat(first.dtype)) return null
  if (values.some((v) => v.dtype !== first.dtype || !sameShape(v.shape, first.shape))) return null
  const { weights, into = -1 } = params as { readonly weights: readonly number[]; readonly into?: number }
  const given = values[into]
  const out =
    given === undefined ? (allocateDirty(first.dtype, dataOf(first).length) as FloatArray) : dataOf(given)
  linearCombination(weights, values.map(dataOf), out, out.length)
  return [like(first, out)]
}

/** (a, b) of one shape, or one of them a number: 1 where a > b, 1/2 where a = b, else 0. */
const shareOfLarger: CompositeKernel = ([a, b]) => {
  if (a === undefined || b === undefined || !isFloat(a.dtype) || a.dtype !== b.dtype) return null
  const whole = a.shape.length === 0 ? b : a
  const fits = (x: BackendTensor): boolean => x.shape.length === 0 || sameShape(x.shape, whole.shape)
  if (!fits(a) || !fits(b)) return null
  const n = dataOf(whole).length
  const step = (x: BackendTensor): number => (x.shape.length === 0 ? 0 : 1)
  const out = allocateDirty(whole.dtype, n) as FloatArray
  arith('shareOfLarger', dataOf(a), 0, step(a), dataOf(b), 0, step(b), out, 0, n)
  return [like(whole, out)]
}

export const cpuComposites: Readonly<Record<string, CompositeKernel>> = {
  dualStack: stack,
  dualStackVariance: variance,
  linearCombination: combination,
  shareOfLarger,
  dualAbRelu: (inputs, params) => {
    const { a, b } = params as { readonly a: number; readonly b: number }
    return dual(inputs, (...args) => dualAbRelu(a, b, ...args))
  },
  dualErf: (inputs, params) =>
    dual(inputs, (...args) => dualErf(params as Parameters<typeof dualErf>[0], ...args)),
}

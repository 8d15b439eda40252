import type { BackendTensor, CompositeKernel } from '../backend.js'
import type { Shape } from '../shape.js'
import { dualAbRelu, dualErf, dualStack, dualStackVariance } from './wasm/dual.js'
import type { DualStep, FloatArray } from './wasm/types.js'

/** A copy to work on in place: buffers that were handed out are never written to. */
function copyOf({ buffer }: BackendTensor): FloatArray {
  return (buffer as FloatArray).slice()
}

function zerosLike(data: FloatArray): FloatArray {
  return data instanceof Float64Array ? new Float64Array(data.length) : new Float32Array(data.length)
}

function like(x: BackendTensor, data: FloatArray): BackendTensor {
  return { buffer: data, shape: x.shape, dtype: x.dtype }
}

/** [m, n] against [m, 1] and [1, n]: what the kernels of pairs take. */
function isPairs([nngp, q11, q22]: readonly BackendTensor[]): boolean {
  if (nngp === undefined || q11 === undefined || q22 === undefined) return false
  const [m, n] = nngp.shape
  const is = (shape: Shape, a: number | undefined, b: number | undefined): boolean =>
    shape.length === 2 && shape[0] === a && shape[1] === b
  return nngp.shape.length === 2 && is(q11.shape, m, 1) && is(q22.shape, 1, n)
}

type InPlace = (
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  m: number,
  n: number,
) => void

/** One activation over pairs: (nngp, q11, q22[, ntk]) to (nngp[, ntk]). */
function activation(run: (params: object) => InPlace): CompositeKernel {
  return (inputs, params) => {
    if (!isPairs(inputs)) return null
    const [nngp, q11, q22, ntk] = inputs as [BackendTensor, BackendTensor, BackendTensor, BackendTensor?]
    const [m = 0, n = 0] = nngp.shape
    const k = copyOf(nngp)
    const theta = ntk === undefined ? null : copyOf(ntk)
    run(params)(k, q11.buffer as FloatArray, q22.buffer as FloatArray, theta, m, n)
    return ntk === undefined || theta === null ? [like(nngp, k)] : [like(nngp, k), like(ntk, theta)]
  }
}

/** Fused kernels by composite name. The composites themselves, with their decompositions, stand where their maths does (@ntk/kernels-analytic). */
export const cpuComposites: Readonly<Record<string, CompositeKernel>> = {
  dualAbRelu: activation((params) => {
    const { a, b } = params as { a: number; b: number }
    return (nngp, q11, q22, ntk, m, n) => dualAbRelu(a, b, nngp, q11, q22, ntk, m, n)
  }),
  dualErf: activation((params) => {
    const { a, b, c } = params as { a: number; b: number; c: number }
    return (nngp, q11, q22, ntk, m, n) => dualErf({ a, b, c }, nngp, q11, q22, ntk, m, n)
  }),
  /** (nngp [m, n], variances [m], variances [n]) through all steps; ntk starts at 0. */
  dualStack: (inputs, params) => {
    const { steps, ntk } = params as { steps: readonly DualStep[]; ntk: boolean }
    const [nngp, q11, q22] = inputs as [BackendTensor, BackendTensor, BackendTensor]
    const [m = 0, n = 0] = nngp.shape
    const k = copyOf(nngp)
    const theta = ntk ? zerosLike(k) : null
    dualStack(steps, k, q11.buffer as FloatArray, q22.buffer as FloatArray, theta, m, n)
    return theta === null ? [like(nngp, k)] : [like(nngp, k), like(nngp, theta)]
  },
  dualStackVariance: (inputs, params) => {
    const { steps } = params as { steps: readonly DualStep[] }
    const [variance] = inputs as [BackendTensor]
    const q = copyOf(variance)
    dualStackVariance(steps, q, q.length)
    return [like(variance, q)]
  },
}

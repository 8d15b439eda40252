import {
  add,
  bindComposite,
  type Composite,
  mul,
  reshape,
  type Tensor,
  type Value,
  zerosLike,
} from '@ntk/tensor'
import { type AbReluParams, dualAbRelu, varianceAbRelu } from './ab-relu.js'
import { dualErf, type ErfParams, varianceErf } from './erf.js'

/**
 * One step of a fully connected kernel as plain data, so that a backend can run a whole network over a block of pairs
 * while it stands in the cache:
 * - `affine`: K' = wVar K + bVar, Θ' = K' + wVar Θ (a dense layer in the ntk parameterization);
 * - `abRelu`: φ(x) = a min(x, 0) + b max(x, 0);
 * - `erf`: φ(x) = a erf(b x) + c.
 */
export type DualStep =
  | { readonly kind: 'affine'; readonly wVar: number; readonly bVar: number }
  | ({ readonly kind: 'abRelu' } & AbReluParams)
  | ({ readonly kind: 'erf' } & ErfParams)

export interface DualStackParams {
  readonly steps: readonly DualStep[]
  /** Whether Θ is wanted as well. */
  readonly ntk: boolean
  /**
   * A hint: further inputs are the matrices of all pairs that `names` names, and (row, col) is where this block belongs
   * there; with `symmetric` (x1 with itself, col <= row) the block's part above the diagonal does not count, and what is below
   * belongs above as well. A backend may write there, in which case the matrices are the outputs. Decompositions pay no heed.
   */
  readonly into?: DualPlace
}

export interface DualPlace {
  readonly names: readonly ('nngp' | 'ntk')[]
  readonly row: number
  readonly col: number
  readonly symmetric: boolean
}

export interface DualStackVarianceParams {
  readonly steps: readonly DualStep[]
}

/** Variances [n] after the steps: the numbers that `dualStack` gives for equal inputs. Input: variances [n]. */
export const dualStackVarianceComposite: Composite<DualStackVarianceParams> = {
  name: 'dualStackVariance',
  decompose: ([variance], { steps }) => [steps.reduce(stepVariance, variance as Value)],
}

function stepVariance(q: Value, step: DualStep): Value {
  switch (step.kind) {
    case 'affine':
      return add(mul(q, step.wVar), step.bVar)
    case 'abRelu':
      return varianceAbRelu(step, q)
    case 'erf':
      return varianceErf(step, q)
  }
}

/**
 * A run of steps over a block of pairs. Inputs: K [n1, n2] and the variances [n1] and [n2] of the inputs; Θ starts at 0.
 * Outputs: K, and Θ where `ntk` is set. One composite for the whole run: this is the hot path of fully connected kernels.
 */
export const dualStackComposite: Composite<DualStackParams> = {
  name: 'dualStack',
  decompose: (inputs, { steps, ntk }) => {
    const [k, v1, v2] = inputs as [Value, Value, Value]
    let nngp = k
    let theta: Value | null = ntk ? zerosLike(k) : null
    let q11 = reshape(v1, [v1.shape[0] as number, 1])
    let q22 = reshape(v2, [1, v2.shape[0] as number])
    for (const step of steps) {
      if (step.kind === 'affine') {
        nngp = add(mul(nngp, step.wVar), step.bVar)
        theta = theta === null ? null : add(nngp, mul(theta, step.wVar))
      } else if (step.kind === 'abRelu') [nngp, theta] = dualAbRelu(step, nngp, q11, q22, theta)
      else [nngp, theta] = dualErf(step, nngp, q11, q22, theta)
      q11 = stepVariance(q11, step)
      q22 = stepVariance(q22, step)
    }
    return theta === null ? [nngp] : [nngp, theta]
  },
}

/** K and Θ (null unless `ntk`) after a run of steps; see `dualStackComposite`. */
export function dualStack<V extends Value>(
  params: Omit<DualStackParams, 'into'>,
  nngp: V,
  variance1: V,
  variance2: V,
): [V, V | null] {
  const [k, theta] = bindComposite(dualStackComposite, [nngp, variance1, variance2], params)
  return [k as V, (theta as V | undefined) ?? null]
}

/** As `dualStack`, straight into `matrices`, named by `place`; gives null where the backend did so, else K and Θ. */
export function dualStackInto(
  steps: readonly DualStep[],
  nngp: Tensor,
  variance1: Tensor,
  variance2: Tensor,
  place: DualPlace,
  matrices: readonly Tensor[],
): [Tensor, Tensor | null] | null {
  const params = { steps, ntk: place.names.includes('ntk'), into: place }
  const outputs = bindComposite(
    dualStackComposite,
    [nngp, variance1, variance2, ...matrices],
    params,
  ) as Tensor[]
  if (outputs[0]?.buffer === matrices[0]?.buffer) return null
  return [outputs[0] as Tensor, outputs[1] ?? null]
}

/** Variances after a run of steps; see `dualStackVarianceComposite`. */
export function dualStackVariance<V extends Value>(steps: readonly DualStep[], variance: V): V {
  return bindComposite(dualStackVarianceComposite, [variance], { steps })[0] as V
}

import { add, mul, type Value } from '@ntk/tensor'
import { type Kernel, mapCovariances, withChannels } from '../kernel.js'
import { requireUnmasked } from '../requirements.js'

export interface AffineOptions {
  /** Channels of the output of the finite network, all of them (the standard parameterization's s1·out). */
  readonly out: number
  /** Standard deviation of the weights. */
  readonly wStd: number
  /** Standard deviation of the biases; null: no bias. */
  readonly bStd: number | null
  readonly parameterization: 'ntk' | 'standard'
  /** The input's share s0 of the width scalings (s0, s1) of the standard parameterization; the width is s0·d. */
  readonly inScale?: number
}

/**
 * The kernel of a dense layer: K' = w² K + b². In the ntk parameterization Θ' = K' + w² Θ (Lee et al. 2019, eq. S12);
 * in the standard one Θ' = d K + w² Θ + 1 (the 1 for the bias), with d the input's width over s0 and the K before
 * the layer (Sohl-Dickstein et al. 2020). Spatial axes pass through.
 */
export function affineKernel(kernel: Kernel, options: AffineOptions): Kernel {
  requireUnmasked(kernel, 'Dense')
  const { out, wStd, bStd, parameterization, inScale = 1 } = options
  const wVar = wStd ** 2
  const bVar = bStd === null ? 0 : bStd ** 2
  const covariances = mapCovariances(kernel, (k) => (bStd === null ? mul(k, wVar) : add(mul(k, wVar), bVar)))
  const tangent = (theta: Value): Value => {
    if (parameterization === 'ntk') return add(covariances.nngp, mul(theta, wVar))
    const width = (kernel.shape1[kernel.channelAxis] as number) / inScale
    const total = add(mul(kernel.nngp, width), mul(theta, wVar))
    return bStd === null ? total : add(total, 1)
  }
  return {
    ...kernel,
    ...covariances,
    ...withChannels(kernel, out),
    ntk: kernel.ntk === null ? null : tangent(kernel.ntk),
    isGaussian: true,
  }
}

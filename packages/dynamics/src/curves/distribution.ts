import { NtkError, type Tensor } from '@ntk/tensor'
import { requireParts, requireTensor, show } from '@ntk/tensor/options'
import { onHost } from '../host.js'

/** What a posterior or an ensemble gives for one time: a mean [m, ...], and the covariance [m, m] of each of its outputs. */
export interface Distribution {
  readonly mean: Tensor
  readonly covariance: Tensor | null
}

/** Both parts, and the mean on the host. Throws NtkError 'value' without a covariance. */
export function partsOf(
  owner: string,
  distribution: Distribution,
): { readonly mean: Tensor; readonly covariance: Tensor; readonly center: Tensor } {
  requireParts(distribution, `distribution of ${owner}`, ['mean', 'covariance'], 'gpInference')
  const { mean, covariance } = distribution
  if (!covariance) {
    throw new NtkError('value', {
      what: `${owner} needs a covariance.`,
      got: show(covariance),
      fix: 'Ask the ensemble for it, or give the posterior kTestTest.',
    })
  }
  requireTensor(covariance, `covariance of ${owner}`)
  return { mean, covariance, center: onHost(mean, 'mean') }
}

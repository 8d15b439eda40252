import type { Tensor } from '@ntk/tensor'

/**
 * ‖Θ̂ − Θ‖ / ‖Θ‖ in the Frobenius norm: how far the tangent kernel of a network is from that at infinite width, which is
 * Θ for each output by itself and 0 between outputs.
 *
 * @param own [n, n, k, k], or the mean over outputs [n, n]
 * @param infinite [n, n]
 */
export function kernelDistance(own: Tensor, infinite: Tensor): number {
  const data = own.dataSync()
  const limit = infinite.dataSync()
  const [, , k = 1] = own.shape
  let difference = 0
  let size = 0
  for (let pair = 0; pair < limit.length; pair++) {
    const theta = limit[pair] ?? Number.NaN
    size += k * theta ** 2
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++) {
        const value = data[(pair * k + a) * k + b] ?? Number.NaN
        difference += (value - (a === b ? theta : 0)) ** 2
      }
    }
  }
  return Math.sqrt(difference / size)
}

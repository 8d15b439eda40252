import { reshape, sizeOf, type Tensor } from '@ntk/tensor'
import { onHostNow, shapeError } from './host.js'

/** Targets [n, ...] as a matrix [n, outputs] in float64. Throws NtkError 'shape' unless they are of n samples. */
export function readTargets(y: Tensor, n: number, name: string): Tensor {
  const own = onHostNow(y, name)
  const outputs = sizeOf(own.shape.slice(1))
  if (own.shape.length === 0 || own.shape[0] !== n || outputs === 0) {
    throw shapeError(
      `${name} needs a shape [${n}] or [${n}, outputs], a row for each of the ${n} samples.`,
      own.shape,
    )
  }
  return reshape(own, [n, outputs])
}

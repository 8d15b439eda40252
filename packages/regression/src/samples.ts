import { sameShape, type Tensor } from '@ntk/tensor'
import { onHost, shapeError } from './algebra/host.js'

/** Samples of a training set [n, ...], or the kernel of it [n, n]: in float64 on the CPU. Throws NtkError 'shape' on an empty set. */
export async function trainingSamples(x: Tensor, precomputed: boolean, name = 'x of fit'): Promise<Tensor> {
  const own = await onHost(x, name)
  const [n = 0, m] = own.shape
  if (precomputed) {
    if (own.shape.length === 2 && n === m && n > 0) return own
    throw shapeError(`${name} with 'precomputed' needs the kernel of the training set [n, n].`, own.shape)
  }
  if (own.shape.length >= 2 && own.size > 0) return own
  throw shapeError(
    `${name} needs samples [n, features] or [n, spatial..., channels], one at least.`,
    own.shape,
    own.shape.length === 1 && n > 0 ? `Of one feature each: reshape(x, [${n}, 1]).` : undefined,
  )
}

/** Samples to predict at: as those of the training set, or k(test, train) [m, n]. Throws NtkError 'shape'. */
export async function testSamples(
  x: Tensor,
  train: Tensor | null,
  n: number,
  name = 'x of predict',
): Promise<Tensor> {
  const own = await onHost(x, name)
  const features = train === null ? [n] : train.shape.slice(1)
  if (own.size > 0 && sameShape(own.shape.slice(1), features)) return own
  const what =
    train === null
      ? `${name} with 'precomputed' needs k(test, train) of shape [m, ${n}].`
      : `${name} needs a shape [m, ${features.join(', ')}], as the training set has it.`
  throw shapeError(what, own.shape, sameShape(own.shape, features) ? 'One sample is [1, ...].' : undefined)
}

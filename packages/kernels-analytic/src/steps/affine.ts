import { add, mul, type Value } from '@ntk/tensor'
import { affineDeficit } from '../activations/deficit.js'
import { type Kernel, mapCovariances, withChannels } from '../kernel.js'
import { type Num, squared } from '../numbers.js'
import { refusingBut } from '../places.js'
import { type StepHyperparameters, valueOf } from './hyperparameters.js'
import { wholeMasks } from './masks.js'
import { one, oneShape } from './one.js'
import { pairsOf } from './pairs.js'
import { elementsIn, type StepRule } from './rule.js'
import type { AffineStep, Weights } from './step.js'

/**
 * The kernel of a dense layer: K' = w² K + b². In the ntk parameterization Θ' = K' + w² Θ (Lee et al. 2019, eq. S12);
 * in the standard one Θ' = d K + w² Θ + 1 (the 1 for the bias), with d the input's width over s0 and the K before
 * the layer (Sohl-Dickstein et al. 2020). What the layer's own weights add, all but w² Θ, is multiplied by their learning rate
 * (Lee et al. 2019, eq. S37). Of a convolution K and Θ are means over the taps of its window, and d counts the inputs
 * under all of them. Spatial axes pass through. Weights of its own make the output Gaussian, of mean 0, and
 * uncorrelated with every other branch.
 */
export function affineKernel(
  kernel: Kernel,
  step: Weights,
  values: StepHyperparameters<Num> | undefined,
  taps = 1,
): Kernel {
  const wVar = squared(valueOf(step.wStd, 'wStd', values))
  const bStd = valueOf(step.bStd, 'bStd', values)
  const covariances = mapCovariances(kernel, (k) => {
    const scaled = mul<Value>(k, wVar)
    return bStd === null ? scaled : add<Value>(scaled, squared(bStd))
  })
  const tangent = (theta: Value): Value => {
    const before = mul<Value>(theta, wVar)
    const rate = step.rate ?? 1
    if (step.parameterization === 'ntk') {
      return add(rate === 1 ? covariances.nngp : mul<Value>(covariances.nngp, rate), before)
    }
    const width = (taps * (kernel.shape1[kernel.channelAxis] as number)) / (step.inScale ?? 1)
    const total = add(mul(kernel.nngp, rate * width), before)
    return bStd === null ? total : add(total, rate)
  }
  const { deficit } = kernel
  return {
    ...kernel,
    ...covariances,
    deficit:
      deficit === undefined
        ? undefined
        : affineDeficit(pairsOf(kernel), deficit, wVar, bStd === null ? null : squared(bStd)),
    shape1: withChannels(kernel.shape1, kernel.channelAxis, step.out),
    shape2: withChannels(kernel.shape2, kernel.channelAxis, step.out),
    ntk: kernel.ntk === null ? null : tangent(kernel.ntk),
    isGaussian: true,
    means: 'zero',
    source: undefined,
    masks: wholeMasks(kernel.masks),
  }
}

export const affineRule: StepRule<AffineStep> = {
  name: (step) => step.layer,
  places: () => refusingBut({ means: 'consumes', source: 'consumes', masks: 'carries', deficit: 'carries' }),
  spatial: () => 'same',
  shapes: (step, shapes) => {
    const shape = oneShape(shapes, step.layer)
    return [withChannels(shape, shape.length - 1, step.out)]
  },
  hyperparameters: ({ wStd, bStd }) => (bStd === null ? { wStd } : { wStd, bStd }),
  evaluate: (step, flow, values) => [affineKernel(one(flow, step.layer), step, values)],
  operations: (step, work) => elementsIn(work) * (step.bStd === null ? 1 : 2) * (work.ntk ? 2 : 1),
}

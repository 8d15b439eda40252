import { grad } from '@ntk/autodiff'
import { cpuBackend, div, isFloat, sub, type Tensor, tensorFromData } from '@ntk/tensor'
import { aFunction, either, oneOf, type Rule, requireTensor } from '@ntk/tensor/options'
import { onHost, shapeError } from '../host.js'

/** Outputs f and targets y, [n, ...] each, to a scalar, written in ops: `mse`, `crossEntropy` or one of your own. */
export type LossFn = (f: Tensor, y: Tensor) => Tensor

export type StepsLoss = 'mean' | 'sum' | LossFn

export const lossRule = (): Rule<StepsLoss> => either(oneOf(['mean', 'sum']), aFunction<LossFn>(), 'mean')

/** ∂L/∂f of outputs and targets of one batch, shaped like the outputs. */
export function gradientOf(loss: StepsLoss): LossFn {
  if (typeof loss === 'function') return (f, y) => grad(loss)(f, y)
  return (f, y) => (loss === 'sum' ? sub(f, y) : div(sub(f, y), f.size))
}

/** Targets on the host: floats in float64, labels as they are. */
export function targetsOnHost(y: Tensor, samples: number): Tensor {
  requireTensor(y, 'yTrain')
  if (y.shape[0] !== samples) {
    throw shapeError(`yTrain needs a shape [${samples}, ...]: kTrainTrain is of ${samples} samples.`, y.shape)
  }
  return isFloat(y.dtype) ? onHost(y, 'yTrain') : tensorFromData(y.dataSync(), y.shape, cpuBackend())
}

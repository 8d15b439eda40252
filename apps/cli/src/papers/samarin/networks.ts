import { alexNet, type Layer, leNet, type Params } from '@ntk/stax'
import { cast, type Key, mul, Tensor } from '@ntk/tensor'

export type Architecture = 'lenet' | 'alexnet'

export const architectures: Readonly<
  Record<
    Architecture,
    { readonly title: string; readonly linearized: string; readonly smallestImage: number }
  >
> = {
  lenet: { title: 'LeNet', linearized: 'LinLeNet', smallestImage: 12 },
  alexnet: { title: 'AlexNet', linearized: 'LinAlexNet', smallestImage: 57 },
}

const makers = { lenet: leNet, alexnet: alexNet } as const

/** PyTorch draws weights from ±1/√fanIn, whose variance is 1/(3 fanIn). */
const std = Math.sqrt(1 / 3)

export function networkOf(architecture: Architecture, factor: number, out: number): Layer {
  return makers[architecture]({
    factor,
    out,
    wStd: std,
    bStd: std,
    parameterization: 'standard',
    initialization: 'uniform',
  })
}

/**
 * Parameters as `torch.nn` draws those of convolutions and dense layers: weights and biases from ±1/√fanIn, float32.
 *
 * @param inputShape [-1, height, width, channels]
 */
export function pyTorchParams(net: Layer, key: Key, inputShape: readonly number[]): Params<Tensor> {
  return scaleBiases(net.init(key, inputShape, { dtype: 'float32' }).params)
}

/** Biases, which layers draw with one deviation, over the root of the inputs that each output sums. */
function scaleBiases(params: Params<Tensor>): Params<Tensor> {
  if (params === null || Tensor.isInstance(params)) return params
  if (isList(params)) return params.map(scaleBiases)
  const { w, b } = params
  if (!Tensor.isInstance(w) || !Tensor.isInstance(b)) return params
  const fanIn = w.shape.slice(0, -1).reduce((product, size) => product * size, 1)
  return { w, b: cast(mul(b, 1 / Math.sqrt(fanIn)), 'float32') }
}

// `Array.isArray` does not know lists that may not be changed.
const isList = (params: object): params is readonly Params<Tensor>[] => Array.isArray(params)

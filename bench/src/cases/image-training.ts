/** Training steps of networks on images, and of their linearizations on batches that they have not met. */
import { valueAndGrad } from '@ntk/autodiff'
import { applyUpdates, gradientDescent, linearizedModel, mse } from '@ntk/optim'
import { type Layer, leNet, wideResNet } from '@ntk/stax'
import { add, key, normal, type Shape, split, type Tensor } from '@ntk/tensor'
import { peerUnitMs, type Row } from '../row.js'

/** One step of gradient descent in float32: loss, gradient, update. */
function step(net: Layer, shape: Shape, linearized: boolean): () => unknown {
  const [forNet, forX, forY] = split(key(0), 3)
  const x = normal(forX, shape, { dtype: 'float32' })
  const y = normal(forY, [shape[0] as number, 10], { dtype: 'float32' })
  const optimizer = gradientDescent(0.01)
  let { params } = net.init(forNet, shape, { dtype: 'float32' })
  const state = optimizer.init(params)
  const apply = linearized ? linearizedModel(net.apply, params).apply : net.apply
  const gradient = valueAndGrad((p: typeof params, batch: Tensor) => mse(apply(p, batch), y))
  return () => {
    // the derivative at a tensor that was met before would be kept
    const { grad } = gradient(params, add(x, 0))
    params =
      optimizer.step?.(grad, state, params, { donate: true }).params ??
      applyUpdates(params, optimizer.update(grad, state, params).updates)
  }
}

interface Images {
  readonly name: string
  readonly net: () => Layer
  readonly shape: Shape
  /** The same step by jax. */
  readonly jaxMs: number
}

const lenet = (factor: number, jaxMs: number): Images => ({
  name: `LeNet x${factor}, batch 32`,
  net: () => leNet({ factor }),
  shape: [32, 28, 28, 1],
  jaxMs,
})

const networks: readonly Images[] = [
  lenet(1, 4.5),
  lenet(5, 25),
  lenet(10, 84),
  {
    name: 'wide ResNet of 64 channels, batch 8',
    net: () => wideResNet({ channels: 64, normalization: 'layer' }),
    shape: [8, 32, 32, 3],
    // 0.58 of a product of 2048 that took turns with it
    jaxMs: 70,
  },
]

/** As long as jax takes, and half as long again. */
const allowed = 1.5

export const imageTrainingRows: readonly Row[] = networks.flatMap(({ name, net, shape, jaxMs }): Row[] => [
  {
    name: `one training step, ${name}`,
    dtype: 'float32',
    peerMs: jaxMs,
    goalUnits: (allowed * jaxMs) / peerUnitMs.float32,
    prepare: () => step(net(), shape, false),
  },
  {
    name: `one training step, the linearization of ${name}`,
    dtype: 'float32',
    prepare: () => step(net(), shape, true),
    beside: { name: 'that of the network', atMost: 2, prepare: () => step(net(), shape, false) },
  },
])

import { valueAndGrad } from '@ntk/autodiff'
import { applyUpdates, gradientDescent, mse } from '@ntk/optim'
import { fullyConnected, type Layer } from '@ntk/stax'
import { dotGeneral, type FloatDType, key, matmul, normal, split, type Tensor } from '@ntk/tensor'
import type { Row } from '../row.js'

const widths = [2048, 2048, 2048, 2048, 2048]
const [batch, features, outputs] = [256, 3072, 10]

function network(): Layer {
  return fullyConnected(widths, outputs, { wStd: 1.4142, bStd: 0.1 })
}

/** One step of full-batch gradient descent: loss, gradient, update. */
function step(dtype: FloatDType): () => unknown {
  const [forNet, forX, forY] = split(key(0), 3)
  const net = network()
  const x = normal(forX, [batch, features], { dtype })
  const y = normal(forY, [batch, outputs], { dtype })
  const optimizer = gradientDescent(0.1)
  let { params } = net.init(forNet, x.shape, { dtype })
  const state = optimizer.init(params)
  const gradient = valueAndGrad((p: typeof params) => mse(net.apply(p, x), y))
  return () => {
    const { grad } = gradient(params)
    params =
      optimizer.step?.(grad, state, params, { donate: true }).params ??
      applyUpdates(params, optimizer.update(grad, state, params).updates)
  }
}

/** The matrix products of that step alone: forward, and backward to weights and to inputs. */
function products(dtype: FloatDType): () => unknown {
  const sizes = [features, ...widths, outputs]
  const layers = sizes.slice(1).map((out, i) => {
    const into = sizes[i] as number
    const draw = (shape: readonly number[]): Tensor => normal(key(i), shape, { dtype })
    return { x: draw([batch, into]), w: draw([into, out]), ct: draw([batch, out]), first: i === 0 }
  })
  return () => {
    for (const { x, w, ct, first } of layers) {
      matmul(x, w)
      dotGeneral(x, ct, { lhsContract: [0], rhsContract: [0] })
      if (!first) dotGeneral(ct, w, { lhsContract: [1], rhsContract: [1] })
    }
  }
}

const row = (dtype: FloatDType, peerMs: number): Row => ({
  name: 'one training step, 5 x Dense 2048, batch 256, d = 3072',
  dtype,
  peerMs,
  prepare: () => step(dtype),
  beside: { name: 'its matrix products', atMost: 1.5, prepare: () => products(dtype) },
})

export const trainingRows: readonly Row[] = [row('float32', 186), row('float64', 598)]

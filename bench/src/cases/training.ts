import { valueAndGrad } from '@ntk/autodiff'
import { applyUpdates, gradientDescent, mse, type SharedTrainOptions, train, trainEnsemble } from '@ntk/optim'
import { fullyConnected, type Layer, type Params } from '@ntk/stax'
import { dotGeneral, type FloatDType, foldIn, key, matmul, normal, split, type Tensor } from '@ntk/tensor'
import type { Row } from '../row.js'

export const widths: readonly number[] = [2048, 2048, 2048, 2048, 2048]
export const batch = 256
export const features = 3072
export const outputs = 10

export function network(): Layer {
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

const members = 16

/** Ten steps of each of 16 networks of 3 x Dense 256 on 128 inputs, at once or one by one. */
function ensemble(atOnce: boolean): () => Promise<unknown> {
  const net = fullyConnected([256, 256, 256], outputs, { wStd: 1.4142, bStd: 0.1 })
  const x = normal(key(0), [128, 784])
  const y = normal(key(1), [128, outputs])
  const params = Array.from({ length: members }, (_, i) => net.init(foldIn(key(2), i), x.shape).params)
  const options: SharedTrainOptions<Params<Tensor>> = {
    apply: net.apply,
    x,
    y,
    optimizer: gradientDescent(0.1),
    steps: 10,
    at: [],
  }
  if (atOnce) return () => trainEnsemble({ ...options, params })
  return async () => {
    for (const one of params) await train({ ...options, params: one })
  }
}

const ensembleRow: Row = {
  name: 'an ensemble: 16 x 3 x Dense 256, 10 steps, 128 inputs, d = 784, at once',
  dtype: 'float64',
  prepare: () => ensemble(true),
  beside: { name: 'one by one', atMost: 0.8, prepare: () => ensemble(false) },
}

export const trainingRows: readonly Row[] = [row('float32', 186), row('float64', 598), ensembleRow]

import { valueAndGrad } from '@ntk/autodiff'
import { chooseBackend } from '@ntk/backend-tfjs'
import { applyUpdates, gradientDescent, mse } from '@ntk/optim'
import {
  type Backend,
  dotGeneral,
  key,
  matmul,
  normal,
  scope,
  split,
  type Tensor,
  toBackend,
} from '@ntk/tensor'
import type { Row } from '../row.js'
import { batch, features, network, outputs, widths } from './training.js'

const dtype = 'float32'

/** One step of full-batch gradient descent on a device; a number of its result is read, so that the step is over. */
async function step(device: Backend): Promise<() => Promise<unknown>> {
  const [forNet, forX, forY] = split(key(0), 3)
  const net = network()
  const x = await toBackend(normal(forX, [batch, features], { dtype }), device)
  const y = await toBackend(normal(forY, [batch, outputs], { dtype }), device)
  const optimizer = gradientDescent(0.1)
  let params = await toBackend(net.init(forNet, x.shape, { dtype }).params, device)
  const state = optimizer.init(params)
  const gradient = valueAndGrad((p: typeof params) => mse(net.apply(p, x), y))
  return async () => {
    const before = params
    const { value, next } = scope(() => {
      const { value, grad } = gradient(before)
      return { value, next: applyUpdates(before, optimizer.update(grad, state, before).updates) }
    })
    params = next
    await value.data()
  }
}

/** The matrix products of that step alone. */
async function products(device: Backend): Promise<() => Promise<unknown>> {
  const sizes = [features, ...widths, outputs]
  const layers = await Promise.all(
    sizes.slice(1).map(async (out, i) => {
      const into = sizes[i] as number
      const draw = (shape: readonly number[]): Promise<Tensor> =>
        toBackend(normal(key(i), shape, { dtype }), device)
      return {
        x: await draw([batch, into]),
        w: await draw([into, out]),
        ct: await draw([batch, out]),
        first: i === 0,
      }
    }),
  )
  return async () => {
    const forward = scope(() => {
      const out = layers.map(({ x, w, ct, first }) => {
        dotGeneral(x, ct, { lhsContract: [0], rhsContract: [0] })
        if (!first) dotGeneral(ct, w, { lhsContract: [1], rhsContract: [1] })
        return matmul(x, w)
      })
      return out.at(-1) as Tensor
    })
    await forward.data()
    forward.dispose()
  }
}

/** A step of training on TensorFlow's library, where it is there. */
export async function deviceRows(): Promise<readonly Row[]> {
  const device = await chooseBackend('tensorflow').then(
    ({ backend }) => backend,
    () => null,
  )
  if (device === null) return []
  return [
    {
      name: 'one training step on tensorflow, 5 x Dense 2048, batch 256, d = 3072',
      dtype,
      prepare: () => step(device),
      beside: { name: 'its matrix products', atMost: 1.2, prepare: () => products(device) },
    },
  ]
}

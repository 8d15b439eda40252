import {
  add,
  convGeneralDilated,
  div,
  logSoftmax,
  matmul,
  maximum,
  mean,
  mul,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  type Value,
  windowMax,
} from '@ntk/tensor'
import { expect, test } from 'vitest'
import { grad, jvp, linearize, treeMap, valueAndGrad, vjp } from '../src/index.js'
import { dot, expectClose } from './support/compare.js'
import { floats, seed } from './support/inputs.js'

const params = {
  first: {
    w: tensor([
      [0.1, -0.4, 0.3],
      [0.7, 0.2, -0.5],
    ]),
    b: tensor([0.1, 0.02, -0.2]),
  },
  second: { w: tensor([[0.5], [-0.6], [0.9]]), b: tensor([0.05]) },
}
const x = tensor([
  [1, 2],
  [-0.5, 0.25],
  [0.3, -0.7],
  [2, 1],
])
const y = tensor([[1], [0], [-1], [0.5]])

function loss(p: typeof params, inputs: Tensor, targets: Tensor): Tensor {
  const hidden = maximum(add(matmul(inputs, p.first.w), p.first.b), 0)
  const out = tanh(add(matmul(hidden, p.second.w), p.second.b))
  return mean(square(sub(out, targets)))
}

test('the gradient of a network is a tree of its parameters and agrees with finite differences', () => {
  const { value, grad: g } = valueAndGrad(loss)(params, x, y)
  expect(value.item()).toBeCloseTo(loss(params, x, y).item(), 15)
  const h = 1e-6
  for (const layer of ['first', 'second'] as const) {
    for (const name of ['w', 'b'] as const) {
      const p = params[layer][name]
      const data = p.dataSync()
      for (let i = 0; i < data.length; i++) {
        const moved = (by: number): number => {
          const copy = Float64Array.from(data)
          copy[i] = (copy[i] as number) + by
          const changed = reshape(tensor(copy), p.shape)
          return loss({ ...params, [layer]: { ...params[layer], [name]: changed } }, x, y).item()
        }
        expect(g[layer][name].dataSync()[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 8)
      }
    }
  }
})

test('jvp, linearize and vjp are one derivative', () => {
  const f = (p: typeof params): Tensor => loss(p, x, y)
  const [value, slope] = jvp(f, [params], [params])
  const [, push] = linearize(f, params)
  const [, pull] = vjp(f, params)
  expect(push(params).item()).toBeCloseTo(slope.item(), 14)
  const [g] = pull(tensor(1))
  const inner =
    sum(mul(g.first.w, params.first.w)).item() +
    sum(mul(g.first.b, params.first.b)).item() +
    sum(mul(g.second.w, params.second.w)).item() +
    sum(mul(g.second.b, params.second.b)).item()
  expect(inner).toBeCloseTo(slope.item(), 14)
  expect(value.item()).toBe(loss(params, x, y).item())
})

test('grad of grad of x⁵ is 20 x³', () => {
  const f = <V extends Value>(v: V): V => mul(v, square(square(v)))
  expect(grad(grad(f))(tensor(1.5)).item()).toBeCloseTo(20 * 1.5 ** 3, 12)
})

test('derivatives of a convolutional network agree with differences and with each other', () => {
  seed(8)
  const images = floats([2, 8, 8, 1])()
  const weights = {
    conv1: floats([3, 3, 1, 4], -0.6, 0.6)(),
    conv2: floats([3, 3, 2, 6], -0.6, 0.6)(),
    scale: floats([6])(),
    readout: floats([24, 3])(),
  }
  const net = (p: typeof weights): Tensor => {
    const a = tanh(convGeneralDilated(images, p.conv1, { padding: 'SAME' }))
    const pooled = windowMax(a, { window: [1, 2, 2, 1], strides: [1, 2, 2, 1] })
    const b = tanh(
      convGeneralDilated(pooled, p.conv2, { strides: [2, 2], padding: 'SAME', featureGroups: 2 }),
    )
    const centred = mul(sub(b, mean(b, { axis: [0, 1, 2] })), p.scale)
    return logSoftmax(matmul(reshape(centred, [2, 24]), p.readout))
  }
  const direction = treeMap((w: Tensor) => floats(w.shape)(), weights)
  const moved = (h: number): Tensor =>
    net(treeMap((w: Tensor, d: Tensor) => add(w, mul(d, h)), weights, direction))
  // small enough that no maximum of a window changes hands
  const h = 1e-4
  const near = sub(moved(h), moved(-h))
  const far = sub(moved(2 * h), moved(-2 * h))
  const slope = jvp(net, [weights], [direction])[1]
  expectClose([slope], [div(sub(mul(near, 8), far), 12 * h)], 1e-9)
  const ct = floats([2, 3])()
  const [g] = vjp(net, weights)[1](ct)
  const names = Object.keys(weights) as (keyof typeof weights)[]
  const back = dot(
    names.map((n) => g[n]),
    names.map((n) => direction[n]),
  )
  expect(back).toBeCloseTo(dot([ct], [slope]), 12)
})

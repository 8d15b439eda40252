import { type Tree, treeFlatten, treeMap, treeUnflatten, valueAndGrad } from '@ntk/autodiff'
import { gradientDescent, linearizedModel, momentum, mse, train } from '@ntk/optim'
import { Dense, Erf, fromSpec, type Params, type Spec, serial } from '@ntk/stax'
import { add, key, matmul, mul, normal, reshape, split, type Tensor, tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'
import cases from './reference/linearization.json' with { type: 'json' }

const [k1, k2, k3, k4] = split(key(5), 4)
const x = normal(k1, [6, 3])
const y = normal(k2, [6, 2])
const net = serial(Dense(7, { bStd: 0.3 }), Erf(), Dense(2))
const params0: Params<Tensor> = net.init(k3, [-1, 3]).params

/** The largest difference of two trees of tensors. */
function distance(a: Tree, b: Tree): number {
  const [left, right] = [treeFlatten(a).leaves as Tensor[], treeFlatten(b).leaves as Tensor[]]
  return Math.max(
    ...left.flatMap((leaf, i) => {
      const other = (right[i] as Tensor).dataSync()
      return Array.from(leaf.dataSync(), (v, j) => Math.abs(v - (other[j] as number)))
    }),
  )
}

const nudged = (size: number): Params<Tensor> =>
  treeMap((p: Tensor) => add(p, mul(normal(k4, p.shape), size)), params0)

test.each(cases)('agrees with the reference linearization away from its centre: $name', (c) => {
  const referenceNet = fromSpec(c.spec as unknown as Spec)
  const { treedef, leaves } = treeFlatten(
    referenceNet.init(key(0), [-1, (c.x1[0] as number[]).length]).params,
  )
  const at = (flat: readonly (readonly (readonly number[])[])[]): Params<Tensor> =>
    treeUnflatten(
      treedef,
      flat.map((values, i) => reshape(tensor(values), (leaves[i] as Tensor).shape)),
    )
  const model = linearizedModel(referenceNet.apply, at(c.params))
  expect(distance(model.apply(at(c.params2), tensor(c.x1)), tensor(c.linearized1AtParams2))).toBeLessThan(
    1e-12,
  )
  expect(distance(referenceNet.apply(at(c.params2), tensor(c.x1)), tensor(c.f1AtParams2))).toBeLessThan(1e-12)
})

test('leaves the network at second order in the distance of the parameters', () => {
  const model = linearizedModel(net.apply, params0)
  const errors = [1e-2, 5e-3].map((size) =>
    distance(model.apply(nudged(size), x), net.apply(nudged(size), x)),
  )
  const slope = Math.log2((errors[0] as number) / (errors[1] as number))
  expect(slope).toBeGreaterThan(1.95)
  expect(slope).toBeLessThan(2.05)
})

test('is the network itself where the network is linear in its parameters', () => {
  const linear = (w: Tensor, inputs: Tensor): Tensor => matmul(inputs, w)
  const w0 = normal(k3, [3, 2])
  const w1 = normal(k4, [3, 2])
  expect(distance(linearizedModel(linear, w0).apply(w1, x), linear(w1, x))).toBeLessThan(1e-14)
})

test('gives the same values and gradients from its kept expansion as without', () => {
  const model = linearizedModel(net.apply, params0)
  const at = nudged(0.1)
  const both = valueAndGrad((p: Params<Tensor>, inputs: Tensor) => mse(model.apply(p, inputs), y))
  const [fresh, kept] = [both(at, x), both(at, x)]
  expect(distance(kept.value, fresh.value)).toBeLessThan(1e-15)
  expect(distance(kept.grad, fresh.grad)).toBeLessThan(1e-15)
})

test('its gradient at the centre is the gradient of the network', () => {
  const model = linearizedModel(net.apply, params0)
  const g = valueAndGrad((p: Params<Tensor>) => mse(model.apply(p, x), y))(params0).grad
  const expected = valueAndGrad((p: Params<Tensor>) => mse(net.apply(p, x), y))(params0).grad
  expect(distance(g, expected)).toBeLessThan(1e-15)
})

test('is differentiable in x too', () => {
  const model = linearizedModel(net.apply, params0)
  const at = nudged(0.1)
  const f = (inputs: Tensor): Tensor => mse(model.apply(at, inputs), y)
  const g = valueAndGrad(f)(x).grad
  const h = 1e-6
  const bump = tensor(Array.from({ length: 6 }, (_, i) => [0, i === 2 ? h : 0, 0]))
  const slope = (f(add(x, bump)).item() - f(add(x, mul(bump, -1))).item()) / (2 * h)
  expect(Math.abs(slope - (g.dataSync()[7] as number))).toBeLessThan(1e-9)
})

test('trained by the same loop, it stays close to a wide network and far from a narrow one', async () => {
  const gap = async (width: number): Promise<number> => {
    const wide = serial(Dense(width), Erf(), Dense(2))
    const params: Params<Tensor> = wide.init(k3, [-1, 3]).params
    const options = { params, x, y, optimizer: momentum(0.2, 0.9), steps: 20, at: [20], outputs: true }
    const model = linearizedModel(wide.apply, params)
    const [a, b] = [
      await train({ apply: wide.apply, ...options }),
      await train({ apply: model.apply, ...options }),
    ]
    return distance(a.history[0]?.sets.train?.outputs as Tensor, b.history[0]?.sets.train?.outputs as Tensor)
  }
  expect(await gap(512)).toBeLessThan(0.25 * (await gap(16)))
})

test('mini-batches of a linearization train as well', async () => {
  const model = linearizedModel(net.apply, params0)
  const { history } = await train({
    apply: model.apply,
    params: params0,
    x,
    y,
    optimizer: gradientDescent(0.1),
    steps: 30,
    batchSize: 2,
    key: key(0),
  })
  const loss = history.map((r) => r.sets.train?.metrics.loss as number)
  expect(loss[1]).toBeLessThan(loss[0] as number)
})

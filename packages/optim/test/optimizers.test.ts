import { treeLeaves, valueAndGrad } from '@ntk/autodiff'
import {
  applyUpdates,
  chain,
  clipByGlobalNorm,
  gradientDescent,
  heavyBall,
  momentum,
  type Optimizer,
  scale,
  sgd,
  weightDecay,
} from '@ntk/optim'
import {
  add,
  key,
  matmul,
  mul,
  NtkError,
  normal,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  zerosLike,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const numbers = (x: Tensor): number[] => Array.from(x.dataSync())

/** Parameters after `steps` updates on f(w) = ½ Σ c w², whose gradient is c w. */
function descend(optimizer: Optimizer, c: readonly number[], w0: readonly number[], steps: number): number[] {
  let params = { w: tensor([...w0]) }
  let state = optimizer.init(params)
  for (let i = 0; i < steps; i++) {
    const w = numbers(params.w)
    const next = optimizer.update({ w: tensor(w.map((v, k) => v * (c[k] as number))) }, state, params)
    params = applyUpdates(params, next.updates)
    state = next.state
  }
  return numbers(params.w)
}

const c = [0.3, 1.7]
const w0 = [1, -2]

function close(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  for (const [i, v] of actual.entries()) expect(Math.abs(v - (expected[i] as number))).toBeLessThan(1e-14)
}

test('gradient descent on a parabola shrinks w by 1 − lr c a step', () => {
  close(
    descend(gradientDescent(0.5), c, w0, 7),
    w0.map((w, i) => w * (1 - 0.5 * (c[i] as number)) ** 7),
  )
  expect(sgd).toBe(gradientDescent)
})

test.each([false, true])('momentum is the two-term recursion written by hand (nesterov %s)', (nesterov) => {
  const [lr, m] = [0.2, 0.9]
  const expected = w0.map((start, i) => {
    let [w, v] = [start, 0]
    for (let step = 0; step < 9; step++) {
      const g = (c[i] as number) * w
      v = m * v - lr * g
      w += nesterov ? m * v - lr * g : v
    }
    return w
  })
  close(descend(momentum(lr, m, { nesterov }), c, w0, 9), expected)
})

test('momentum obeys the one-line recursion of the paper: w″ = w′ + m (w′ − w) − lr g', () => {
  const at = (steps: number): number[] => descend(momentum(0.2, 0.8), c, w0, steps)
  for (let i = 1; i < 6; i++) {
    const [before, now, after] = [at(i - 1), at(i), at(i + 1)]
    close(
      after,
      now.map((w, k) => w + 0.8 * (w - (before[k] as number)) - 0.2 * (c[k] as number) * w),
    )
  }
})

test.each([
  ['gradient descent', gradientDescent(0.3)],
  ['momentum', momentum(0.2, 0.9)],
  ['Nesterov momentum', momentum(0.2, 0.9, { nesterov: true })],
])('a step of %s is its update applied', (_, optimizer) => {
  const params = { w: tensor([...w0]) }
  let [fused, plain] = [params, params]
  let [fusedState, plainState] = [optimizer.init(params), optimizer.init(params)]
  for (let i = 0; i < 4; i++) {
    const gradient = (p: typeof params): typeof params => ({ w: mul(p.w, 0.7) })
    const step = optimizer.step?.(gradient(fused), fusedState, fused)
    if (step === undefined) throw new Error('no step')
    fused = step.params
    fusedState = step.state
    const next = optimizer.update(gradient(plain), plainState, plain)
    plain = applyUpdates(plain, next.updates)
    plainState = next.state
  }
  close(numbers(fused.w), numbers(plain.w))
  close(
    treeLeaves(fusedState).flatMap((v) => numbers(v as Tensor)),
    treeLeaves(plainState).flatMap((v) => numbers(v as Tensor)),
  )
})

test('with a schedule the learning rate is asked for at each step and enters the velocity as it is then', () => {
  const asked: number[] = []
  const optimizer = momentum((step) => {
    asked.push(step)
    return 0.1 / (step + 1)
  }, 0.5)
  const result = descend(optimizer, c, w0, 3)
  expect(asked).toEqual([0, 1, 2])
  const expected = w0.map((start, i) => {
    let [w, v] = [start, 0]
    for (let step = 0; step < 3; step++) {
      v = 0.5 * v - (0.1 / (step + 1)) * (c[i] as number) * w
      w += v
    }
    return w
  })
  close(result, expected)
})

test('a chain of decay, velocity and scale is momentum on the loss with a quadratic penalty', () => {
  const parts = chain(weightDecay(0.05), heavyBall(0.9), scale(-0.2))
  close(
    descend(parts, c, w0, 6),
    descend(
      momentum(0.2, 0.9),
      c.map((v) => v + 0.05),
      w0,
      6,
    ),
  )
})

test('clipping keeps the direction of all gradients together and bounds their norm', () => {
  const clip = clipByGlobalNorm(1)
  const params = [tensor([0, 0]), { b: tensor([0]) }] as const
  const { updates } = clip.update([tensor([3, 0]), { b: tensor([4]) }] as const, clip.init(params), params)
  close(numbers(updates[0]), [0.6, 0])
  close(numbers(updates[1].b), [0.8])
  const small = clip.update([tensor([0.3, 0]), { b: tensor([0.4]) }] as const, null, params)
  close(numbers(small.updates[0]), [0.3, 0])
  const zero = clip.update([tensor([0, 0]), { b: tensor([0]) }] as const, null, params)
  close(numbers(zero.updates[0]), [0, 0])
})

test('updates keep float32', () => {
  const params = { w: tensor([1, 2], { dtype: 'float32' }) }
  const optimizer = momentum(0.1)
  const { updates, state } = optimizer.update(params, optimizer.init(params), params)
  expect(applyUpdates(params, updates).w.dtype).toBe('float32')
  expect(treeLeaves(state).map((v) => v.dtype)).toEqual(['float32'])
})

test.each([
  ['a learning rate of zero', () => gradientDescent(0)],
  ['a learning rate that is no number', () => momentum(Number.NaN)],
  ['a mass of 1', () => momentum(0.1, 1)],
  ['a negative decay', () => weightDecay(-1)],
  ['an infinite factor', () => scale(Number.POSITIVE_INFINITY)],
])('%s is an option error that names it', (_, make) => {
  expect(make).toThrow(NtkError)
  expect(make).toThrow(/needs/)
})

describe('a step that is given the gradients', () => {
  const x = normal(key(1), [6, 4])
  const start = { w: normal(key(2), [4, 3]), b: normal(key(3), [3]) }
  const slope = valueAndGrad((p: typeof start) => sum(square(tanh(add(matmul(x, p.w), p.b)))))

  test.each([
    ['gradient descent', gradientDescent(0.1)],
    ['momentum', momentum(0.1, 0.9)],
    ['nesterov momentum', momentum(0.1, 0.9, { nesterov: true })],
  ])('of %s has the bits of one that may not, for many steps', (_, optimizer) => {
    const run = (donate: boolean): number[][] => {
      let params = start
      let state = optimizer.init(params)
      const path: number[][] = []
      for (let i = 0; i < 5; i++) {
        const next = optimizer.step?.(slope(params).grad, state, params, { donate })
        if (next === undefined) throw new Error('no step')
        ;({ params, state } = next)
        path.push(numbers(params.w), numbers(params.b))
      }
      return path
    }
    const before = numbers(start.w)
    expect(run(true)).toEqual(run(false))
    expect(numbers(start.w)).toEqual(before)
  })

  test('writes over a gradient that is alone in its memory, and over no other', () => {
    const step = gradientDescent(0.1).step as NonNullable<Optimizer['step']>
    const { grad } = slope(start)
    const memory = grad.w.dataSync().buffer
    expect(step(grad, null, start, { donate: true }).params.w.dataSync().buffer).toBe(memory)

    const kept = slope(start).grad
    expect(step(kept, null, start).params.w.buffer).not.toBe(kept.w.buffer)

    // the gradient of a sum of products with data is the data
    const linear = valueAndGrad((p: Tensor) => sum(mul(p, x)))(zerosLike(x)).grad
    const before = numbers(x)
    step({ p: linear }, null, { p: zerosLike(x) }, { donate: true })
    const mine = tensor([1, 2])
    step({ p: mine }, null, { p: tensor([0, 0]) }, { donate: true })
    expect([numbers(x), numbers(mine)]).toEqual([before, [1, 2]])
  })
})

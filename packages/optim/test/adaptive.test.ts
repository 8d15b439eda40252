/**
 * Each optimizer against its recursion in plain numbers, and against optax 0.2.8 (jax 0.10.2, float64): six updates on
 * Σ ½ c w² + w⁴ / 40 from [1, −2, 0.5] with c = [0.3, 1.7, −0.4].
 */
import { type Tree, treeLeaves } from '@ntk/autodiff'
import {
  adagrad,
  adam,
  adamw,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  clipByValue,
  cosineDecaySchedule,
  momentum,
  type Optimizer,
  rmsprop,
  scaleByAdam,
  scaleByRms,
  scaleByRss,
  sgd,
  weightDecay,
} from '@ntk/optim'
import { key, NtkError, normal, ones, type Tensor, tensor } from '@ntk/tensor'
import { expect, test } from 'vitest'

const c = [0.3, 1.7, -0.4]
const w0 = [1, -2, 0.5]
const gradient = (w: readonly number[]): number[] => w.map((v, i) => (c[i] as number) * v + 0.1 * v ** 3)

const numbers = (x: Tensor): number[] => Array.from(x.dataSync())

function descend(optimizer: Optimizer, steps = 6): number[] {
  let params = { w: tensor([...w0]) }
  let state = optimizer.init(params)
  for (let i = 0; i < steps; i++) {
    const next = optimizer.update({ w: tensor(gradient(numbers(params.w))) }, state, params)
    params = applyUpdates(params, next.updates)
    state = next.state
  }
  return numbers(params.w)
}

function close(actual: readonly number[], expected: readonly number[], within = 2e-15): void {
  expect(actual).toHaveLength(expected.length)
  for (const [i, v] of actual.entries()) expect(Math.abs(v - (expected[i] as number))).toBeLessThan(within)
}

const fromOptax: readonly [string, Optimizer, number[]][] = [
  ['sgd', sgd(0.1), [0.7912594629429717, -0.5757809847612474, 0.6216994513913542]],
  ['momentum', momentum(0.1, 0.9), [0.4044054753688513, 1.422879336299621, 0.8691201773923057]],
  [
    'Nesterov momentum',
    momentum(0.1, 0.9, { nesterov: true }),
    [0.33416544097503215, 0.8507891367716728, 0.9827867921112967],
  ],
  ['adam', adam(0.1), [0.4209950256353615, -1.407178541490672, 1.1036156945661497]],
  [
    'adam with all options',
    adam(0.1, { b1: 0.8, b2: 0.95, eps: 1e-3, epsRoot: 1e-2 }),
    [0.4524851119133436, -1.4107870808605332, 1.0507412534646925],
  ],
  [
    'adam with nesterov',
    adam(0.1, { nesterov: true }),
    [0.38033473439300736, -1.3442703463245436, 1.206078835763023],
  ],
  [
    'adamw',
    adamw(0.1, { weightDecay: 0.05 }),
    [0.40010903049040875, -1.3562275582695704, 1.0813461396052986],
  ],
  ['rmsprop', rmsprop(0.05), [0.4925991299424759, -1.4393043031127224, 1.1612136272671245]],
  [
    'rmsprop with eps beside the root',
    rmsprop(0.05, { decay: 0.95, eps: 1e-3, epsInSqrt: false, initialScale: 0.5 }),
    [0.8377551538881911, -1.3331738582269357, 0.5917031586798494],
  ],
  [
    'rmsprop, centred, with momentum',
    rmsprop(0.05, { centered: true, momentum: 0.8, nesterov: true, eps: 1e-2 }),
    [-0.11471706810559, -0.2647747142182849, 2.047788892239793],
  ],
  ['adagrad', adagrad(0.3), [0.3224412334373698, -1.0687261657807108, 1.385186549885037]],
  [
    'adagrad from zero',
    adagrad(0.3, { initialAccumulatorValue: 0, eps: 1e-3 }),
    [0.24423147212659396, -1.067399943857398, 1.6645055130261388],
  ],
  ['a clip by value', chain(clipByValue(0.7), sgd(0.1)), [0.7912594629429717, -1.58, 0.6216994513913542]],
  [
    'a clip by global norm',
    chain(clipByGlobalNorm(0.7), sgd(0.1)),
    [0.9560649450029196, -1.5828736016221407, 0.5214989897756303],
  ],
  [
    'decay before momentum',
    chain(weightDecay(0.05), momentum(0.1, 0.9)),
    [0.33989423423395854, 1.4402836900006002, 0.815115520135613],
  ],
  [
    'adam by a schedule',
    adam(cosineDecaySchedule(0.2, { decaySteps: 5, alpha: 0.1 })),
    [0.3663940885446338, -1.3479114305393252, 1.1605983940136428],
  ],
]

test.each(fromOptax)('%s gives the numbers of optax', (_, optimizer, expected) => {
  close(descend(optimizer), expected)
})

/** One weight by a recursion: what is kept from step to step, and the update that gradient and weight give at step t = 1, 2, ... */
type Recursion = () => (g: number, t: number, w: number) => number

const byHand: readonly [string, Optimizer, Recursion][] = [
  [
    'adam',
    adam(0.07, { b1: 0.8, b2: 0.9, eps: 1e-4 }),
    () => {
      let [m, v] = [0, 0]
      return (g, t) => {
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g * g
        return (-0.07 * (m / (1 - 0.8 ** t))) / (Math.sqrt(v / (1 - 0.9 ** t)) + 1e-4)
      }
    },
  ],
  [
    'adamw',
    adamw(0.07, { weightDecay: 0.3 }),
    () => {
      let [m, v] = [0, 0]
      return (g, t, w) => {
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        return -0.07 * (m / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8) + 0.3 * w)
      }
    },
  ],
  [
    'rmsprop',
    rmsprop(0.07, { decay: 0.8, momentum: 0.5 }),
    () => {
      let [n, v] = [0, 0]
      return (g) => {
        n = 0.8 * n + 0.2 * g * g
        v = 0.5 * v - (0.07 * g) / Math.sqrt(n + 1e-8)
        return v
      }
    },
  ],
  [
    'adagrad',
    adagrad(0.2),
    () => {
      let s = 0.1
      return (g) => {
        s += g * g
        return (-0.2 * g) / Math.sqrt(s + 1e-7)
      }
    },
  ],
]

test.each(byHand)('%s is its recursion written by hand, for many steps', (_, optimizer, recursion) => {
  const expected = w0.map((start, i) => {
    const next = recursion()
    let w = start
    for (let t = 1; t <= 40; t++) w += next((c[i] as number) * w + 0.1 * w ** 3, t, w)
    return w
  })
  close(descend(optimizer, 40), expected, 1e-13)
})

test('a gradient of zero moves nothing, whatever it is divided by', () => {
  const params = { w: tensor([1, 2]) }
  for (const optimizer of [
    adam(1),
    adamw(1, { weightDecay: 0 }),
    rmsprop(1),
    adagrad(1, { initialAccumulatorValue: 0 }),
  ]) {
    const { updates } = optimizer.update({ w: tensor([0, 0]) }, optimizer.init(params), params)
    expect(numbers(updates.w).map(Math.abs)).toEqual([0, 0])
  }
})

test('equal gradients leave a centred mean of squares that rounding cannot turn below zero', () => {
  const gradients = normal(key(1), [500], { dtype: 'float32' })
  const link = scaleByRms({ centered: true, decay: 0.5 })
  let state = link.init(gradients)
  for (let i = 0; i < 60; i++) {
    const next = link.update(gradients, state, gradients)
    state = next.state
    expect(numbers(next.updates).every(Number.isFinite)).toBe(true)
  }
})

test.each([
  ['adamw', adamw(0.1)],
  ['rmsprop', rmsprop(0.1, { centered: true, momentum: 0.9 })],
  ['adagrad', adagrad(0.1)],
])('%s keeps float32 in updates and state', (_, optimizer) => {
  const params = { w: tensor([1, 2], { dtype: 'float32' }) }
  const { updates, state } = optimizer.update(params, optimizer.init(params), params)
  expect(updates.w.dtype).toBe('float32')
  expect(
    new Set(
      treeLeaves(state)
        .map((v) => v.dtype)
        .filter((d) => d !== 'int32'),
    ),
  ).toEqual(new Set(['float32']))
})

test('decay draws to zero, or to the point that it is given, also through a chain', () => {
  const params = tensor([3, -1])
  const origin = tensor([1, 1])
  for (const decay of [weightDecay(0.5), chain(weightDecay(0.5))]) {
    expect(decay.decays).toBe(true)
    const none = tensor([0, 0])
    close(numbers(decay.update(none, decay.init(params), params).updates), [1.5, -0.5])
    close(numbers(decay.update(none, decay.init(params), params, origin).updates), [1, -1])
  }
  expect(adamw(0.1).decays).toBe(true)
  expect(adam(0.1).decays).toBe(false)
})

test('names tell the numbers', () => {
  expect(adamw(0.1).name).toBe(
    'adamw(learning rate 0.1, scaleByAdam(b1 0.9, b2 0.999, eps 1e-8), weightDecay(0.0001))',
  )
})

const state = (optimizer: Optimizer): Tree => optimizer.init(ones([2]))

test.each<[string, () => unknown, RegExp]>([
  ['a learning rate of zero', () => adam(0), /adam needs a finite learning rate/],
  ["Python's spelling", () => adamw(0.1, { weight_decay: 1 } as never), /did you mean "weightDecay"/i],
  ['b1 of one', () => adam(0.1, { b1: 1 }), /"b1", a number in \[0, 1\)/],
  ['no eps', () => adagrad(0.1, { eps: 0 }), /"eps"/],
  ['a limit of zero', () => clipByValue(0), /clipByValue needs a limit/],
  [
    'the state of another optimizer',
    () => scaleByAdam().update(ones([2]), null, ones([2])),
    /state of scaleByAdam/,
  ],
  [
    'a count that is none',
    () => scaleByAdam().update(ones([2]), { count: ones([2]), mu: ones([2]), nu: ones([2]) }, ones([2])),
    /count of updates/,
  ],
  [
    'a state that is not centred',
    () => scaleByRms({ centered: true }).update(ones([2]), state(scaleByRms()), ones([2])),
    /equal structures/,
  ],
  [
    'the state of a shorter chain',
    () => chain(scaleByRss(), sgd(1)).update(ones([2]), [ones([2])], ones([2])),
    /a list of as many states/,
  ],
  [
    'gradients of another shape',
    () => scaleByAdam().update(ones([1]), state(scaleByAdam()), ones([2])),
    /one shape/,
  ],
  ['updates of another shape', () => applyUpdates(ones([2]), ones([1])), /shapes of the parameters/],
  [
    'a schedule that gives NaN',
    () => adam(() => Number.NaN).update(ones([2]), state(adam(() => 1)), ones([2])),
    /finite number/,
  ],
])('%s is an error by name', (_, run, message) => {
  expect(run).toThrow(message)
  expect(run).toThrow(NtkError)
})

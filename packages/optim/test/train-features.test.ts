/** What happens beside the steps of a training: augmentation, decay to a point, measurements. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { treeMap } from '@ntk/autodiff'
import {
  accuracy,
  adamw,
  chain,
  clipByGlobalNorm,
  crossEntropy,
  gradientDescent,
  kernelChange,
  linearizedModel,
  momentum,
  mse,
  type Optimizer,
  relativeChange,
  type TrainOptions,
  train,
  trainEnsemble,
  weightDecay,
} from '@ntk/optim'
import { fileCheckpoint } from '@ntk/optim/node'
import { Dense, Erf, type Params, serial } from '@ntk/stax'
import {
  add,
  foldIn,
  key,
  matmul,
  matrixTranspose,
  mul,
  NtkError,
  normal,
  randomInt,
  sub,
  type Tensor,
  tensor,
  zerosLike,
} from '@ntk/tensor'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ntk-features-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const net = serial(Dense(12, { bStd: 0.1 }), Erf(), Dense(2))
const { params } = net.init(key(0), [-1, 4])
const x = normal(key(1), [10, 4])
const y = normal(key(2), [10, 2])
const noise: NonNullable<TrainOptions<Params<Tensor>>['augment']> = (k, batch) => ({
  x: add(batch.x, mul(normal(k, batch.x.shape), 0.3)),
  y: batch.y,
})
const base: TrainOptions<Params<Tensor>> = {
  apply: net.apply,
  params,
  x,
  y,
  optimizer: momentum(0.1, 0.9),
  steps: 6,
}

const numbers = (t: Tensor): number[] => Array.from(t.dataSync())
const same = (a: readonly number[], b: readonly number[], within: number): void => {
  expect(a).toHaveLength(b.length)
  for (const [i, v] of a.entries()) expect(Math.abs(v - (b[i] as number))).toBeLessThan(within)
}

/** The inputs that each call of a function sees, in order. */
type Apply = (p: Params<Tensor>, rows: Tensor) => Tensor
function watched(f: Apply): { readonly apply: Apply; readonly seen: number[][] } {
  const seen: number[][] = []
  return {
    seen,
    apply(p, rows) {
      seen.push(numbers(rows))
      return f(p, rows)
    },
  }
}

test('a network and its linearization see the same batches, augmented in the same way', async () => {
  const options = { ...base, batchSize: 4, key: key(5), augment: noise, at: [] }
  const [network, linear] = [watched(net.apply), watched(linearizedModel(net.apply, params).apply)]
  await train({ ...options, apply: network.apply })
  await train({ ...options, apply: linear.apply })
  expect(network.seen).toHaveLength(6)
  expect(linear.seen).toEqual(network.seen)
  expect(new Set(network.seen.map(String)).size).toBe(6)
})

test('each step draws its augmentation anew, the same whether training stopped before it or not', async () => {
  const options = { ...base, key: key(5), augment: noise, at: [] }
  const whole = watched(net.apply)
  await train({ ...options, apply: whole.apply })
  expect(new Set(whole.seen.map(String)).size).toBe(6)
  const rest = watched(net.apply)
  await train({ ...options, apply: rest.apply, start: await train({ ...options, steps: 4 }) })
  expect(rest.seen).toEqual(whole.seen.slice(4))
})

test('augmentation changes neither the order of samples nor what is evaluated', async () => {
  const options = { ...base, key: key(5), evaluateEvery: 2 }
  const plain = watched(net.apply)
  await train({ ...options, batchSize: 4, at: [], evaluateEvery: undefined, apply: plain.apply })
  const small = watched(net.apply)
  await train({
    ...options,
    batchSize: 4,
    at: [],
    evaluateEvery: undefined,
    apply: small.apply,
    augment: (_, batch) => ({ ...batch, x: mul(batch.x, 2) }),
  })
  expect(small.seen).toEqual(plain.seen.map((rows) => rows.map((v) => 2 * v)))
  const result = await train({ ...options, augment: noise })
  const { loss } = result.history.at(-1)?.sets.train?.metrics ?? {}
  expect(loss).toBe(mse(net.apply(result.params, x), y).item())
  // the first evaluation, too, is of the data as they are
  expect(result.history[0]?.sets.train?.metrics.loss).toBe(mse(net.apply(params, x), y).item())
})

test('in an ensemble each member trains as alone, on the same augmented batches, and decays to its own start', async () => {
  const all = [0, 1, 2].map((i) => net.init(foldIn(key(8), i), [-1, 4]).params)
  for (const optimizer of [
    chain(weightDecay(0.2), momentum(0.1)),
    chain(clipByGlobalNorm(0.05), weightDecay(0.2), gradientDescent(0.3)),
  ]) {
    const options = { apply: net.apply, x, y, optimizer, steps: 5, batchSize: 4, key: key(5), augment: noise }
    const members = await trainEnsemble({ ...options, params: all, decayFrom: all })
    for (const [i, one] of all.entries()) {
      const alone = await train({ ...options, params: one, decayFrom: one })
      treeMap(
        (a: Tensor, b: Tensor) => {
          same(numbers(a), numbers(b), 1e-12)
          return a
        },
        members[i]?.params,
        alone.params,
      )
    }
  }
})

test('an ensemble learns integer labels', async () => {
  const labels = randomInt(key(4), [10], { max: 2 })
  const options = {
    apply: net.apply,
    x,
    y: labels,
    loss: crossEntropy,
    metrics: { accuracy },
    optimizer: gradientDescent(0.5),
    steps: 4,
  }
  const [member] = await trainEnsemble({ ...options, params: [params, params] })
  const { history } = await train({ ...options, params })
  const last = (of: typeof history | undefined): number[] =>
    Object.values(of?.at(-1)?.sets.train?.metrics ?? {})
  same(last(member?.history), last(history), 1e-13)
})

test.each<[string, Optimizer]>([
  ['gradient descent', chain(weightDecay(0.3), gradientDescent(0.2))],
  ['momentum', chain(weightDecay(0.3), momentum(0.1, 0.9, { nesterov: true }))],
  ['adamw', adamw(0.05, { weightDecay: 0.5 })],
])('decay to θ0 under %s is decay of u = θ − θ0 to zero', async (_, optimizer) => {
  const linear = linearizedModel(net.apply, params)
  const options = { x, y, optimizer, steps: 12, at: [] }
  const moved = await train({ ...options, apply: linear.apply, params, decayFrom: params })
  const zero = treeMap((p: Tensor) => zerosLike(p), params)
  const plus = (a: Params<Tensor>, b: Params<Tensor>): Params<Tensor> =>
    treeMap((p: Tensor, q: Tensor) => add(p, q), a, b)
  const u = await train({
    ...options,
    apply: (v: Params<Tensor>, rows: Tensor) => linear.apply(plus(params, v), rows),
    params: zero,
  })
  treeMap(
    (a: Tensor, b: Tensor) => {
      same(numbers(a), numbers(b), 1e-12)
      return a
    },
    moved.params,
    plus(params, u.params),
  )
})

test('on a linear model, decay to a point is descent of the loss with its penalty, by hand', async () => {
  const [w0, rows, goal, lr, decay] = [0.7, 3, 2, 0.05, 0.4]
  const { params: w } = await train({
    apply: (p: Tensor, inputs: Tensor) => mul(inputs, p),
    params: tensor(w0),
    x: tensor([[rows]]),
    y: tensor([[goal]]),
    optimizer: chain(weightDecay(decay), gradientDescent(lr)),
    decayFrom: tensor(w0),
    steps: 9,
    at: [],
  })
  let expected = w0
  for (let i = 0; i < 9; i++) expected -= lr * (rows * (rows * expected - goal) + decay * (expected - w0))
  expect(w.item()).toBeCloseTo(expected, 14)
})

test.each([false, true])(
  'outputs of a linear model follow the recursion of momentum in function space (nesterov %s)',
  async (nesterov) => {
    const [lr, m, n, steps] = [0.3, 0.8, 10, 25]
    const goal = normal(key(6), [n, 1])
    const { history } = await train({
      apply: (w: Tensor, rows: Tensor) => matmul(rows, w),
      params: normal(key(7), [4, 1]),
      x,
      y: goal,
      optimizer: momentum(lr, m, { nesterov }),
      steps,
      evaluateEvery: 1,
      outputs: true,
    })
    // v' = m v − lr K (f − y) / n, f' = f + v', or f + m v' − lr K (f − y) / n
    const kernel = matmul(x, matrixTranspose(x))
    let f = history[0]?.sets.train?.outputs as Tensor
    let v = mul(f, 0)
    for (let step = 1; step <= steps; step++) {
      const pull = mul(matmul(kernel, sub(f, goal)), -lr / n)
      v = add(mul(v, m), pull)
      f = add(f, nesterov ? add(mul(v, m), pull) : v)
      same(numbers(history[step]?.sets.train?.outputs as Tensor), numbers(f), 1e-10)
    }
  },
)

test('measurements stand in the records, and come back from a checkpoint', async () => {
  const gram = (p: Params<Tensor>): Tensor => {
    const f = net.apply(p, x)
    return matmul(f, matrixTranspose(f))
  }
  const measure = {
    moved: relativeChange(params),
    kernel: kernelChange(gram, gram(params)),
    three: (p: Params<Tensor>) => net.apply(p, tensor([[1, 2, 3, 4]])),
    step: (_: Params<Tensor>, step: number) => step,
  }
  const options = { ...base, measure, evaluateEvery: 3 }
  const { history, params: end } = await train(options)
  expect(history.map(({ measures }) => measures?.step)).toEqual([0, 3, 6])
  expect(history[0]?.measures).toMatchObject({ moved: { '[0]': 0, '[2]': 0 }, kernel: 0 })
  const last = history.at(-1)?.measures as { moved: Record<string, number>; kernel: number; three: Tensor }
  // by hand: all numbers of a layer together
  const [before, after] = [params, end].map((p) => (p as readonly Record<string, Tensor>[])[0]) as [
    Record<string, Tensor>,
    Record<string, Tensor>,
  ]
  const flat = (layer: Record<string, Tensor>): number[] =>
    ['w', 'b'].flatMap((name) => numbers(layer[name] as Tensor))
  const norm = (v: readonly number[]): number => Math.hypot(...v)
  const [a, b] = [flat(before), flat(after)]
  expect(last.moved['[0]']).toBeCloseTo(norm(b.map((v, i) => v - (a[i] as number))) / norm(a), 13)
  const [k0, k] = [numbers(gram(params)), numbers(gram(end))]
  expect(last.kernel).toBeCloseTo(norm(k.map((v, i) => v - (k0[i] as number))) / norm(k0), 13)
  expect(numbers(last.three)).toEqual(numbers(net.apply(end, tensor([[1, 2, 3, 4]]))))

  const checkpoint = (): ReturnType<typeof fileCheckpoint> => fileCheckpoint(join(folder, 'measured'))
  await train({ ...options, steps: 3, checkpoint: checkpoint() })
  const resumed = await train({ ...options, checkpoint: checkpoint() })
  expect(JSON.stringify(resumed.history)).toBe(JSON.stringify(history))
  expect(numbers(resumed.history[0]?.measures?.three as Tensor)).toEqual(
    numbers(history[0]?.measures?.three as Tensor),
  )
})

test('change is told layer by layer, and is infinite of what started at zero and moved', async () => {
  const change = relativeChange([
    { w: tensor([0, 3]), b: tensor([4]) },
    { w: tensor([0]) },
    { w: tensor([0]) },
    tensor([2]),
  ])
  const after = [{ w: tensor([0, 3]), b: tensor([6]) }, { w: tensor([1]) }, { w: tensor([0]) }, tensor([1])]
  expect(await change(after as never)).toEqual({
    '[0]': 0.4,
    '[1]': Number.POSITIVE_INFINITY,
    '[2]': 0,
    '[3]': 0.5,
  })
})

const two = { a: { x, y }, b: { x, y } }

test.each<[string, object, RegExp]>([
  [
    'decay to a point without decay',
    { decayFrom: params },
    /needs an optimizer that decays weights.*momentum/,
  ],
  [
    'a point of other shapes',
    { decayFrom: tensor([1]), optimizer: adamw(0.1) },
    /`decayFrom` of train must be like `params`/,
  ],
  ['an early stop without patience', { earlyStop: {} }, /"patience", a positive integer/],
  [
    'an unknown set',
    { evaluateEvery: 1, earlyStop: { patience: 1, set: 'test' } },
    /set that is evaluated: train.*test/,
  ],
  [
    'an unknown metric',
    { earlyStop: { patience: 1, metric: 'accuracy' }, evaluateEvery: 1 },
    /metric that is evaluated: loss/,
  ],
  [
    'one of two sets',
    { earlyStop: { patience: 1 }, evaluateEvery: 1, evaluate: two },
    /name of one of several sets/,
  ],
  ['an early stop without evaluations', { earlyStop: { patience: 1 } }, /Give `evaluateEvery`/],
  ["Python's spelling", { early_stop: { patience: 1 } }, /Did you mean "earlyStop"/],
  ["Python's spelling inside", { earlyStop: { patience: 1, min_delta: 0 } }, /Did you mean "minDelta"/],
  ['augmentation without a key', { augment: noise }, /Augmentation of data needs a key/],
  ['augmentation that gives nothing', { augment: () => undefined, key: key(0) }, /must give \{ x, y \}/],
  [
    'augmentation that loses samples',
    { augment: () => ({ x, y: tensor([[1, 2]]) }), key: key(0) },
    /as many samples/,
  ],
  ['a measurement that is no function', { measure: { a: 1 } }, /"a", a function/],
  [
    'a start of another network',
    { start: { step: 0, params: { w: x }, optimizerState: null } },
    /parameters that training goes on from/,
  ],
  [
    'a start of another optimizer',
    { start: { step: 0, params, optimizerState: null } },
    /states of the optimizer/,
  ],
  [
    'a start of other shapes',
    {
      start: {
        step: 0,
        params: treeMap((p: Tensor) => add(p, tensor([[1], [2]])), { w: tensor([[1, 2]]) }),
        optimizerState: null,
      },
      params: { w: tensor([[1, 2]]) },
    },
    /\.w should be \[1, 2\]/,
  ],
])('%s is an error by name', async (_, change, message) => {
  const promise = train({ ...base, ...change } as never)
  await expect(promise).rejects.toThrow(message)
  await expect(promise).rejects.toBeInstanceOf(NtkError)
})

test('kernels of other shapes have no distance', async () => {
  await expect(kernelChange(() => x, y)(null)).rejects.toThrow(/kernels of one shape/)
})

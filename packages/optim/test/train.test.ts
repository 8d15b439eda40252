import type { Tree } from '@ntk/autodiff'
import {
  accuracy,
  crossEntropy,
  gradientDescent,
  momentum,
  mse,
  TrainingStopped,
  type TrainOptions,
  type TrainProgress,
  type TrainState,
  train,
} from '@ntk/optim'
import { Dense, type Params, Relu, serial } from '@ntk/stax'
import { key, matmul, mul, NtkError, normal, split, type Tensor, tensor, tensorFromData } from '@ntk/tensor'
import { expect, test } from 'vitest'

const [kx, ky, kt, kp] = split(key(7), 4)
const x = normal(kx, [10, 4])
const y = normal(ky, [10, 2])
const test1 = { x: normal(kt, [5, 4]), y: normal(kt, [5, 2]) }
const net = serial(Dense(8, { wStd: 1.4, bStd: 0.1 }), Relu(), Dense(2))
const { params } = net.init(kp, [-1, 4])

const numbers = (t: Tensor): number[] => Array.from(t.dataSync())
const leaves = (p: Tree): number[] =>
  p === null
    ? []
    : Array.isArray(p)
      ? p.flatMap(leaves)
      : 'dtype' in p
        ? numbers(p as Tensor)
        : Object.values(p).flatMap(leaves)

const base: TrainOptions<Params<Tensor>> = {
  apply: net.apply,
  params,
  x,
  y,
  optimizer: momentum(0.3, 0.9),
  steps: 12,
}

/** The error of a promise that must fail. */
async function failure(promise: Promise<unknown>): Promise<TrainingStopped<Params<Tensor>>> {
  const error: unknown = await promise.then(
    () => null,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(TrainingStopped)
  return error as TrainingStopped<Params<Tensor>>
}

test('on one linear unit, full-batch descent follows (1 − lr λ)^t exactly', async () => {
  // f = w x with one sample: the mean loss ½ (w x − y)² has the curvature x².
  const apply = (w: Tensor, inputs: Tensor): Tensor => mul(inputs, w)
  const result = await train({
    apply,
    params: tensor(3),
    x: tensor([[2]]),
    y: tensor([[1]]),
    optimizer: gradientDescent(0.1),
    steps: 8,
    evaluateEvery: 1,
    outputs: true,
  })
  expect(result.history.map((r) => r.step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  for (const { step, sets } of result.history) {
    const residual = 5 * (1 - 0.1 * 4) ** step
    expect(sets.train?.outputs?.item()).toBeCloseTo(1 + residual, 13)
    expect(sets.train?.metrics.loss).toBeCloseTo(0.5 * residual ** 2, 12)
  }
})

test('on a linear model the total loss falls as its normal equations say', async () => {
  // Residuals r' = (I − lr X Xᵀ) r, computed here by hand.
  const apply = (w: Tensor, inputs: Tensor): Tensor => matmul(inputs, w)
  const lr = 0.02
  const result = await train({
    apply,
    params: tensor([[0], [0], [0], [0]]),
    x,
    y: tensor(
      numbers(y)
        .filter((_, i) => i % 2 === 0)
        .map((v) => [v]),
    ),
    loss: (f, t) => mse(f, t, { loss: 'sum' }),
    optimizer: gradientDescent(lr),
    steps: 5,
    at: [5],
    outputs: true,
  })
  const rows = x.toNested() as number[][]
  let r = numbers(y)
    .filter((_, i) => i % 2 === 0)
    .map((v) => -v)
  for (let t = 0; t < 5; t++) {
    const now = r
    r = now.map((ri, i) => {
      const kernel = now.reduce(
        (s, rj, j) =>
          s + rj * (rows[i] as number[]).reduce((d, v, k) => d + v * ((rows[j] as number[])[k] as number), 0),
        0,
      )
      return ri - lr * kernel
    })
  }
  expect(result.history).toHaveLength(1)
  const loss = result.history[0]?.sets.train?.metrics.loss as number
  expect(loss).toBeCloseTo(0.5 * r.reduce((s, v) => s + v * v, 0), 12)
})

test('halving the learning rate halves the distance to gradient flow (first order)', async () => {
  // One unit again: the flow is 5 exp(−4 t); compare at t = 1.
  const apply = (w: Tensor, inputs: Tensor): Tensor => mul(inputs, w)
  const errorAt = async (steps: number): Promise<number> => {
    const { params: w } = await train({
      apply,
      params: tensor(3),
      x: tensor([[2]]),
      y: tensor([[1]]),
      optimizer: gradientDescent(1 / steps),
      steps,
      at: [],
    })
    return Math.abs(2 * (w as Tensor).item() - 1 - 5 * Math.exp(-4))
  }
  const slope = Math.log2((await errorAt(400)) / (await errorAt(800)))
  expect(slope).toBeGreaterThan(0.97)
  expect(slope).toBeLessThan(1.03)
})

test('records carry the loss, metrics and outputs of every set at the steps asked for', async () => {
  const seen: number[] = []
  const { history } = await train({
    ...base,
    evaluate: { test: test1 },
    metrics: { accuracy },
    outputs: true,
    at: [0, 5, 12],
    onRecord: (r) => seen.push(r.step),
  })
  expect(seen).toEqual([0, 5, 12])
  expect(history.map((r) => r.step)).toEqual([0, 5, 12])
  for (const { sets } of history) {
    expect(Object.keys(sets)).toEqual(['train', 'test'])
    expect(sets.test?.outputs?.shape).toEqual([5, 2])
    expect(sets.train?.metrics.loss).toBe(mse(sets.train?.outputs as Tensor, y).item())
    expect(sets.test?.metrics.accuracy).toBe(accuracy(sets.test?.outputs as Tensor, test1.y).item())
  }
  expect(history[0]?.sets.train?.outputs?.toNested()).toEqual(net.apply(params, x).toNested())
})

test('evaluating in small batches gives the same numbers', async () => {
  const whole = await train({ ...base, evaluate: { test: test1 } })
  const parts = await train({ ...base, evaluate: { test: test1 }, evaluateBatchSize: 2 })
  const losses = (r: typeof whole): number[] =>
    r.history.flatMap((h) => Object.values(h.sets).map((s) => s.metrics.loss as number))
  losses(parts).forEach((v, i) => expect(v).toBeCloseTo(losses(whole)[i] as number, 13))
})

test('cross-entropy on one-hot targets learns to tell two groups apart', async () => {
  const labels = tensor((x.toNested() as number[][]).map((row) => ((row[0] as number) > 0 ? [1, 0] : [0, 1])))
  const { history } = await train({
    ...base,
    y: labels,
    loss: crossEntropy,
    metrics: { accuracy },
    steps: 60,
  })
  expect(history.at(-1)?.sets.train?.metrics.accuracy).toBe(1)
})

test('mini-batches visit every sample once an epoch, in an order of its own each time', async () => {
  const index = tensor(Array.from({ length: 10 }, (_, i) => [i]))
  const seen: number[][] = []
  const apply = (w: Tensor, rows: Tensor): Tensor => {
    seen.push(numbers(rows))
    return mul(rows, w)
  }
  await train({
    apply,
    params: tensor(0),
    x: index,
    y: index,
    optimizer: gradientDescent(1e-9),
    steps: 8,
    batchSize: 3,
    key: key(1),
    at: [],
  })
  expect(seen.map((b) => b.length)).toEqual([3, 3, 3, 1, 3, 3, 3, 1])
  const epochs = [seen.slice(0, 4).flat(), seen.slice(4).flat()]
  for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual(numbers(index))
  expect(epochs[0]).not.toEqual(epochs[1])
})

test('the key decides the order of mini-batches, and so every number', async () => {
  const run = (seed: number): Promise<{ params: Tree }> =>
    train({ ...base, batchSize: 4, key: key(seed), at: [] })
  const [a, b, c] = [await run(3), await run(3), await run(4)]
  expect(leaves(a.params)).toEqual(leaves(b.params))
  expect(leaves(a.params)).not.toEqual(leaves(c.params))
})

test('an aborted run gives up its state, and going on from it is as if it had never stopped', async () => {
  const options: TrainOptions<Params<Tensor>> = { ...base, batchSize: 4, key: key(3), evaluateEvery: 2 }
  const whole = await train(options)
  const controller = new AbortController()
  const checkpoints: TrainState<Params<Tensor>>[] = []
  const error = await failure(
    train({
      ...options,
      signal: controller.signal,
      onProgress: (p: TrainProgress) => p.done === 5 && controller.abort(),
      onCheckpoint: (s) => checkpoints.push(s),
    }),
  )
  expect(error.code).toBe('aborted')
  expect(error.state.step).toBe(5)
  expect(checkpoints).toEqual([error.state])
  expect(error.history.map((r) => r.step)).toEqual([0, 2, 4])
  const rest = await train({ ...options, start: error.state })
  expect(leaves(rest.params)).toEqual(leaves(whole.params))
  expect([...error.history, ...rest.history]).toEqual(whole.history)
})

test('a timer fires while training runs', async () => {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 30)
  const error = await failure(
    train({ ...base, optimizer: gradientDescent(1e-3), steps: 1e9, at: [], signal: controller.signal }),
  )
  expect(error.state.step).toBeGreaterThan(0)
})

test('checkpoints come at their interval and at the end', async () => {
  const steps: number[] = []
  await train({ ...base, checkpointEvery: 5, onCheckpoint: (s) => steps.push(s.step) })
  expect(steps).toEqual([5, 10, 12])
})

test('a diverging run ends with an error that names the step and the learning rate', async () => {
  const error = await failure(train({ ...base, optimizer: gradientDescent(1e6), steps: 500 }))
  expect(error.code).toBe('diverged')
  expect(error.message).toMatch(/diverged by step \d+.*learning rate 1000000/)
  expect(NtkError.isInstance(error)).toBe(true)
})

test('divergence in the very last step is told too', async () => {
  const apply = (w: Tensor, rows: Tensor): Tensor => mul(rows, w)
  const error = await failure(
    train({
      apply,
      params: tensor(1e150),
      x: tensor([[1e3]]),
      y: tensor([[0]]),
      optimizer: gradientDescent(1),
      steps: 1,
    }),
  )
  expect(error.message).toMatch(/by step 1/)
})

test.each<[string, Partial<TrainOptions<Params<Tensor>>>, RegExp]>([
  ['targets of another number of samples', { y: tensor([[1, 2]]) }, /as many samples/],
  ['a test set whose sides do not match', { evaluate: { held: { x, y: test1.y } } }, /held set/],
  ['mini-batches without a key', { batchSize: 2 }, /needs a key/],
  ['a batch size of zero', { batchSize: 0, key: key(0) }, /batchSize/],
  ['a negative number of steps', { steps: -1 }, /steps/],
  ['an evaluation after the end', { at: [13] }, /\[0, 12\]/],
])('%s is a named error', async (_, options, message) => {
  await expect(train({ ...base, ...options })).rejects.toThrow(message)
  await expect(train({ ...base, ...options })).rejects.toBeInstanceOf(NtkError)
})

test('a loss that is NaN because the data are names them, for no learning rate helps', async () => {
  const x = base.x
  const labels = Float64Array.from(base.y.dataSync(), (v, i) => (i === base.y.size - 1 ? Number.NaN : v))
  const y = tensorFromData(labels, base.y.shape)
  const error = await failure(train({ ...base, y }))
  expect(error.message).toContain(`y holds NaN in sample ${(x.shape[0] as number) - 1}`)
  expect(error.message).not.toContain('Lower')
})

import { linearize, type Tree, treeLeaves } from '@ntk/autodiff'
import {
  accuracy,
  centredModel,
  chain,
  clipByGlobalNorm,
  crossEntropy,
  gradientDescent,
  linearizedModel,
  momentum,
  type Optimizer,
  scale,
  train,
  trainEnsemble,
} from '@ntk/optim'
import { Dense, type Params, Relu, serial } from '@ntk/stax'
import { abs, foldIn, key, max, normal, sub, type Tensor, zerosLike } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const x = normal(key(0), [12, 5])
const y = normal(key(1), [12, 3])
const test1 = { x: normal(key(2), [7, 5]), y: normal(key(3), [7, 3]) }
const net = serial(Dense(9, { wStd: 1.4, bStd: 0.1 }), Relu(), Dense(3))
const params = [0, 1, 2, 3].map((i) => net.init(foldIn(key(4), i), [-1, 5]).params)
const base = {
  apply: net.apply,
  x,
  y,
  steps: 15,
  at: [0, 6, 15],
  evaluate: { test: test1 },
  metrics: { accuracy },
  outputs: true,
}

const furthest = (a: Tensor, b: Tensor): number => max(abs(sub(a, b))).item()
const treesFurthest = (a: Tree, b: Tree): number =>
  Math.max(...treeLeaves(a).map((leaf, i) => furthest(leaf as Tensor, treeLeaves(b)[i] as Tensor)))

const optimizers: Readonly<Record<string, Optimizer>> = {
  gradientDescent: gradientDescent(0.4),
  momentum: momentum(0.2, 0.8),
  'a schedule': gradientDescent((step) => 0.4 / (1 + step)),
  // Each network's gradient is cut by its own norm, not by that of all.
  'a clip by the norm': chain(clipByGlobalNorm(0.05), scale(-0.4)),
}

describe('an ensemble trained at once equals its networks trained one by one', () => {
  test.each(Object.entries(optimizers))('with %s', async (_name, optimizer) => {
    const members = await trainEnsemble({ ...base, params, optimizer })
    expect(members).toHaveLength(4)
    for (const [i, member] of members.entries()) {
      const alone = await train({ ...base, params: params[i] as Params<Tensor>, optimizer })
      expect(treesFurthest(member.params, alone.params)).toBeLessThan(1e-12)
      expect(member.history.map(({ step }) => step)).toEqual([0, 6, 15])
      for (const [j, { sets }] of alone.history.entries()) {
        for (const name of ['train', 'test']) {
          const own = member.history[j]?.sets[name]
          expect(furthest(own?.outputs as Tensor, sets[name]?.outputs as Tensor)).toBeLessThan(1e-12)
          expect(own?.metrics.loss).toBeCloseTo(sets[name]?.metrics.loss as number, 12)
          expect(own?.metrics.accuracy).toBe(sets[name]?.metrics.accuracy)
        }
      }
    }
  })

  test('with another loss, and on mini-batches', async () => {
    const options = {
      ...base,
      loss: crossEntropy,
      optimizer: gradientDescent(0.3),
      batchSize: 5,
      key: key(9),
    }
    const members = await trainEnsemble({ ...options, params })
    for (const [i, member] of members.entries()) {
      const alone = await train({ ...options, params: params[i] as Params<Tensor> })
      expect(treesFurthest(member.params, alone.params)).toBeLessThan(1e-12)
    }
  })

  test.each(Object.entries({ linearizedModel, centredModel }))('as %s', async (_name, model) => {
    const options = { ...base, optimizer: gradientDescent(0.4) }
    const members = await trainEnsemble({ ...options, params, model })
    for (const [i, member] of members.entries()) {
      const own = params[i] as Params<Tensor>
      const alone = await train({ ...options, params: own, apply: model(net.apply, own).apply })
      expect(treesFurthest(member.params, alone.params)).toBeLessThan(1e-12)
      const last = (history: typeof alone.history): Tensor => history.at(-1)?.sets.test?.outputs as Tensor
      expect(furthest(last(member.history), last(alone.history))).toBeLessThan(1e-12)
    }
  })
})

test('an ensemble keeps outputs only where it is asked to, and tells of its mean loss', async () => {
  const losses: number[] = []
  const options = { ...base, outputs: false, optimizer: gradientDescent(0.4), params }
  const members = await trainEnsemble({ ...options, onProgress: ({ loss }) => losses.push(loss) })
  const starts = members.map(({ history }) => history[0]?.sets.train?.metrics.loss ?? Number.NaN)
  expect(losses).toHaveLength(15)
  expect(losses[0]).toBeCloseTo(starts.reduce((a, b) => a + b) / 4, 12)
  expect(members[0]?.history[0]?.sets.train).not.toHaveProperty('outputs')
})

test('what stops an ensemble is told as what stops a training', async () => {
  const options = { ...base, params }
  const diverging = trainEnsemble({ ...options, optimizer: gradientDescent(1e6), steps: 200, at: [200] })
  await expect(diverging).rejects.toMatchObject({ code: 'diverged' })
  const signal = AbortSignal.abort()
  const aborted = trainEnsemble({ ...options, optimizer: gradientDescent(0.1), signal })
  await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
  const other = serial(Dense(8, { bStd: 0.1 }), Relu(), Dense(3)).init(key(0), [-1, 5]).params
  const uneven = trainEnsemble({ ...options, params: [...params, other], optimizer: gradientDescent(0.1) })
  await expect(uneven).rejects.toMatchObject({ code: 'shape' })
  const nobody = trainEnsemble({
    ...options,
    params: [] as Params<Tensor>[],
    optimizer: gradientDescent(0.1),
  })
  await expect(nobody).rejects.toThrow(/a list of at least one tree of tensors/)
})

test('a centred network is zero at its start, exactly, and has the derivatives of the network', () => {
  const [start] = params as [Params<Tensor>]
  const centred = centredModel(net.apply, start)
  // The first time and the second, where it remembers what it takes away.
  for (const _ of [1, 2]) expect(centred.apply(start, x).dataSync()).toEqual(zerosLike(y).dataSync())
  const tangent = params[1] as Params<Tensor>
  const [, push] = linearize((p: Params<Tensor>) => net.apply(p, x), start)
  const [, pushCentred] = linearize((p: Params<Tensor>) => centred.apply(p, x), start)
  expect(furthest(pushCentred(tangent), push(tangent))).toBe(0)
  expect(max(abs(push(tangent))).item()).toBeGreaterThan(0)
})

/** When a training stops before its last step. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gradientDescent, momentum, type TrainOptions, train } from '@ntk/optim'
import { fileCheckpoint } from '@ntk/optim/node'
import { Dense, Erf, type Params, serial } from '@ntk/stax'
import { key, normal, type Tensor, tensor } from '@ntk/tensor'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ntk-early-stop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const net = serial(Dense(12, { bStd: 0.1 }), Erf(), Dense(2))
const { params } = net.init(key(0), [-1, 4])
const x = normal(key(1), [10, 4])
const y = normal(key(2), [10, 2])
const base: TrainOptions<Params<Tensor>> = {
  apply: net.apply,
  params,
  x,
  y,
  optimizer: momentum(0.1, 0.9),
  steps: 6,
}
const numbers = (t: Tensor): number[] => Array.from(t.dataSync())

/** A metric that takes these values one after another. */
function script(values: readonly number[]): () => Tensor {
  let at = 0
  return () => tensor(values[at++] ?? Number.NaN)
}

test.each<[string, 'min' | 'max', number, number[], number]>([
  ['no better value', 'min', 2, [5, 4, 4, 4, 1], 3],
  ['larger values where large is good', 'max', 2, [1, 2, 2, 1, 9], 3],
  ['NaN, which is never better', 'min', 3, [5, Number.NaN, Number.NaN, Number.NaN, 1], 3],
])('training stops after %s', async (_, mode, patience, values, stop) => {
  const result = await train({
    ...base,
    steps: 20,
    evaluateEvery: 1,
    metrics: { scripted: script(values) },
    earlyStop: { metric: 'scripted', mode, patience },
  })
  expect([result.stoppedEarly, result.step, result.history.length]).toEqual([true, stop, stop + 1])
  // the parameters are those that were evaluated last
  const direct = await train({ ...base, steps: stop, at: [] })
  expect(JSON.stringify(result.params, plain)).toBe(JSON.stringify(direct.params, plain))
})

const plain = (_: string, v: unknown): unknown =>
  typeof v === 'object' && v !== null && 'dataSync' in v ? numbers(v as Tensor) : v

test('a little better does not count where more is asked for, and a run that is never stopped says so', async () => {
  const stopped = (minDelta: number): Promise<{ stoppedEarly: boolean; step: number }> =>
    train({
      ...base,
      steps: 4,
      evaluateEvery: 1,
      metrics: { scripted: script([5, 4.9, 4.8, 4.7, 4.6]) },
      earlyStop: { metric: 'scripted', patience: 3, minDelta },
    })
  expect(await stopped(0)).toMatchObject({ stoppedEarly: false, step: 4 })
  expect(await stopped(0.5)).toMatchObject({ stoppedEarly: true, step: 3 })
})

test('the one evaluated set is looked at, and a stopped run that is resumed stays stopped', async () => {
  const options = {
    ...base,
    optimizer: gradientDescent(0.5),
    steps: 200,
    evaluateEvery: 1,
    evaluate: { held: { x: normal(key(21), [6, 4]), y: normal(key(22), [6, 2]) } },
    earlyStop: { patience: 4 },
  }
  const path = join(folder, 'stopped')
  const whole = await train(options)
  expect(whole.stoppedEarly).toBe(true)
  const losses = whole.history.map(({ sets }) => sets.held?.metrics.loss as number)
  expect(losses.indexOf(Math.min(...losses))).toBe(losses.length - 5)
  const part = await train({ ...options, steps: whole.step - 2, checkpoint: fileCheckpoint(path) })
  expect(part.stoppedEarly).toBe(false)
  for (let i = 0; i < 2; i++) {
    const resumed = await train({ ...options, checkpoint: fileCheckpoint(path) })
    expect(JSON.stringify(resumed, plain)).toBe(JSON.stringify(whole, plain))
  }
  // the same by the result of a run as the start of the next
  const next = await train({ ...options, start: part })
  expect(JSON.stringify(next, plain)).toBe(JSON.stringify(whole, plain))
})

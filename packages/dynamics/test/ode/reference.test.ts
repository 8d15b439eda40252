import { readFileSync } from 'node:fs'
import { crossEntropy, mse } from '@ntk/optim'
import { mul, type Nested, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescent, gradientDescentMse } from '../../src/index.js'
import { close, reference } from '../helpers.js'

type LossName = 'mse' | 'crossEntropy'

interface Case {
  readonly name: string
  readonly loss: LossName
  readonly momentum: number | null
  readonly learningRate: number
  readonly t: number | number[]
  readonly f0Train?: Nested
  readonly f0Test?: Nested
  readonly q0Train?: Nested
  readonly q0Test?: Nested
  readonly train: Nested
  readonly test: Nested
  readonly qTrain?: Nested
  readonly qTest?: Nested
}

interface OdeReference {
  readonly ntkTrainTrain: Nested
  readonly ntkTestTrain: Nested
  readonly y: Readonly<Record<LossName, Nested>>
  readonly f0Train: Nested
  readonly f0Test: Nested
  readonly cases: readonly Case[]
  readonly coarse: { readonly cases: readonly Case[] }
}

const ode = JSON.parse(
  readFileSync(new URL('../reference/ode.json', import.meta.url), 'utf8'),
) as OdeReference

/** The reference averages over outputs, too: over three classes. */
const crossEntropyOfAll = (f: Tensor, y: Tensor): Tensor => mul(crossEntropy(f, y), 1 / 3)

const losses = { mse, crossEntropy: crossEntropyOfAll } as const
const kTestTrain = tensor(ode.ntkTestTrain)
const maybe = (x: Nested | undefined): Tensor | null => (x === undefined ? null : tensor(x))

describe('training by its differential equation agrees with an integrator of eighth order', () => {
  test.each(ode.cases)('$name', (c) => {
    const { learningRate, momentum, t } = c
    const predict = gradientDescent(losses[c.loss], tensor(ode.ntkTrainTrain), tensor(ode.y[c.loss]), {
      learningRate,
      momentum,
    })
    const state = {
      fTrain: tensor(c.f0Train ?? ode.f0Train),
      fTest: tensor(c.f0Test ?? ode.f0Test),
      qTrain: maybe(c.q0Train),
      qTest: maybe(c.q0Test),
    }
    const found = predict({ t, state, kTestTrain })
    close(found.train, c.train, 1e-8)
    close(found.test, c.test, 1e-8)
    if (c.qTrain !== undefined && c.qTest !== undefined) {
      close(found.state.qTrain ?? null, c.qTrain, 1e-8)
      close(found.state.qTest ?? null, c.qTest, 1e-8)
    }
  })

  // the archived library's own integrator, to which it owes 1e-7
  test.each(ode.coarse.cases)('cross-entropy at t $t, momentum $momentum', (c) => {
    const { learningRate, momentum, t } = c
    const predict = gradientDescent(
      crossEntropyOfAll,
      tensor(reference.ntkTrainTrain),
      tensor(reference.yOneHot),
      {
        learningRate,
        momentum,
      },
    )
    const found = predict({
      t,
      fTrain0: tensor(reference.f0Train),
      fTest0: tensor(reference.f0Test),
      kTestTrain: tensor(reference.ntkTestTrain),
    })
    close(found.train, c.train, 2e-7, 1)
    close(found.test, c.test, 2e-7, 1)
  })
})

describe('the closed form of the mean squared loss', () => {
  const [k, y] = [tensor(reference.ntkTrainTrain), tensor(reference.y)]
  const start = {
    fTrain0: tensor(reference.f0Train),
    fTest0: tensor(reference.f0Test),
    kTestTrain: tensor(reference.ntkTestTrain),
  }
  const t = [0, 0.5, 3, 20, 400, 30_000]
  for (const method of ['dormandPrince', 'rodas'] as const) {
    test.each([
      { momentum: null, diagReg: 0 },
      { momentum: 0.9, diagReg: 1e-3 },
    ])(`is what ${method} gives, with momentum $momentum and diagReg $diagReg`, (options) => {
      const want = gradientDescentMse(k, y, options)({ t, ...start })
      const got = gradientDescent(mse, k, y, { ...options, method })({ t, ...start })
      close(got.train, want.train, 1e-8, 1)
      close(got.test, want.test, 1e-8, 1)
      close(got.representer, want.representer, 1e-7, 1)
    })
  }

  test.each([null, 0.5])('and where it ends, with momentum %s', (momentum) => {
    const want = gradientDescentMse(k, y, { momentum })(start)
    const got = gradientDescent(mse, k, y, { momentum })(start)
    close(got.train, want.train, 1e-10, 1)
    close(got.test, want.test, 1e-10, 1)
    expect(got.state.qTrain === null).toBe(momentum === null)
  })
})

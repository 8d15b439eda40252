import { Dense, fullyConnected, Relu, serial } from '@ntk/stax'
import { key, normal } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { stepOfParting } from '../src/papers/lee-pairs/logits.js'
import type { PairValues } from '../src/papers/lee-pairs/numbers.js'
import { equalRates, standardParams } from '../src/papers/lee-parameterizations/parameters.js'

const curve = { train: { loss: [], accuracy: [] }, test: { loss: [], accuracy: [] } }

const valuesOf = (steps: readonly number[], rmse: readonly number[]): PairValues => ({
  cell: { kind: 'FC', width: 8, depth: 1, samples: 4 },
  member: 0,
  steps,
  network: curve,
  linearized: curve,
  distance: { rmse, moved: rmse },
  kernel: null,
})

describe('the step at which logits part', () => {
  it('lies where a power law between two evaluations has it', () => {
    // rmse = step² / 100 is 0.25 at step 5.
    const values = valuesOf([0, 1, 4, 16], [0, 0.01, 0.16, 2.56])
    expect(stepOfParting(values, 0.25)).toBeCloseTo(5, 10)
  })

  it('is not known where they have not parted, or have at the first evaluation', () => {
    const values = valuesOf([0, 1, 4], [0, 0.1, 0.2])
    expect(stepOfParting(values, 0.3)).toBeNaN()
    expect(stepOfParting(values, 0.05)).toBeNaN()
  })
})

describe('parameters of the standard parameterization', () => {
  const scales = { wStd: 1.3, bStd: 0.4, width: 16 }
  const affine = { wStd: 1.3, bStd: 0.4, activation: Relu }
  const ntk = fullyConnected([16, 16], 1, affine)
  const { params } = ntk.init(key(1), [-1, 5])

  it('make it the function that the ntk parameterization is', () => {
    const standard = fullyConnected([16, 16], 1, { ...affine, parameterization: 'standard' })
    const x = normal(key(2), [4, 5])
    const [a, b] = [ntk.apply(params, x), standard.apply(standardParams(params, scales), x)]
    a.dataSync().forEach((value, i) => {
      expect(b.dataSync()[i]).toBeCloseTo(value, 12)
    })
  })

  it('have rates by Equation S37', () => {
    const own = serial(Dense(16, { bStd: 0.4 }), Relu(), Dense(1, { bStd: 0.4 }))
    const rate = equalRates(own.init(key(0), [-1, 5]).params, scales)
    expect(rate('[0].w')).toBeCloseTo(5 / (16 * 1.69), 12)
    expect(rate('[2].w')).toBeCloseTo(1 / 1.69, 12)
    expect(rate('[2].b')).toBeCloseTo(1 / (16 * 0.16), 12)
  })
})

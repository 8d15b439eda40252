import { fromSpec, layersOf, type Spec } from '@ntk/stax'
import { key, type Tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  accuracyOf,
  evaluationSteps,
  largestRelativeDifference,
  lossOf,
  rmse,
} from '../src/measures/numbers.js'
import { readySpec } from '../src/networks/ready.js'
import { describeNetwork, hiddenWidths, networkSpec, takesVectors, withWidth } from '../src/networks/spec.js'

const branches: Spec = [
  'serial',
  ['Dense', { out: 8 }],
  ['FanOut', { n: 2 }],
  ['parallel', ['Dense', { out: 8, wStd: 2 }], ['Identity']],
  ['FanInSum'],
  ['Dense', { out: 3 }],
]

describe('the network of a config', () => {
  it('is a serial of dense layers with an activation after each but the last', () => {
    const spec = networkSpec({ hidden: [4, 5], activation: 'Erf', wStd: 1.5, bStd: null }, 3)
    const options = { wStd: 1.5, bStd: null, parameterization: 'ntk' }
    expect(spec).toEqual([
      'serial',
      ['Dense', { out: 4, ...options }],
      ['Erf'],
      ['Dense', { out: 5, ...options }],
      ['Erf'],
      ['Dense', { out: 3, ...options }],
    ])
  })

  it('is the spec where there is one', () => {
    expect(networkSpec({ spec: branches }, 3)).toBe(branches)
  })

  it('widens every hidden Dense of a sweep and leaves the outputs alone', () => {
    const wide = withWidth(branches, 64)
    expect(hiddenWidths(wide)).toEqual([64, 64])
    expect(wide[3]).toEqual(['parallel', ['Dense', { out: 64, wStd: 2 }], ['Identity']])
    expect(wide.at(-1)).toEqual(['Dense', { out: 3 }])
    expect(hiddenWidths(branches)).toEqual([8, 8])
  })

  it('refuses a sweep without hidden layers', () => {
    expect(() => withWidth(['Dense', { out: 3 }], 64)).toThrow(/needs a network with a hidden Dense/)
  })

  it('sees vectors when it begins with Dense or Flatten', () => {
    expect(takesVectors(branches)).toBe(true)
    expect(takesVectors(['serial', ['serial', ['Flatten']], ['Dense', { out: 1 }]])).toBe(true)
    expect(takesVectors(['serial', ['Conv', { out: 4, filter: [3, 3] }], ['Flatten']])).toBe(false)
  })

  it('has a short name', () => {
    expect(describeNetwork(networkSpec({ hidden: [64, 64] }, 10))).toBe('2 hidden layers of width 64')
    expect(describeNetwork(networkSpec({ hidden: [64, 32] }, 10))).toBe('hidden layers 64, 32')
    expect(describeNetwork(['Dense', { out: 10 }])).toBe('no hidden layer')
    const conv: Spec = ['Conv', { out: 8, filter: [3, 3] }]
    const dense: Spec = ['Dense', { out: 10 }]
    expect(describeNetwork(['serial', conv, ['Relu'], ['Flatten'], dense])).toBe('1 convolution')
    const block: Spec = ['repeat', { n: 4 }, ['serial', conv, ['Relu']]]
    const pools: Spec = ['serial', block, ['AvgPool', { window: [2, 2] }], conv, ['GlobalAvgPool'], dense]
    expect(describeNetwork(pools)).toBe('5 convolutions, 2 pools')
    expect(describeNetwork(['serial', ['GlobalSelfAttention', { out: 8 }], ['Flatten'], dense])).toBe(
      '1 attention layer',
    )
    const wide: Spec = ['repeat', { n: 3 }, ['serial', ['Dense', { out: 20 }], ['Relu']]]
    expect(describeNetwork(['serial', wide, dense])).toBe('3 hidden layers of width 20')
    expect(describeNetwork(['serial', conv, ['Flatten'], ['Dense', { out: 30 }], wide, dense])).toBe(
      '1 convolution, hidden layers 30, 3 × 20',
    )
  })

  it('draws weights uniformly where the config says so, in dense and in ready networks', () => {
    const spec = networkSpec({ hidden: [4], initialization: 'uniform' }, 1)
    const uniform = layersOf(spec).filter(({ name }) => name === 'Dense')
    expect(uniform.map(({ options }) => options.initialization)).toEqual(['uniform', 'uniform'])
    const ready = readySpec({ name: 'lenet' }, { initialization: 'uniform' }, 10)
    const affine = layersOf(ready.spec).filter(({ options }) => 'out' in options)
    expect(affine.length).toBeGreaterThan(3)
    expect(affine.every(({ options }) => options.initialization === 'uniform')).toBe(true)
    // Drawn, and not only written down: on ±√3 standard deviations.
    const { params } = fromSpec(networkSpec({ hidden: [400], initialization: 'uniform', wStd: 1 }, 1)).init(
      key(0),
      [-1, 9],
    )
    const { w } = (params as readonly { readonly w: Tensor }[])[0] as { readonly w: Tensor }
    const largest = Math.max(...w.dataSync().map(Math.abs))
    expect(largest).toBeLessThan(Math.sqrt(3))
    expect(largest).toBeGreaterThan(0.99 * Math.sqrt(3))
  })
})

describe('the numbers of a run', () => {
  it('are halves of means of squares, roots of means and shares', () => {
    expect(lossOf([1, 2, 3, 4], [1, 2, 3, 2])).toBe(0.5)
    expect(rmse([1, 2, 3, 4], [1, 2, 3, 2])).toBe(1)
    expect(accuracyOf([0.9, 0.1, 0.4, 0.6], [1, 0, 1, 0], 2)).toBe(0.5)
    expect(accuracyOf([0.2, -3, 1], [1, -1, -1], 1)).toBeCloseTo(2 / 3, 12)
    expect(largestRelativeDifference([1, 2.2], [1, 2])).toBeCloseTo(0.1, 12)
  })

  it('are taken at whole steps, both ends included, denser early', () => {
    const steps = evaluationSteps(1000, 30)
    expect(steps[0]).toBe(0)
    expect(steps.at(-1)).toBe(1000)
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
    expect(steps.filter((step) => step < 100).length).toBeGreaterThan(steps.length / 2)
    expect(evaluationSteps(1, 80)).toEqual([0, 1])
  })
})

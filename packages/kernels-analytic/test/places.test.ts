import { equal, NtkError, type Value, zeros, zerosLike } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  evaluatePlainly,
  hyperparameters,
  inputKernel,
  type Kernel,
  type KernelStep,
  type PlaceName,
  type StepKind,
  type StepOf,
  stepRules,
  withHyperparameters,
} from '../src/index.js'
import { placeNames } from '../src/places.js'
import { sample } from './helpers.js'

const kernel: Kernel = {
  ...inputKernel(sample(1, 3, 2, 4), null, { diagonalSpatial: false }),
  isGaussian: true,
}
const window = { window: [2], strides: [1], dilation: [1], padding: 'VALID' } as const
const sides = { of1: zeros([3, 2]), of2: null }
const masks = { of1: equal(zeros([3, 2]), 0), of2: null, partial: false }

/** A kernel's place with something in it. */
const filled: { readonly [P in PlaceName]: Required<Kernel>[P] } = {
  means: sides,
  logScale: sides,
  deficit: zerosLike(kernel.nngp),
  masks,
  source: { of: kernel, by: { a: 1, b: 1 } },
  ntkByLayer: [{ layer: 'Dense', ntk: kernel.ntk as Value }],
}

const places = Object.keys(placeNames) as PlaceName[]

/** A step of every kind: a new kind does not compile until it has one here. */
const samples: { readonly [K in StepKind]: StepOf<K> } = {
  affine: { kind: 'affine', layer: 'Dense', out: 1, wStd: 1, bStd: null, parameterization: 'ntk' },
  conv: {
    kind: 'conv',
    layer: 'Conv',
    weights: 'shared',
    out: 1,
    wStd: 1,
    bStd: null,
    parameterization: 'ntk',
    ...window,
  },
  pool: { kind: 'pool', layer: 'AvgPool', over: 'window', ...window },
  globalPool: { kind: 'globalPool', layer: 'GlobalAvgPool', over: 'mean' },
  activation: { kind: 'activation', name: 'Relu', options: {} },
  flatten: { kind: 'flatten' },
  dropout: { kind: 'dropout', keep: 0.5 },
  fanOut: { kind: 'fanOut', n: 2 },
  parallel: { kind: 'parallel', branches: [[]] },
  fanInSum: { kind: 'fanInSum' },
  layerNorm: { kind: 'layerNorm', axis: [-1], epsilon: 1e-12 },
  attention: {
    kind: 'attention',
    out: 1,
    linearScaling: true,
    mechanism: 'SOFTMAX',
    wKeyStd: 1,
    wValueStd: 1,
    wQueryStd: 1,
    wOutStd: 1,
    bStd: null,
    embedding: null,
  },
  axes: { kind: 'axes', layer: 'Conv', to: 'standard', axes: { batchAxis: 0, channelAxis: 1 }, order: [0] },
  fanInProd: { kind: 'fanInProd' },
  fanInConcat: { kind: 'fanInConcat', axis: -1 },
  dotGeneral: {
    kind: 'dotGeneral',
    operand: { shape: [], values: [2.5] },
    side: 'rhs',
    contract: [[], []],
    batch: [[], []],
  },
  imageResize: { kind: 'imageResize', shape: [-1, 3, -1], method: 'nearest', antialias: true },
  index: { kind: 'index', layer: 'Index', idx: [[null], [null, null, -1]] },
  aggregate: { kind: 'aggregate', aggregateAxis: null, implementation: 'DENSE' },
  finiteOnly: { kind: 'finiteOnly', layer: 'MaxPool' },
  name: { kind: 'name', name: 'block' },
  map: { kind: 'map', name: 'Own', map: (k) => k },
}

const kinds = (Object.keys(samples) as StepKind[]).filter((kind) => kind !== 'finiteOnly')

test.each(places)('a layer without a kernel says so, also to one with %s', (place) => {
  const run = (): unknown => evaluatePlainly([samples.finiteOnly], [{ ...kernel, [place]: filled[place] }])
  expect(run).toThrow(/MaxPool has no infinite-width kernel/)
})

describe.each(kinds)('%s', (kind) => {
  const step: KernelStep = samples[kind]
  const rule = stepRules[kind] as (typeof stepRules)['affine']
  const treatments = rule.places(step as never)

  test('its numbers can be others, and are then those that its kernel is computed with', () => {
    const tree = hyperparameters({ kernel: [step] })
    const others = tree.map((own) =>
      Object.fromEntries(
        Object.entries(own).map(([name, v]) => [name, typeof v === 'number' ? v * 0.75 + 0.1 : v]),
      ),
    )
    expect(hyperparameters(withHyperparameters({ kernel: [step] }, others))).toEqual(others)
  })

  test.each(places)('does with %s what its rule says', (place) => {
    const run = (): readonly Kernel[] => evaluatePlainly([step], [{ ...kernel, [place]: filled[place] }])
    if (treatments[place] === 'refuses') {
      let error: unknown
      try {
        run()
      } catch (e) {
        error = e
      }
      expect(NtkError.isInstance(error) && error.code).toBe('requirement')
      expect((error as Error).message).toContain(placeNames[place])
      expect((error as Error).message).toContain(rule.name(step as never))
      return
    }
    for (const out of run()) {
      if (treatments[place] === 'carries') expect(out[place]).toBeDefined()
      // What is consumed may be replaced by what is true of the output, never handed on as it was.
      else expect(out[place]).not.toBe(filled[place])
    }
  })
})

import { key, NtkError, normal } from '@ntk/tensor'
import { editDistance, nearest } from '@ntk/tensor/options'
import { describe, expect, test } from 'vitest'
import {
  ABRelu,
  Abs,
  type AnyLayer,
  AvgPool,
  Conv,
  Dense,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  fromSpec,
  Identity,
  LeakyRelu,
  layerNames,
  parallel,
  Relu,
  repeat,
  type Spec,
  serial,
} from '../src/index.js'
import { messageOf } from './helpers.js'

const residual = serial(
  FanOut(2),
  parallel(Identity(), serial(Relu(), Dense(4, { wStd: 1.2, bStd: 0 }))),
  FanInSum(),
)

describe('a spec names a network', () => {
  test.each([
    ['Dense', Dense(512), ['Dense', { out: 512 }]],
    ['Dense with options', Dense(8, { wStd: 1.5, bStd: 0.05 }), ['Dense', { out: 8, wStd: 1.5, bStd: 0.05 }]],
    [
      'Dense in standard parameterization',
      Dense(8, { parameterization: 'standard', s: [1, 2] }),
      ['Dense', { out: 8, parameterization: 'standard', s: [1, 2] }],
    ],
    ['Relu', Relu(), ['Relu']],
    ['Abs', Abs(), ['Abs']],
    ['LeakyRelu', LeakyRelu({ alpha: 0.1 }), ['LeakyRelu', { alpha: 0.1 }]],
    ['ABRelu', ABRelu({ a: 0, b: 1 }), ['ABRelu', { a: 0, b: 1 }]],
    ['Erf', Erf(), ['Erf']],
    ['Erf with options', Erf({ b: 2 }), ['Erf', { b: 2 }]],
    ['Flatten', Flatten(), ['Flatten']],
    ['Identity', Identity(), ['Identity']],
    ['repeat', repeat(Relu(), 2), ['repeat', { n: 2 }, ['Relu']]],
    ['serial', serial(Dense(1), Relu()), ['serial', ['Dense', { out: 1 }], ['Relu']]],
    [
      'residual',
      residual,
      [
        'serial',
        ['FanOut', { n: 2 }],
        ['parallel', ['Identity'], ['serial', ['Relu'], ['Dense', { out: 4, wStd: 1.2, bStd: 0 }]]],
        ['FanInSum'],
      ],
    ],
  ] as [string, AnyLayer, Spec][])('%s, with only the options that say something', (_, layer, spec) => {
    expect(layer.spec).toEqual(spec)
    expect(JSON.parse(JSON.stringify(layer.spec))).toEqual(spec)
    if (layer.inputs === 'one' && layer.outputs === 'one') expect(fromSpec(layer.spec).spec).toEqual(spec)
  })

  test('and the network built back is the same function', () => {
    const again = fromSpec(JSON.parse(JSON.stringify(residual.spec)) as Spec)
    const { params } = residual.init(key(0), [-1, 4])
    const x = normal(key(1), [3, 4])
    expect(again.apply(params, x).toNested()).toEqual(residual.apply(params, x).toNested())
    expect(again.kernel).toEqual(residual.kernel)
  })

  test('options at their defaults may be given', () => {
    expect(fromSpec(['Erf', { a: 1, b: 1, c: 0 }]).spec).toEqual(['Erf'])
    expect(fromSpec(['serial', {}, ['Relu']]).spec).toEqual(['serial', ['Relu']])
  })
})

describe('a wrong spec has an error that names the place and the way out', () => {
  test.each([
    [
      ['serial', ['Dense', { out: 4 }], ['Rellu']],
      /^spec: No layer is called "Rellu", at serial\[1\]\. Did you mean "Relu"\?$/,
    ],
    [['dense', { out: 4 }], /Did you mean "Dense"\?/],
    [['Transformer'], /No layer is called "Transformer".*Known are .*Dense/],
    [['Dense', { out: 4, wStdd: 1 }], /^spec: Dense.* has no option "wStdd"\. Did you mean "wStd"\?$/],
    [['Tanh', { alpha: 1 }], /Tanh.* has no option "alpha"\. It takes none\./],
    [['Dense'], /Dense.* needs an option "out", a positive integer\. Got nothing\./],
    [['Dense', { out: 0 }], /a positive integer\. Got 0\./],
    [['Dense', { out: 2.5 }], /a positive integer\. Got 2\.5\./],
    [['Dense', { out: '512' }], /a positive integer\. Got "512"\./],
    [['Dense', { out: 3, wStd: -1 }], /"wStd", a number not below 0\. Got -1\./],
    [['Dense', { out: 3, bStd: true }], /"bStd", a number not below 0, or null\. Got true\./],
    [['Dense', { out: 3, parameterization: 'mup' }], /"ntk" or "standard"\. Got "mup"\./],
    [['Dense', { out: 3, parameterization: 'standard', s: [1] }], /a pair of positive numbers\. Got \[1\]\./],
    [['Dense', { out: 3, parameterization: 'standard', s: [1, 0.5] }], /integer\. Got 0\.5 times 3/],
    [['LeakyRelu'], /LeakyRelu.* needs an option "alpha"/],
    [['Relu', ['Dense', { out: 1 }]], /Relu, at the top, takes no children\. Got 1\./],
    [['repeat', { n: 2 }], /repeat, at the top, takes one child\. Got 0\./],
    [['serial', 'Relu'], /children of serial, at the top, are lists\. Got "Relu"\./],
    ['Relu', /A spec is \["Name".*Got "Relu"/],
    [[{ out: 1 }], /begins with the name/],
    [null, /Got null/],
    [['FanOut', { n: 2 }], /takes one value and gives one\. Got FanOut, which gives several/],
    [
      ['serial', ['FanOut', { n: 2 }], ['Dense', { out: 1 }]],
      /Dense takes one value\. Got several from FanOut\. Put FanInSum between/,
    ],
    [
      ['serial', ['Relu'], ['FanInSum']],
      /FanInSum takes several values\. Got one from Relu\. Put FanOut between/,
    ],
    [
      ['parallel', ['FanInSum']],
      /takes one value and gives one\. Got parallel, which takes several.*treeFromSpec/,
    ],
    [
      ['serial', ['Relu'], ['repeat', { n: 1 }, ['Erff']]],
      /at serial\[1\] > repeat\[0\]\. Did you mean "Erf"/,
    ],
  ] as [unknown, RegExp][])('%j', (spec, message) => {
    expect(messageOf(() => fromSpec(spec as Spec))).toMatch(message)
    expect(messageOf(() => fromSpec(spec as Spec))).toMatch(/^spec: /)
  })

  test('and so has a wrong call', () => {
    expect(messageOf(() => Dense(0))).toMatch(
      /^spec: Dense needs an option "out", a positive integer\. Got 0\./,
    )
    expect(messageOf(() => Dense(3, { wSdt: 1 } as never))).toMatch(/Did you mean "wStd"/)
    expect(messageOf(() => repeat(Relu(), 0))).toMatch(/^spec: repeat/)
  })

  test.each([
    [
      () => serial([Dense(3), Relu()] as never),
      'Write serial(...layers): each layer is an argument of its own.',
    ],
    [() => parallel([Relu()] as never), 'Write parallel(...layers)'],
    [() => serial(['Dense', { out: 3 }] as never), 'Build a spec with fromSpec.'],
    [() => repeat(3 as never, Relu() as never), 'repeat(layer, n) needs layers. Got 3.'],
    [() => Conv(4, 3 as never), 'Write [3] for one spatial axis, [3, 3] for two.'],
    [() => Conv(4, [3], { strides: 2 as never }), 'Write [2] for one spatial axis, [2, 2] for two.'],
    [() => AvgPool(2 as never), 'Write [2] for one spatial axis, [2, 2] for two.'],
  ])('and one with the habits of Python says what to write: case %#', (call, message) => {
    expect(messageOf(call)).toContain(message)
  })
})

describe('wrong shapes and parameters are named', () => {
  const net = serial(Dense(3, { bStd: 1 }), Relu())
  const x = normal(key(0), [2, 4])

  test('inputs of other features', () => {
    const { params } = net.init(key(0), [-1, 5])
    expect(messageOf(() => net.apply(params, x))).toMatch(
      /^shape: Dense has weights for 5 features\. Got inputs of shape \[2, 4\]/,
    )
  })

  test('unknown features at initialization', () => {
    expect(messageOf(() => net.init(key(0), [-1, -1]))).toMatch(/^shape: .*known number of features/)
    expect(messageOf(() => net.init(key(0), [4]))).toMatch(/^shape: /)
    expect(messageOf(() => serial(Flatten(), net).init(key(0), [-1, -1, 3]))).toMatch(/^shape: Flatten/)
  })

  test('parameters of another network', () => {
    expect(messageOf(() => net.apply([null], x))).toMatch(
      /^tree: serial of 2 layers needs a list of 2 params\. Got 1\./,
    )
    expect(messageOf(() => net.apply([{ w: x }, null], x))).toMatch(
      /^tree: Dense needs params \{ w, b \}\. Got \{ w \}\./,
    )
    expect(messageOf(() => net.apply(null, x))).toMatch(/^tree: /)
  })

  test('branches that do not fit', () => {
    const uneven = serial(FanOut(2), parallel(Dense(3), Dense(4)), FanInSum())
    expect(messageOf(() => uneven.init(key(0), [-1, 4]))).toMatch(/^shape: FanInSum.*\[-1, 3\], \[-1, 4\]/)
    const three = serial(FanOut(3), parallel(Relu(), Relu()), FanInSum())
    expect(messageOf(() => three.init(key(0), [-1, 4]))).toMatch(
      /parallel of 2 branches needs 2 values\. Got 3\./,
    )
  })
})

test('the nearest name is found through a slip of the finger, and none through a different word', () => {
  expect(editDistance('Relu', 'relu')).toBe(0)
  expect(editDistance('wStd', 'wSdt')).toBe(1)
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(nearest('Denes', layerNames())).toBe('Dense')
  expect(nearest('Convolution', layerNames())).toBeUndefined()
  expect(NtkError.isInstance(new NtkError('spec', { what: '' }))).toBe(true)
})

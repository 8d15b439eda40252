import { kernelFn } from '@ntk/kernels-analytic'
import {
  Dense,
  DotGeneral,
  Dropout,
  Erf,
  FanInSum,
  FanOut,
  Identity,
  type Layer,
  LayerNorm,
  parallel,
  Relu,
  repeat,
  serial,
} from '@ntk/stax'
import { slice, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  critical,
  criticalLine,
  type DepthLayer,
  type LayerVariant,
  meanField,
  pairsByDepth,
} from '../../src/index.js'

/** Three inputs with x·x = features, and their correlations. */
const x = tensor([
  [Math.SQRT2, 0],
  [1, 1],
  [-0.6 * Math.SQRT2, 0.8 * Math.SQRT2],
])
const c0 = [Math.SQRT1_2, -0.6, Math.SQRT1_2 * 0.2]
const places = [
  [1, 0],
  [2, 0],
  [2, 1],
] as const

/** The layer as @ntk/stax has it. */
function block(activation: Layer, { wStd, bStd, residual, layerNorm, keep = 1 }: DepthLayer): Layer {
  const branch = serial(activation, ...(keep < 1 ? [Dropout(keep)] : []), Dense(1, { wStd, bStd }))
  const norm = layerNorm === true ? [LayerNorm({ epsilon: 0 })] : []
  return residual === true
    ? serial(...norm, FanOut(2), parallel(Identity(), branch), FanInSum())
    : typeof residual === 'number'
      ? serial(...norm, FanOut(2), parallel(DotGeneral({ rhs: residual }), branch), FanInSum())
      : serial(...norm, branch)
}

const relative = (got: number, want: number): number => Math.abs(got - want) / Math.max(1e-3, Math.abs(want))
const at = (t: Tensor, ...index: number[]): number => slice(t, ...index).item()

const stds = { wStd: 1.3, bStd: 0.2 }
const variants: readonly (readonly [string, DepthLayer])[] = [
  ['residual', { ...stds, residual: true }],
  ['layer norm', { ...stds, layerNorm: true }],
  ['dropout', { ...stds, keep: 0.8 }],
  ['residual behind layer norm', { ...stds, residual: true, layerNorm: true }],
  ['residual with dropout', { ...stds, wStd: 0.8, residual: true, keep: 0.7 }],
  ['half residual', { ...stds, residual: 0.5 }],
  ['partly residual behind layer norm with dropout', { ...stds, residual: 0.8, layerNorm: true, keep: 0.8 }],
  ['all of them', { ...stds, residual: true, layerNorm: true, keep: 0.9 }],
]

describe.each([
  ['Erf', Erf()],
  ['Relu', Relu()],
] as const)('%s', (_, activation) => {
  test.each(variants)('%s: covariances and NTK are those of the layers themselves', async (_, options) => {
    const { q, c, ntk, ntkPair } = pairsByDepth(activation, { ...options, depth: 24, c0 })
    for (const depth of [1, 2, 7, 24]) {
      const net = serial(
        Dense(1, { wStd: options.wStd, bStd: options.bStd }),
        repeat(block(activation, options), depth),
      )
      const real = await kernelFn(net)(x, null, { get: ['nngp', 'ntk'] })
      expect(relative(at(q, depth), at(real.nngp, 1, 1))).toBeLessThan(1e-10)
      expect(relative(at(ntk, depth), at(real.ntk, 1, 1))).toBeLessThan(1e-10)
      places.forEach(([i, j], pair) => {
        const correlation = at(real.nngp, i, j) / at(real.nngp, 1, 1)
        expect(relative(at(c, depth, pair), correlation)).toBeLessThan(1e-10)
        expect(relative(at(ntkPair, depth, pair), at(real.ntk, i, j))).toBeLessThan(1e-10)
      })
    }
  })
})

/** How far correlations come to c* with each layer, from two depths. */
function approach(c: Tensor, cStar: number, depths: readonly [number, number]): number {
  const [a, b] = depths.map((l) => Math.abs(at(c, l) - cStar)) as [number, number]
  return (b / a) ** (1 / (depths[1] - depths[0]))
}

describe('fixed points', () => {
  test.each<['chaotic' | 'ordered', DepthLayer]>([
    ['chaotic', { wStd: 1.8, bStd: 0.2, layerNorm: true }],
    ['ordered', { wStd: 1.2, bStd: 0.5, layerNorm: true }],
    ['chaotic', { wStd: 2.2, bStd: 0.1, layerNorm: true, residual: true }],
    ['ordered', { wStd: 0.9, bStd: 0.4, keep: 0.8 }],
    ['chaotic', { wStd: 2.5, bStd: 0.3, keep: 0.8 }],
    ['ordered', { wStd: 1, bStd: 0.6, layerNorm: true, residual: true, keep: 0.9 }],
    ['chaotic', { wStd: 1.5, bStd: 0.3, residual: 0.7 }],
    ['ordered', { wStd: 0.5, bStd: 0.3, residual: 0.7, keep: 0.9 }],
  ])('%s, %j: deep layers are there, and came there by χ_c', (phase, options) => {
    const field = meanField(Erf(), options)
    expect(field.phase).toBe(phase)
    expect(field.growth).toBe(1)
    const { q, c, ntk, ntkPair } = pairsByDepth(Erf(), { ...options, depth: 400, c0: 0.3 })
    expect(relative(at(q, 400), field.qStar)).toBeLessThan(1e-12)
    expect(Math.abs(at(c, 400) - field.cStar)).toBeLessThan(1e-9)
    // Far enough down for the slope to be that at c*, and not so far that rounding is left.
    const scale = Math.min(field.xiC, 20)
    const depths = [Math.round(4 * scale), Math.round(8 * scale)] as const
    expect(Math.abs(approach(c, field.cStar, depths) / field.chiC - 1)).toBeLessThan(0.01)
    // The NTK of the pair has the fixed point of p = k − passing + χ p.
    const passing = Number(options.residual ?? false) ** 2 * (options.layerNorm ? 1 : field.qStar)
    const pair = (field.cStar * (field.qStar - passing)) / (1 - field.chiC)
    expect(relative(at(ntkPair, 400), pair)).toBeLessThan(1e-6)
    const grows = at(ntk, 400) / at(ntk, 399)
    if (phase === 'chaotic') expect(relative(grows, field.chi1)).toBeLessThan(1e-6)
    else expect(relative(at(ntk, 400), (field.qStar - passing) / (1 - field.chi1))).toBeLessThan(1e-6)
  })

  test('dropout moves c* below 1 in every phase, and with it how deep signals go', () => {
    const options = { wStd: 0.9, bStd: 0.4 }
    const without = meanField('Erf', options)
    const shares = [0.999, 0.9, 0.5]
    const fields = shares.map((keep) => meanField('Erf', { ...options, keep }))
    expect(without.cStar).toBe(1)
    const stars = [1, ...fields.map((field) => field.cStar)]
    stars.slice(1).forEach((star, i) => {
      expect(star).toBeLessThan(stars[i] as number)
    })
    // A weight of 1/keep: what is of one input is as with wStd / √keep.
    fields.forEach((field, i) => {
      const same = meanField('Erf', { ...options, wStd: options.wStd / Math.sqrt(shares[i] as number) })
      expect(relative(field.qStar, same.qStar)).toBeLessThan(1e-13)
      expect(relative(field.chi1, same.chi1)).toBeLessThan(1e-13)
    })
  })

  test('residual layers of ReLU grow by 1 + σ_w²/2 with each layer and stay critical; those of erf grow by no factor', () => {
    expect(meanField('Relu', { wStd: 0.7, bStd: 0.1, residual: true })).toMatchObject({
      phase: 'critical',
      qStar: Number.POSITIVE_INFINITY,
      growth: expect.closeTo(1 + 0.7 ** 2 / 2, 13),
      cStar: 1,
    })
    expect(() => meanField('Erf', { residual: true })).toThrow(/grow more slowly.*layerNorm: true/)
    expect(meanField('Erf', { residual: true, layerNorm: true }).phase).toBe('chaotic')
    expect(meanField('Relu', { wStd: 9, layerNorm: true }).phase).toBe('critical')
  })
})

test('critical points of layers with dropout, behind layer norm and residual are critical', () => {
  for (const options of [
    { keep: 0.8 },
    { layerNorm: true },
    { layerNorm: true, residual: true, keep: 0.7 },
    { residual: 0.6 },
    { residual: 0.6, keep: 0.9 },
    { layerNorm: true, residual: 0.6 },
  ]) {
    const { wStd, bStd, qStar } = critical('Erf', { bStd: 0.3, ...options })
    const field = meanField('Erf', { wStd, bStd, ...options })
    expect(field.phase).toBe('critical')
    expect(relative(field.qStar, qStar)).toBeLessThan(1e-12)
  }
  expect(() => critical('Relu', { layerNorm: true })).toThrow(/critical with any wStd/)
  expect(() => critical('Erf', { layerNorm: true })).toThrow(/no critical point with these biases/)
  expect(() => critical('Relu', { residual: true })).toThrow(/layerNorm: true/)
  expect(() => criticalLine('Erf', { q: [1], residual: true })).toThrow(/layerNorm: true/)
})

test('points of the critical line are critical, in every variant that has one', () => {
  const variants: readonly LayerVariant[] = [
    { keep: 0.8 },
    { residual: 0.6 },
    { residual: 0.6, keep: 0.7 },
    { layerNorm: true },
    { layerNorm: true, residual: true },
    { layerNorm: true, residual: 0.5, keep: 0.8 },
  ]
  for (const variant of variants) {
    for (const { wStd, bStd, qStar } of criticalLine('Tanh', { q: [1.2, 3], ...variant })) {
      const field = meanField('Tanh', { wStd, bStd, q: qStar, ...variant })
      expect(Math.abs(field.chi1 - 1)).toBeLessThan(1e-9)
      expect(relative(field.qStar, qStar)).toBeLessThan(1e-9)
      const same = critical('Tanh', { bStd, ...variant })
      expect(relative(same.wStd, wStd)).toBeLessThan(1e-8)
    }
  }
  // what comes in alone has that variance: the branch has none left
  const [none] = criticalLine('Tanh', { q: [0.2], layerNorm: true, residual: 0.5 })
  expect(none).toEqual({ wStd: Number.NaN, bStd: Number.NaN, qStar: 0.2 })
})

test('residual layers that add a part of what comes in: ReLU grows, stays or falls to where biases hold it', () => {
  expect(meanField('Relu', { wStd: 1.3, residual: 0.8 })).toMatchObject({
    growth: expect.closeTo(0.64 + 1.3 ** 2 / 2, 13),
    phase: 'critical',
  })
  const still = critical('Relu', { residual: 0.8 })
  expect(still.wStd).toBeCloseTo(Math.sqrt(2 * 0.36), 12)
  expect(meanField('Relu', { wStd: still.wStd, residual: 0.8, q: 3 })).toMatchObject({
    growth: 1,
    qStar: expect.closeTo(3, 7),
  })
  const field = meanField('Relu', { wStd: 0.5, bStd: 0.4, residual: 0.8 })
  expect(field.qStar).toBeCloseTo(0.16 / (1 - 0.64 - 0.125), 12)
  expect(() => meanField('Relu', { wStd: still.wStd, bStd: 0.4, residual: 0.8 })).toThrow(/no fixed point/)
})

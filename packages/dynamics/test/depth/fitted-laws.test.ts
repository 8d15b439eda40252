/**
 * Xiao et al. 2020, Table 1 and Section 6.5: each law as a number that is fitted to NTKs at depth, with an error bar, beside theory. The
 * error bar is how far the number still moves when depths are doubled; theory must be within two of it, and it must be small.
 */
import { kernelFn } from '@ntk/kernels-analytic'
import {
  Conv,
  Dense,
  Dropout,
  Erf,
  GlobalAvgPool,
  type Layer,
  LayerNorm,
  Relu,
  repeat,
  serial,
} from '@ntk/stax'
import {
  eigh,
  key,
  matmul,
  normal,
  slice,
  solve,
  sub,
  type Tensor,
  tensor,
  tensorFromData,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { critical, type DepthLawsOptions, depthLaws, pairsByDepth } from '../../src/index.js'

const m = 12
const unseen = 3

/** Correlations of m + 3 inputs of one norm, by pair (i, j), j < i. */
const inputs = normal(key(5), [m + unseen, 6]).toNested() as number[][]
const norm = (v: readonly number[]): number => Math.hypot(...v)
const c0 = inputs.flatMap((a, i) =>
  inputs.slice(0, i).map((b) => a.reduce((sum, v, k) => sum + v * (b[k] as number), 0) / norm(a) / norm(b)),
)

type Stds = Omit<DepthLawsOptions, 'samples'>

/** NTKs of all inputs at all depths up to one, [m + 3, m + 3] each; starting at the variance q* so that it stays. */
function ntks(activation: string, options: Stds, depth: number): (l: number) => Tensor {
  const { q = 1, ...layer } = options
  const [wVar, bVar] = [(layer.wStd ?? 1) ** 2, (layer.bStd ?? 0) ** 2]
  const { ntk, ntkPair } = pairsByDepth(activation, { ...layer, depth, c0, q0: (q - bVar) / wVar })
  const [own, pairs] = [ntk.dataSync(), ntkPair.dataSync()]
  const n = m + unseen
  return (l) => {
    const at = (i: number, j: number): number =>
      i === j
        ? (own[l] as number)
        : (pairs[l * c0.length + (Math.max(i, j) * (Math.max(i, j) - 1)) / 2 + Math.min(i, j)] as number)
    return tensorFromData(
      new Float64Array(n * n).map((_, k) => at(Math.floor(k / n), k % n)),
      [n, n],
    )
  }
}

/** λ_max / λ_min of the first m. */
function kappa(kernel: Tensor): number {
  const values = eigh(slice(kernel, [0, m], [0, m])).values.dataSync()
  return (values[m - 1] as number) / (values[0] as number)
}

interface Fitted {
  readonly value: number
  readonly error: number
}

/** The limit of a + b/l. */
function limit(of: (l: number) => number, l: number): Fitted {
  const [a, b, c] = [of(l), of(2 * l), of(4 * l)]
  const value = 2 * c - b
  return { value, error: Math.abs(value - (2 * b - a)) }
}

/** The slope r of log f = r l + β log l + ..., whose power of l cancels between depths that double. */
function slope(of: (l: number) => number, l: number): Fitted {
  const [a, b, c, d] = [l, 2 * l, 4 * l, 8 * l].map((at) => Math.log(Math.abs(of(at)))) as Four
  const value = (d - c - (c - b)) / (2 * l)
  return { value, error: Math.abs(value - (c - b - (b - a)) / l) }
}
type Four = [number, number, number, number]

/** The power p of f ~ l^p. */
function power(of: (l: number) => number, l: number): Fitted {
  const [a, b, c] = [l, 2 * l, 4 * l].map((at) => Math.log2(Math.abs(of(at)))) as [number, number, number]
  return { value: c - b, error: Math.abs(c - b - (b - a)) }
}

function agrees({ value, error }: Fitted, theory: number, share: number): void {
  const said = `${value} ± ${error}, theory ${theory}`
  expect(Math.abs(value - theory), said).toBeLessThanOrEqual(2 * error + 1e-9 * Math.abs(theory))
  expect(error, said).toBeLessThanOrEqual(share * Math.abs(theory))
}

const erfCritical = critical('Erf', { bStd: 0.3 })
const edge = { wStd: erfCritical.wStd, bStd: 0.3, q: erfCritical.qStar }
const { qStar: orderedQ } = depthLaws('Erf', { wStd: 0.9, bStd: 0.3, samples: m })
const ordered = { wStd: 0.9, bStd: 0.3, q: orderedQ }
const { qStar: chaoticQ } = depthLaws('Erf', { wStd: 1.7, bStd: 0.3, samples: m })
const chaotic = { wStd: 1.7, bStd: 0.3, q: chaoticQ }

describe('where networks are critical κ comes to', () => {
  // Correlations of ReLU come to 1 like 1/l², those of erf like 1/l with a logarithm.
  test.each<[string, string, Stds, number]>([
    ['(m + 2)/2', 'Erf', edge, (m + 2) / 2],
    ['(m + 3)/3 of ReLU', 'Relu', { wStd: Math.SQRT2, q: 2 }, (m + 3) / 3],
    ['(m + 3)/3 of residual ReLU', 'Relu', { wStd: 1, q: 1, residual: true }, (m + 3) / 3],
    ['(m + 3)/3 of ReLU behind layer norm', 'Relu', { wStd: 1, q: 0.5, layerNorm: true }, (m + 3) / 3],
  ])('%s', (_, activation, options, theory) => {
    expect(depthLaws(activation, { ...options, samples: m }).kappa).toBeCloseTo(theory, 10)
    const at = ntks(activation, options, 1600)
    agrees(
      limit((l) => kappa(at(l)), 400),
      theory,
      0.02,
    )
  })

  test('(d m + 2)/2 with the mean over d positions, of the convolutional network itself', async () => {
    const [samples, d] = [3, 5]
    const affine = { wStd: edge.wStd, bStd: edge.bStd }
    const conv = Conv(1, [3], { ...affine, padding: 'CIRCULAR' })
    const x = normal(key(3), [samples, d, 8])
    const at = new Map<number, number>()
    for (const depth of [100, 200, 400]) {
      const net = serial(repeat(serial(conv, Erf()), depth), GlobalAvgPool(), Dense(1, affine))
      const values = eigh(await kernelFn(net)(x, null, { get: 'ntk' })).values.dataSync()
      at.set(depth, (values[samples - 1] as number) / (values[0] as number))
    }
    const theory = depthLaws('Erf', { ...edge, samples, pixels: d }).kappa
    expect(theory).toBeCloseTo((d * samples + 2) / 2, 10)
    agrees(
      limit((l) => at.get(l) as number, 100),
      theory,
      0.05,
    )
  })

  test.each<[string, Stds, number]>([
    ['Erf', edge, 50],
    ['Relu', { wStd: Math.SQRT2, q: 2 }, 400],
  ])('and the mean predictor of labels whose sum is 0 falls like 1/l with %s', (activation, options, l) => {
    const at = ntks(activation, options, 4 * l)
    agrees(
      power((depth) => predictor(at(depth)), l),
      -1,
      0.02,
    )
  })
})

/** What the mean predictor makes of labels whose sum is 0, at one unseen input. */
function predictor(kernel: Tensor): number {
  const y = tensorFromData(
    new Float64Array(m).map((_, i) => Math.sin(i + 1) - (i === 0 ? sineSum : 0)),
    [m, 1],
  )
  const dual = solve(slice(kernel, [0, m], [0, m]), y)
  // Entries off the diagonal nearly are one number, of which the sum of the dual, 0 but for rounding, must make nothing.
  const across = slice(kernel, [m, m + 1], [0, m])
  return matmul(sub(across, slice(kernel, [0, 1], [1, 2])), dual).item()
}
const sineSum = Array.from({ length: m }, (_, i) => Math.sin(i + 1)).reduce((a, b) => a + b)

test('chaotic: κ comes to 1 by χ_1 a layer, the mean predictor to 0 by χ_c/χ_1', () => {
  const laws = depthLaws('Erf', { ...chaotic, samples: m })
  const at = ntks('Erf', chaotic, 160)
  agrees(
    limit((l) => kappa(at(l)), 40),
    1,
    0.01,
  )
  agrees(
    slope((l) => kappa(at(l)) - 1, 8),
    -Math.log(laws.chi1),
    0.05,
  )
  agrees(
    slope((l) => predictor(at(l)), 5),
    Math.log(laws.predictorDecay),
    0.15,
  )
})

test.each<[string, string, Stds]>([
  ['Erf', 'Erf', ordered],
  ['Relu', 'Relu', { wStd: 1.2, bStd: 0.3, q: 0.09 / (1 - 0.72) }],
  [
    'Erf behind layer norm',
    'Erf',
    {
      wStd: 1,
      bStd: 0.5,
      layerNorm: true,
      q: depthLaws('Erf', { wStd: 1, bStd: 0.5, layerNorm: true, samples: m }).qStar,
    },
  ],
])('ordered: κ of %s grows like χ_1^(−α l)', (_, activation, options) => {
  const laws = depthLaws(activation, { ...options, samples: m })
  expect(laws.phase).toBe('ordered')
  const step = Math.floor((7 * Math.LN10) / Math.log(laws.kappaGrowth) / 8)
  const at = ntks(activation, options, 8 * step)
  agrees(
    slope((l) => kappa(at(l)), step),
    Math.log(laws.kappaGrowth),
    0.15,
  )
})

describe('dropout makes the ordered κ finite', () => {
  test.each<[string, Stds]>([
    ['in all layers', { wStd: 0.9, bStd: 0.3, keep: 0.9 }],
    ['in all layers, behind layer norm', { wStd: 1, bStd: 0.6, layerNorm: true, keep: 0.9 }],
    [
      'in all layers, residual and behind layer norm',
      { wStd: 1, bStd: 0.6, layerNorm: true, residual: true, keep: 0.9 },
    ],
  ])('%s', (_, options) => {
    const laws = depthLaws('Erf', { ...options, samples: m })
    expect(laws.phase).toBe('ordered')
    const at = ntks('Erf', { ...options, q: laws.qStar }, 600)
    expect(Math.abs(kappa(at(600)) / laws.kappa - 1)).toBeLessThan(1e-8)
    const [largest] = [eigh(slice(at(600), [0, m], [0, m])).values.dataSync()[m - 1] as number]
    expect(Math.abs(largest / laws.lambdaMax(600) - 1)).toBeLessThan(1e-8)
    const total = solve(slice(at(600), [0, m], [0, m]), tensorFromData(new Float64Array(m).fill(1), [m, 1]))
    const predicted = matmul(slice(at(600), [m, m + 1], [0, m]), total).item()
    expect(Math.abs(predicted / (m * laws.predictorLimit) - 1)).toBeLessThan(1e-8)
  })

  test.each<[string, Layer[], Stds, number]>([
    ['ordered', [], { wStd: 0.9, bStd: 0.3 }, 1e-8],
    ['ordered behind layer norm', [LayerNorm({ epsilon: 0 })], { wStd: 1, bStd: 0.5, layerNorm: true }, 1e-8],
  ])(
    'a dropout layer before the readout alone, %s, of the network itself',
    async (_, norm, options, tolerance) => {
      const keepLast = 0.8
      const laws = depthLaws('Erf', { ...options, samples: 3, keepLast })
      const dense = Dense(1, { wStd: options.wStd, bStd: options.bStd })
      const body = repeat(serial(...norm, Erf(), dense), 300)
      const net = serial(dense, body, ...norm, Erf(), Dropout(keepLast), dense)
      const x = tensor([
        [Math.SQRT2, 0],
        [1, 1],
        [-1, 1],
      ])
      const values = eigh(await kernelFn(net)(x, null, { get: 'ntk' })).values.dataSync()
      expect(Math.abs((values[2] as number) / (values[0] as number) / laws.kappa - 1)).toBeLessThan(tolerance)
      expect(Math.abs((values[2] as number) / laws.lambdaMax(300) - 1)).toBeLessThan(tolerance)
      expect(Math.abs((values[0] as number) / laws.lambdaBulk(300) - 1)).toBeLessThan(tolerance)
    },
  )

  test('a dropout layer before the readout of a critical network', async () => {
    const [samples, keepLast] = [3, 0.8]
    const laws = depthLaws('Relu', { wStd: Math.SQRT2, samples, keepLast })
    const dense = Dense(1, { wStd: Math.SQRT2 })
    const x = tensor([
      [Math.SQRT2, 0],
      [1, 1],
      [-1, 1],
    ])
    const at = new Map<number, number>()
    for (const depth of [100, 200, 400]) {
      const net = serial(dense, repeat(serial(Relu(), dense), depth), Relu(), Dropout(keepLast), dense)
      const values = eigh(await kernelFn(net)(x, null, { get: 'ntk' })).values.dataSync()
      at.set(depth, (values[samples - 1] as number) / (values[0] as number))
    }
    agrees(
      limit((l) => at.get(l) as number, 100),
      laws.kappa,
      0.02,
    )
  })

  test('no law is made up of what there is none of', () => {
    const options = { wStd: 0.9, bStd: 0.3, samples: m }
    expect(() => depthLaws('Erf', { ...options, keep: 0.9, pixels: 2 })).toThrow(
      /mean over positions beside dropout/,
    )
    expect(() => depthLaws('Erf', { ...options, keep: 0.9, keepLast: 0.5 })).toThrow(/dropout in all layers/)
    expect(() => depthLaws('Erf', { ...options, keepLast: 0.5, residual: true, layerNorm: true })).toThrow(
      /beside residual layers/,
    )
  })
})

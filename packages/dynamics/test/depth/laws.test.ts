import { readFileSync } from 'node:fs'
import { kernelFn } from '@ntk/kernels-analytic'
import { Conv, Dense, Erf, GlobalAvgPool, repeat, serial } from '@ntk/stax'
import { eigh, key, normal } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { critical, depthLaws } from '../../src/index.js'

interface Depth {
  readonly depth: number
  readonly lambdaMax: number
  readonly lambdaSecond: number
  readonly lambdaMin: number
  readonly kappa: number
  readonly meanPredictor: readonly (readonly number[])[]
}

const reference = JSON.parse(readFileSync(new URL('../reference/depth.json', import.meta.url), 'utf8')) as {
  readonly y: readonly (readonly number[])[]
  readonly spectra: readonly {
    readonly name: string
    readonly activation: string
    readonly wVar: number
    readonly bVar: number
    readonly byDepth: readonly Depth[]
  }[]
}
const m = 12

/** Spectra of twelve samples, computed with 50 digits, beside what theory says of them. */
function phase(name: string): { laws: ReturnType<typeof depthLaws>; at: (depth: number) => Depth } {
  const found = reference.spectra.find((one) => one.name === name)
  if (found === undefined) throw new Error(name)
  const { activation, wVar, bVar, byDepth } = found
  const layer = activation === 'erf' ? 'Erf' : 'Relu'
  const bStd = bVar === 0 ? null : Math.sqrt(bVar)
  // The first layer's variance, x·x / features being 1.
  const q = wVar + bVar
  return {
    laws: depthLaws(layer, { wStd: Math.sqrt(wVar), bStd, q, samples: m }),
    at: (depth) => byDepth.find((one) => one.depth === depth) as Depth,
  }
}

/** The limit of a + b/l from its values at l and 2l. */
const limitOf = (atL: number, atTwice: number): number => 2 * atTwice - atL

describe('NTK spectra far down are those of Table 1 of Xiao et al. 2020', () => {
  test.each([
    ['critical', (m + 2) / 2, 1],
    ['critical ReLU', (m + 3) / 3, 1 / 2],
  ])('%s: κ, and eigenvalues that grow like the depth', (name, kappa, alpha) => {
    const { laws, at } = phase(name)
    expect(laws.phase).toBe('critical')
    expect(laws.alpha).toBe(alpha)
    expect(laws.kappa).toBeCloseTo(kappa, 12)
    expect(Math.abs(limitOf(at(80).kappa, at(160).kappa) / kappa - 1)).toBeLessThan(0.02)
    // Of a + b l differences of depths know the slope. The others are not equal yet: the middle between the ends.
    const slope = (of: (l: number) => number): number => (of(160) - of(80)) / 80
    const middle = (l: number): number => (at(l).lambdaSecond + at(l).lambdaMin) / 2
    expect(Math.abs(slope((l) => at(l).lambdaMax) / slope(laws.lambdaMax) - 1)).toBeLessThan(0.02)
    expect(Math.abs(slope(middle) / slope(laws.lambdaBulk) - 1)).toBeLessThan(0.02)
  })

  test('critical: the mean predictor comes to a share of the sum of the labels, like 1/l', () => {
    const { laws, at } = phase('critical ReLU')
    const labels = reference.y.reduce((sum, row) => sum.map((v, i) => v + (row[i] as number)), [0, 0])
    for (const row of [0, 1, 2]) {
      const want = labels.map((v) => v * laws.predictorLimit)
      const last = want.map((_, i) =>
        limitOf(at(80).meanPredictor[row]?.[i] as number, at(160).meanPredictor[row]?.[i] as number),
      )
      last.forEach((v, i) => {
        expect(Math.abs(v - (want[i] as number))).toBeLessThan(0.02 * Math.hypot(...want))
      })
    }
  })

  test('chaotic: κ goes to 1 and the mean predictor falls by χ_c / χ_1 with each layer', () => {
    const { laws, at } = phase('chaotic')
    expect(laws.phase).toBe('chaotic')
    expect(Math.abs(at(160).kappa - laws.kappa)).toBeLessThan(1e-9)
    const growth = Math.log(at(160).lambdaMax / at(80).lambdaMax)
    expect(Math.abs(growth / Math.log(laws.lambdaMax(160) / laws.lambdaMax(80)) - 1)).toBeLessThan(1e-3)
    const rateOf = (of: (l: number) => number, l: number): number => Math.log(of(2 * l) / of(l)) / l
    const whole = (l: number): number => Math.hypot(...at(l).meanPredictor.flat())
    expect(Math.abs(rateOf(whole, 80) / Math.log(laws.sumDecay) - 1)).toBeLessThan(1e-3)
    // Between two inputs what the sum of the labels gives is the same. The rest goes like l times decay^l.
    const between = (l: number): number => {
      const [a = [], b = []] = at(l).meanPredictor
      return Math.hypot(...a.map((v, i) => v - (b[i] as number))) / l
    }
    expect(Math.abs(rateOf(between, 20) / Math.log(laws.predictorDecay) - 1)).toBeLessThan(0.05)
  })

  test.each(['ordered', 'ordered ReLU'])('%s: κ grows like χ_1^(−α l)', (name) => {
    const { laws, at } = phase(name)
    expect(laws.phase).toBe('ordered')
    const rise = (l: number): number => Math.log(at(2 * l).kappa / at(l).kappa)
    const rate = (rise(80) - rise(40)) / 40
    expect(Math.abs(rate / Math.log(laws.kappaGrowth) - 1)).toBeLessThan(0.02)
    expect(Math.abs(at(160).lambdaMax / laws.lambdaMax(160) - 1)).toBeLessThan(1e-6)
  })
})

test('pooling over d positions leaves κ → (d m + 2) / 2', async () => {
  const [samples, d] = [3, 6]
  const stds = critical(Erf(), { bStd: 0.3 })
  const affine = { wStd: stds.wStd, bStd: stds.bStd }
  const conv = Conv(1, [3], { ...affine, padding: 'CIRCULAR' })
  const x = normal(key(3), [samples, d, 8])
  const kappaAt = async (depth: number): Promise<number> => {
    const net = serial(repeat(serial(conv, Erf()), depth), GlobalAvgPool(), Dense(1, affine))
    const values = eigh(await kernelFn(net)(x, null, { get: 'ntk' })).values.dataSync()
    const sorted = [...values].sort((a, b) => a - b)
    return (sorted.at(-1) as number) / (sorted[0] as number)
  }
  const laws = depthLaws(Erf(), { ...affine, samples, pixels: d })
  expect(laws.kappa).toBeCloseTo((d * samples + 2) / 2, 10)
  const limit = limitOf(await kappaAt(200), await kappaAt(400))
  expect(Math.abs(limit / laws.kappa - 1)).toBeLessThan(0.02)
})

import type { ResultsOf } from '../../experiment/stage.js'
import type { Mean } from '../../measures/error-bar.js'
import type { NetKind } from './kernels.js'
import { combined, type Doublings, doublingsOf, type Extrapolated, limitOf, powerOf, rateOf } from './laws.js'
import type { PhaseName } from './settings.js'
import type { DepthSetup, Sweep } from './setup.js'
import type { Spectrum } from './spectra.js'
import type { DepthStages } from './stages.js'

/** What is measured over depth, in words that stand in front of what it is of. */
export const measures = {
  kappa: 'limit of the condition number κ',
  ratio: 'limit of λ₁/λ₂',
  kappaRate: 'growth of log κ with a layer',
  excessRate: 'growth of log(κ − 1) with a layer',
  largestLimit: 'limit of the largest eigenvalue',
  largestSlope: 'growth of the largest eigenvalue with a layer',
  largestRate: 'growth of the logarithm of the largest eigenvalue with a layer',
  bulkSlope: 'growth of the mean of the other eigenvalues with a layer',
  bulkRate: 'growth of the logarithm of the mean of the other eigenvalues with a layer',
  predictorRate: 'growth of the logarithm of the mean predictor with a layer',
  predictorPower: 'power of the depth with which the mean predictor goes',
} as const

export type MeasureName = keyof typeof measures

/** A law of depth as measured, and as theory has it. */
export interface Law extends Mean {
  readonly phase: PhaseName
  readonly kind: NetKind
  readonly m: number
  readonly measure: MeasureName
  readonly theory: number
}

/** A curve over depth: geometric means over draws. */
export interface DepthCurve {
  readonly phase: PhaseName
  readonly kind: NetKind
  readonly m: number
  readonly points: readonly {
    readonly depth: number
    readonly kappa: number
    readonly ratio: number
    readonly predictor: number
  }[]
}

export interface DepthNumbers {
  readonly laws: readonly Law[]
  readonly curves: readonly DepthCurve[]
}

export function depthNumbers({ sweeps: outputs }: ResultsOf<DepthStages>, setup: DepthSetup): DepthNumbers {
  const { config, kinds, sweeps } = setup
  const each = sweeps.flatMap((sweep) =>
    kinds
      .filter((kind) => kind.startsWith(sweep.family))
      .flatMap((kind) => config.samples.map((m) => ({ sweep, kind, m }))),
  )
  const drawsOf = ({ sweep, kind, m }: (typeof each)[number]): Spectrum[][] =>
    outputs.flatMap(({ values }) =>
      values.phase === sweep.phase.phase && values.family === sweep.family
        ? values.spectra.filter((one) => one.kind === kind && one.m === m).map(({ byDepth }) => [...byDepth])
        : [],
    )
  return {
    laws: each.flatMap((one) => lawsOf(one.sweep, one.kind, one.m, setup, drawsOf(one))),
    curves: each.map((one) => ({
      phase: one.sweep.phase.phase,
      kind: one.kind,
      m: one.m,
      points: pointsOf(one.sweep.depths, drawsOf(one)),
    })),
  }
}

function pointsOf(depths: readonly number[], draws: readonly Spectrum[][]): DepthCurve['points'] {
  const mean = (depth: number, of: (spectrum: Spectrum) => number): number => {
    const values = draws.flatMap((byDepth) => byDepth.filter((one) => one.depth === depth).map(of))
    return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
  }
  return depths.map((depth) => ({
    depth,
    kappa: mean(depth, ({ largest, smallest }) => largest / smallest),
    ratio: mean(depth, ({ largest, second }) => largest / second),
    predictor: mean(depth, ({ predictor }) => predictor),
  }))
}

type Read = (spectrum: Spectrum) => number

const kappaOf: Read = ({ largest, smallest }) => largest / smallest
const logOf =
  (read: Read): Read =>
  (spectrum) =>
    Math.log(read(spectrum))

/** Each measure of a phase: what is read at depths that double, how it goes on, and what theory says. */
function lawsOf(
  { phase: { phase, laws }, step, farStep }: Sweep,
  kind: NetKind,
  m: number,
  { pixels }: DepthSetup,
  draws: readonly Spectrum[][],
): Law[] {
  const theory = laws(m, kind === 'CNN-P' ? pixels : 1)
  const law = (
    measure: MeasureName,
    read: Read,
    how: (at: Doublings) => Extrapolated,
    value: number,
    from: number = step,
  ): Law => {
    const each = draws.map((byDepth) => {
      const at = (depth: number): number => {
        const spectrum = byDepth.find((one) => one.depth === depth)
        return spectrum === undefined ? Number.NaN : read(spectrum)
      }
      const [a, b, c, d] = doublingsOf(from)
      return how([at(a), at(b), at(c), at(d)])
    })
    return { phase, kind, m, measure, theory: value, ...combined(each) }
  }
  const rate = (at: Doublings): Extrapolated => rateOf(at, step)
  const farRate = (at: Doublings): Extrapolated => rateOf(at, farStep)
  // λ ~ a l + b log l + c: doublings of λ/l have the limit a.
  const slope = ([a, b, c, d]: Doublings): Extrapolated =>
    limitOf([a / step, b / (2 * step), c / (4 * step), d / (8 * step)])
  if (phase === 'critical') {
    return [
      law('kappa', kappaOf, limitOf, theory.kappa),
      law('ratio', ({ largest, second }) => largest / second, limitOf, theory.kappa),
      law('largestSlope', ({ largest }) => largest, slope, theory.lambdaMax(1)),
      law('bulkSlope', ({ bulk }) => bulk, slope, theory.lambdaBulk(1)),
      law(
        'predictorPower',
        logOf(({ predictor }) => predictor),
        powerOf,
        -1,
      ),
    ]
  }
  if (phase === 'chaotic') {
    const growth = Math.log(theory.chi1)
    return [
      law('kappa', kappaOf, ([, , c, d]) => ({ value: d, before: c }), theory.kappa, farStep),
      law(
        'excessRate',
        logOf((one) => kappaOf(one) - 1),
        rate,
        -growth,
      ),
      law(
        'largestRate',
        logOf(({ largest }) => largest),
        farRate,
        growth,
        farStep,
      ),
      law(
        'bulkRate',
        logOf(({ bulk }) => bulk),
        farRate,
        growth,
        farStep,
      ),
      law(
        'predictorRate',
        logOf(({ predictor }) => predictor),
        farRate,
        Math.log(theory.predictorDecay),
        farStep,
      ),
    ]
  }
  const growth = Math.log(theory.kappaGrowth)
  return [
    law('kappaRate', logOf(kappaOf), rate, growth),
    law(
      'largestLimit',
      ({ largest }) => largest,
      ([, , c, d]) => ({ value: d, before: c }),
      theory.lambdaMax(1),
    ),
    law(
      'bulkRate',
      logOf(({ bulk }) => bulk),
      rate,
      -growth,
    ),
    law(
      'predictorPower',
      logOf(({ predictor }) => predictor),
      powerOf,
      0,
    ),
  ]
}

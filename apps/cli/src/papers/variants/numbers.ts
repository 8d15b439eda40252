import type { ResultsOf } from '../../experiment/stage.js'
import type { Mean } from '../../measures/error-bar.js'
import { geometric } from '../common.js'
import {
  combined,
  type Doublings,
  doublingsOf,
  type Extrapolated,
  limitOf,
  powerOf,
  rateOf,
} from '../depth/laws.js'
import type { Spectrum } from '../depth/spectra.js'
import type { VariantSetup, VariantStages } from './stages.js'

/** What is measured over depth; each has its theory by `depthLaws`. */
export const variantMeasures = {
  limit: 'limit of the condition number κ',
  criticalLimit: 'limit of the condition number κ',
  growth: 'growth of log κ with a layer',
  largestRate: 'growth of the logarithm of the largest eigenvalue with a layer',
  largestSlope: 'growth of the largest eigenvalue with a layer',
  predictorPower: 'power of the depth with which the mean predictor goes',
} as const

export type VariantMeasure = keyof typeof variantMeasures

export interface VariantLaw extends Mean {
  readonly name: string
  readonly title: string
  readonly m: number
  readonly measure: VariantMeasure
  readonly theory: number
}

export interface VariantNumbers {
  readonly laws: readonly VariantLaw[]
  readonly curves: readonly {
    readonly title: string
    readonly m: number
    readonly theory: number
    readonly points: readonly { readonly depth: number; readonly kappa: number; readonly largest: number }[]
  }[]
}

const kappaOf = ({ largest, smallest }: Spectrum): number => largest / smallest

export function variantNumbers(
  { cases: outputs }: ResultsOf<VariantStages>,
  { config, cases, step, growthStep, depths }: VariantSetup,
): VariantNumbers {
  const each = cases.flatMap((one) =>
    config.samples.map((m) => ({
      one,
      m,
      laws: one.laws(m),
      draws: outputs
        .filter(({ values }) => values.name === one.name)
        .flatMap(({ values }) =>
          values.spectra.filter((spectra) => spectra.m === m).map(({ byDepth }) => byDepth),
        ),
    })),
  )
  return {
    laws: each.flatMap(({ one, m, laws, draws }) => {
      const law = (
        measure: VariantMeasure,
        theory: number,
        read: (spectrum: Spectrum) => number,
        how: (at: Doublings) => Extrapolated,
        from: number = step,
      ): VariantLaw => {
        const found = draws.map((byDepth) => {
          const at = (depth: number): number => {
            const spectrum = byDepth.find((other) => other.depth === depth)
            return spectrum === undefined ? Number.NaN : read(spectrum)
          }
          const [a, b, c, d] = doublingsOf(from)
          return how([at(a), at(b), at(c), at(d)])
        })
        return { name: one.name, title: one.title, m, measure, theory, ...combined(found) }
      }
      // Of what goes as growth^l l, less its l.
      const straight = ([, b, c, d]: Doublings): Extrapolated => ({
        value: (d - c) / (4 * step),
        before: (c - b) / (2 * step),
      })
      const growth = (at: Doublings): Extrapolated => rateOf(at, growthStep)
      if (laws.phase !== 'critical') {
        return Number.isFinite(laws.kappa)
          ? [law('limit', laws.kappa, kappaOf, ([, , c, d]) => ({ value: d, before: c }))]
          : [
              law(
                'growth',
                Math.log(laws.kappaGrowth),
                (spectrum) => Math.log(kappaOf(spectrum)),
                growth,
                growthStep,
              ),
            ]
      }
      const slope = ([a, b, c, d]: Doublings): Extrapolated =>
        limitOf([a / step, b / (2 * step), c / (4 * step), d / (8 * step)])
      return [
        law('criticalLimit', laws.kappa, kappaOf, limitOf),
        laws.growth === 1
          ? law('largestSlope', laws.lambdaMax(1), ({ largest }) => largest, slope)
          : law(
              'largestRate',
              Math.log(laws.growth),
              ({ largest, depth }) => Math.log(largest / depth),
              straight,
            ),
        law('predictorPower', -1, ({ predictor }) => Math.log(predictor), powerOf),
      ]
    }),
    curves: each.map(({ one, m, laws, draws }) => ({
      title: one.title,
      m,
      theory: laws.kappa,
      points: depths.map((depth) => {
        const at = draws.flatMap((byDepth) => byDepth.filter((spectrum) => spectrum.depth === depth))
        return {
          depth,
          kappa: geometric(at.map(kappaOf)),
          largest: geometric(at.map(({ largest }) => largest)),
        }
      }),
    })),
  }
}

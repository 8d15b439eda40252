import { foldIn, key, normal, type Tensor } from '@ntk/tensor'
import { type Done, defineExperiment, type FindingDefinition } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { type ResultsOf, type Stage, stage } from '../experiment/stage.js'
import { kinds as colours, guideStyle, panelsFigure } from '../figures/panels.js'
import type { Mean } from '../measures/error-bar.js'
import { whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { geometric, type PaperSettings, paperSettings, xiao2020 } from './common.js'
import { combined, type Extrapolated } from './depth/laws.js'
import { type Spectrum, spectrumOf } from './depth/spectra.js'
import { labelsOf } from './depth/stages.js'

interface RbfConfig extends PaperSettings {
  samples: number
  test: number
  labels: number
  features: number
  levels: number
  repeats: number
}

/** Kernels exp(−|x − x'|²/h) of one draw of inputs: wide ones, h = 2^l, and narrow ones, h = 1/l. */
interface RbfOutput {
  readonly values: {
    /** By l from 1 on; `depth` is l. */
    readonly wide: readonly Spectrum[]
    readonly narrow: readonly Spectrum[]
    /** The smallest squared distance of two training inputs. */
    readonly nearest: number
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

type RbfStages = { readonly draws: readonly Stage<RbfOutput>[] }

/** What is measured, and what Section 5 says. */
const laws = {
  kappaRate: ['growth of log κ with l, h = 2^l', Math.LN2, 0.01],
  bulkRate: ['growth of the logarithm of the mean of the other eigenvalues with l, h = 2^l', -Math.LN2, 0.01],
  largest: ['largest eigenvalue over m, h = 2^l', 1, 0.01],
  predictorRate: ['growth of the logarithm of the mean predictor with l, h = 2^l', 0, 0.01],
  kappa: ['κ, h = 1/l', 1, 0.01],
  excessRate: ['growth of log(κ − 1) with l over the smallest squared distance, h = 1/l', -1, 0.1],
} as const

type LawName = keyof typeof laws

interface RbfNumbers {
  readonly laws: Readonly<Record<LawName, Mean>>
  readonly curves: readonly {
    readonly l: number
    readonly wide: number
    readonly narrow: number
    readonly widePredictor: number
    readonly narrowPredictor: number
  }[]
}

type RbfDone = Done<RbfConfig, ResultsOf<RbfStages>, RbfNumbers>

function drawStage(config: RbfConfig, repeat: number): Stage<RbfOutput> {
  const { samples: m, test, labels, features, levels, seed } = config
  const n = m + test
  return stage({
    name: `draw-${repeat}`,
    title: 'kernels of all bandwidths',
    seconds: 0.02 + levels * (1e-3 + n ** 3 * 3e-8),
    async run() {
      const own = foldIn(key(seed), repeat)
      const x = normal(foldIn(own, 0), [n, features]).dataSync()
      // |x − x'|² of order 1.
      const distances = new Float64Array(n * n)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < features; k++)
            distances[i * n + j] =
              (distances[i * n + j] as number) +
              ((x[i * features + k] as number) - (x[j * features + k] as number)) ** 2 / (2 * features)
      const y = labelsOf(normal(foldIn(own, 1), [m, labels]))
      const at = (l: number, h: number): Spectrum =>
        spectrumOf(
          distances.map((distance) => Math.exp(-distance / h)),
          n,
          { m, test: m, labels: y, depth: l },
        )
      const ls = Array.from({ length: levels }, (_, i) => i + 1)
      let nearest = Number.POSITIVE_INFINITY
      for (let i = 0; i < m; i++)
        for (let j = 0; j < i; j++) nearest = Math.min(nearest, distances[i * n + j] as number)
      return {
        values: { wide: ls.map((l) => at(l, 2 ** l)), narrow: ls.map((l) => at(l, 1 / l)), nearest },
        arrays: {},
      }
    },
  })
}

const kappaOf = ({ largest, smallest }: Spectrum): number => largest / smallest

function numbersOf({ draws }: ResultsOf<RbfStages>, { levels, samples: m }: RbfConfig): RbfNumbers {
  const half = Math.floor(levels / 2)
  const quarter = Math.floor(levels / 4)
  type Read = (spectrum: Spectrum, values: RbfOutput['values']) => number
  const each = (
    which: 'wide' | 'narrow',
    how: (read: (l: number) => number) => Extrapolated,
    read: Read,
  ): Mean =>
    combined(
      draws.map(({ values }) =>
        how((l) => {
          const spectrum = values[which][l - 1]
          return spectrum === undefined ? Number.NaN : read(spectrum, values)
        }),
      ),
    )
  const slope = (read: (l: number) => number): Extrapolated => ({
    value: (read(levels) - read(half)) / (levels - half),
    before: (read(half) - read(quarter)) / (half - quarter),
  })
  const last = (read: (l: number) => number): Extrapolated => ({
    value: read(levels),
    before: read(levels - 1),
  })
  const log =
    (read: Read): Read =>
    (spectrum, values) =>
      Math.log(read(spectrum, values))
  return {
    laws: {
      kappaRate: each('wide', slope, log(kappaOf)),
      bulkRate: each(
        'wide',
        slope,
        log(({ bulk }) => bulk),
      ),
      largest: each('wide', last, ({ largest }) => largest / m),
      predictorRate: each(
        'wide',
        slope,
        log(({ predictor }) => predictor),
      ),
      kappa: each('narrow', last, kappaOf),
      excessRate: each('narrow', slope, (spectrum, { nearest }) => Math.log(kappaOf(spectrum) - 1) / nearest),
    },
    curves: Array.from({ length: levels }, (_, i) => {
      const mean = (which: 'wide' | 'narrow', read: (spectrum: Spectrum) => number): number =>
        geometric(draws.flatMap(({ values }) => values[which].slice(i, i + 1).map(read)))
      return {
        l: i + 1,
        wide: mean('wide', kappaOf),
        narrow: mean('narrow', (spectrum) => kappaOf(spectrum) - 1),
        widePredictor: mean('wide', ({ predictor }) => predictor),
        narrowPredictor: mean('narrow', ({ predictor }) => predictor),
      }
    }),
  }
}

const names = Object.keys(laws) as LawName[]

export const xiaoRbf: Runnable = runnable(
  defineExperiment({
    name: 'xiao-rbf',
    summary: 'The toy: kernels exp(−|x − x′|²/h) of wide and of narrow bandwidths are as order and chaos',
    paper: `${xiao2020}, Section 5`,
    settings: group<RbfConfig>({
      samples: setting(whole({ min: 3 }), { help: 'Training inputs, m', default: 20 }),
      test: setting(whole(), { help: 'Inputs that the mean predictor is asked for', default: 6 }),
      labels: setting(whole(), { help: 'Columns of random labels that it is given', default: 8 }),
      features: setting(whole({ min: 2 }), { help: 'Features of an input', default: 256 }),
      levels: setting(whole({ min: 8, max: 36 }), { help: 'l, at most', default: 32 }),
      repeats: setting(whole({ min: 3 }), { help: 'Draws of the inputs, for error bars', default: 20 }),
      ...paperSettings,
    }),
    presets: { quick: { repeats: 6 }, standard: {}, paper: { samples: 100, features: 1024, repeats: 100 } },
    more: 'repeats',
    setup: (config) => config,
    stages: (config): RbfStages => ({
      draws: Array.from({ length: config.repeats }, (_, repeat) => drawStage(config, repeat)),
    }),
    numbers: numbersOf,
    figures: [
      {
        name: 'kappa',
        caption:
          'With h = 2^l all entries come to 1 and κ grows as 2^l, as in order; with h = 1/l those off the diagonal go to 0 and κ comes to 1, as in chaos.',
        draw: ({ setup, numbers }: RbfDone) => {
          const { curves } = numbers
          const ls = curves.map(({ l }) => l)
          const [first] = curves
          const guide = {
            style: guideStyle('2^l'),
            points: ls.map((x) => ({ x, y: (first?.wide ?? 1) * 2 ** (x - 1) })),
          }
          const series = (label: string, i: number, read: (curve: (typeof curves)[number]) => number) => ({
            style: { label, colour: colours[i] ?? '', kind: 'dots' as const, size: 30 },
            points: curves.map((curve) => ({ x: curve.l, y: read(curve) })),
          })
          return panelsFigure(
            [
              { title: 'κ', series: [guide, series('h = 2^l', 0, ({ wide }) => wide)] },
              { title: 'κ − 1', series: [series('h = 1/l', 1, ({ narrow }) => narrow)] },
              {
                title: 'mean predictor',
                series: [
                  series('h = 2^l', 0, ({ widePredictor }) => widePredictor),
                  series('h = 1/l', 1, ({ narrowPredictor }) => narrowPredictor),
                ],
              },
            ],
            {
              title: 'A kernel of one bandwidth, as wide or as narrow as l says',
              subtitle: `${setup.samples} random inputs of ${setup.features} features; geometric means over ${setup.repeats} draws`,
              x: { title: 'l' },
              y: { title: '', log: true },
              shared: false,
            },
          )
        },
      },
    ],
    findings: names.map((name): FindingDefinition<RbfDone> => {
      const [statement, theory, resolution] = laws[name]
      return {
        name: name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`),
        statement,
        note: 'Xiao et al. 2020, Section 5, for no more inputs than features. Error bar: spread over draws, and how much the number still moves from l/2 to l.',
        measure: ({ numbers }) => {
          const { mean, error } = numbers.laws[name]
          return { value: mean, uncertainty: error, theory, resolution }
        },
      }
    }),
    story: ({ setup }, findings) => ({
      headline: `${findings.filter(({ verdict }) => verdict === 'agrees').length} of ${findings.length} laws of the toy are as theory has them`,
      lead: `K(x, x′) = exp(−|x − x′|²/h) of ${setup.samples} random inputs with |x − x′|² about 1. Wide bandwidths, h = 2^l, stand for order, narrow ones, h = 1/l, for chaos. With more inputs than features small eigenvalues would fall as a higher power of h.`,
      facts: [],
    }),
  }),
)

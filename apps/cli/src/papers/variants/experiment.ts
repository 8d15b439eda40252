import type { TopLevelSpec } from 'vega-lite'
import {
  type Done,
  defineExperiment,
  type Experiment,
  type ExperimentHead,
  type FindingDefinition,
} from '../../experiment/experiment.js'
import type { ResultsOf } from '../../experiment/stage.js'
import { kinds as colours, guideStyle, type Panel, panelsFigure } from '../../figures/panels.js'
import { shortNumber } from '../../text/number.js'
import type { Case } from './cases.js'
import {
  type VariantLaw,
  type VariantMeasure,
  type VariantNumbers,
  variantMeasures,
  variantNumbers,
} from './numbers.js'
import type { VariantConfig } from './settings.js'
import { makeVariantSetup, type VariantSetup, type VariantStages, variantStages } from './stages.js'

type VariantDone = Done<VariantSetup, ResultsOf<VariantStages>, VariantNumbers>

const note =
  'Xiao et al. 2020, Section 6.5, by depthLaws of @ntk/dynamics. Error bar: spread over draws of the inputs and labels, and how much the number still moves where depths double.'

/** Limits are told to within 2 %, rates to 5 % or 0.02, powers to 0.1. */
function resolutionOf({ measure, theory }: VariantLaw): number {
  if (measure === 'predictorPower') return 0.1
  return measure.endsWith('imit') || measure === 'largestSlope'
    ? 0.02 * Math.abs(theory)
    : Math.max(0.02, 0.05 * Math.abs(theory))
}

/** Findings by place: the i-th law of a measure, whatever cases the config makes. */
const findingsOf = (most: number): FindingDefinition<VariantDone>[] =>
  (Object.keys(variantMeasures) as VariantMeasure[]).flatMap((measure) =>
    Array.from({ length: most }, (_, place): FindingDefinition<VariantDone> => {
      const lawOf = ({ numbers }: VariantDone): VariantLaw | undefined =>
        numbers.laws.filter((law) => law.measure === measure)[place]
      return {
        name: `${measure.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}-${place + 1}`,
        statement: (done) => {
          const law = lawOf(done)
          return `${variantMeasures[measure]}: ${law?.title}, m = ${law?.m}`
        },
        note,
        measure: (done) => {
          const law = lawOf(done)
          if (law === undefined) return null
          return {
            value: law.mean,
            uncertainty: law.error,
            theory: law.theory,
            resolution: resolutionOf(law),
          }
        },
      }
    }),
  )

function overDepth(
  { setup, numbers }: VariantDone,
  what: 'kappa' | 'largest',
  y: string,
  title: string,
  network: string,
): TopLevelSpec {
  const panels = setup.config.samples.map((m): Panel => {
    const own = numbers.curves.filter((curve) => curve.m === m)
    const depths = own.flatMap(({ points }) => points.map(({ depth }) => depth))
    const ends = [Math.min(...depths), Math.max(...depths)]
    const limits =
      what === 'kappa' ? [...new Set(own.map(({ theory }) => theory))].filter(Number.isFinite) : []
    return {
      title: `m = ${m}`,
      series: [
        ...limits.map((theory) => ({
          style: guideStyle('limit by theory'),
          points: ends.map((x) => ({ x, y: theory })),
        })),
        ...own.flatMap((curve, i) => {
          const colour = colours[i % colours.length] as string
          const points = curve.points.map((point) => ({ x: point.depth, y: point[what] }))
          return [
            { style: { label: '', colour, kind: 'line' as const, size: 1.6 }, points },
            { style: { label: curve.title, colour, kind: 'dots' as const, size: 34 }, points },
          ]
        }),
      ],
    }
  })
  return panelsFigure(panels, {
    title,
    subtitle: `${network}, random inputs, means over ${setup.config.repeats} draws`,
    x: { title: 'depth', log: true },
    y: { title: y, log: true },
  })
}

/** An experiment of spectra over depth of fully connected networks with something beside their activations. */
export function variantExperiment(
  head: ExperimentHead<VariantConfig>,
  {
    cases,
    network,
    caption,
    lead,
  }: {
    readonly cases: (config: VariantConfig) => readonly Case[]
    readonly network: string
    readonly caption: string
    readonly lead: string
  },
): Experiment<VariantConfig, VariantSetup, VariantStages, VariantNumbers> {
  return defineExperiment({
    ...head,
    more: 'repeats',
    setup: (config) => makeVariantSetup(config, cases(config)),
    stages: variantStages,
    numbers: variantNumbers,
    figures: [
      {
        name: 'kappa',
        caption,
        draw: (done) => overDepth(done, 'kappa', 'κ', 'Condition number over depth', network),
      },
      {
        name: 'largest',
        caption:
          'The largest eigenvalue: a straight line of slope 1 grows with the depth, one that bends up exponentially.',
        draw: (done) => overDepth(done, 'largest', 'λ₁', 'Largest eigenvalue over depth', network),
      },
    ],
    findings: findingsOf(12),
    story: ({ setup, numbers }, findings) => {
      const agreeing = findings.filter(({ verdict }) => verdict === 'agrees').length
      return {
        headline: `${agreeing} of ${findings.length} laws of depth are as theory has them`,
        lead,
        facts: setup.cases.map((one) => ({
          label: one.title,
          value: shortNumber(
            numbers.curves.find(({ title }) => title === one.title)?.theory ?? Number.NaN,
            4,
          ),
          note: `limit of κ for m = ${setup.config.samples[0]}, by theory`,
        })),
      }
    },
  })
}

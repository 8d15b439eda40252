import {
  defineExperiment,
  type Experiment,
  type ExperimentHead,
  type FindingDefinition,
} from '../../experiment/experiment.js'
import { shortNumber } from '../../text/number.js'
import { type DepthDone, depthFigures } from './figures.js'
import { type NetKind, netKinds } from './kernels.js'
import { type DepthNumbers, depthNumbers, type Law, type MeasureName, measures } from './numbers.js'
import { type DepthConfig, type PhaseName, phases } from './settings.js'
import { type DepthSetup, makeSetup } from './setup.js'
import { type DepthStages, depthStages } from './stages.js'

/** Numbers with a limit or a rate of their own are told to within so much of it; others, powers of the depth, to so much. */
const resolution = { share: 0.02, rate: 0.05, power: 0.1 } as const

const resolutionOf = ({ measure, theory }: Law): number => {
  if (measure === 'predictorPower') return resolution.power
  return (measure.endsWith('Rate') ? resolution.rate : resolution.share) * Math.abs(theory)
}

const inPhase: Readonly<Record<PhaseName, string>> = {
  ordered: 'in order',
  critical: 'where critical',
  chaotic: 'in chaos',
}

const note =
  'Xiao et al. 2020, Table 1 and Sections 6.1 to 6.5, by depthLaws of @ntk/dynamics. Error bar: spread over draws of the images and labels, and how much the number still moves where depths double.'

/** Findings: the measures of each phase, network and number of samples (by its place in the list). */
function findingsOf(
  wanted: readonly MeasureName[],
  kinds: readonly NetKind[],
): FindingDefinition<DepthDone>[] {
  return phases.flatMap((phase) =>
    wanted.flatMap((measure) =>
      kinds.flatMap((kind) =>
        [0, 1].map((place): FindingDefinition<DepthDone> => {
          const lawOf = ({ setup, numbers }: DepthDone): Law | undefined =>
            numbers.laws.find(
              (law) =>
                law.phase === phase &&
                law.kind === kind &&
                law.measure === measure &&
                law.m === setup.config.samples[place],
            )
          return {
            name: `${phase}-${measure}-${kind.toLowerCase()}-${place + 1}`,
            statement: ({ setup }) =>
              `${measures[measure]} ${inPhase[phase]}, ${kind}, m = ${setup.config.samples[place]}`,
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
      ),
    ),
  )
}

/** An experiment of spectra over depth; `wanted` are the measures that are its findings. */
export function depthExperiment(
  head: ExperimentHead<DepthConfig>,
  {
    wanted,
    kinds = netKinds,
  }: { readonly wanted: readonly MeasureName[]; readonly kinds?: readonly NetKind[] },
): Experiment<DepthConfig, DepthSetup, DepthStages, DepthNumbers> {
  return defineExperiment({
    ...head,
    more: 'repeats',
    setup: makeSetup,
    stages: depthStages,
    numbers: depthNumbers,
    figures: depthFigures,
    findings: findingsOf(wanted, kinds),
    story: ({ setup }, findings) => {
      const agreeing = findings.filter(({ verdict }) => verdict === 'agrees').length
      const noisy = findings.filter(({ verdict }) => verdict === 'too noisy').length
      const { activation, bVar } = setup.config
      return {
        headline: `${agreeing} of ${findings.length} laws of depth are as theory has them${noisy === 0 ? '' : `, ${noisy} are too noisy to tell`}`,
        lead: `The exact tangent kernels of infinitely wide ${activation} networks of up to ${Math.max(...setup.sweeps.flatMap(({ depths }) => depths))} layers on random images, in each phase: their spectra, and what their mean predictors make of labels whose sum is 0. Images have one norm at every position, as the theory takes it: of inputs with different norms those differences stay in the tangent kernel in chaos, κ comes to their ratio, and the mean predictor falls more slowly. Convolutions have borders that go round. The paper does not say its variances in the part at hand.`,
        facts: setup.sweeps
          .filter(({ family }, i, all) => family === all[0]?.family || i === 0)
          .map(({ phase }) => ({
            label: phase.phase,
            value: `σ_w² = ${shortNumber(phase.wVar, 4)}`,
            note: `σ_b² = ${shortNumber(bVar)}, χ₁ = ${shortNumber(phase.chi1, 4)}`,
          })),
      }
    },
  })
}

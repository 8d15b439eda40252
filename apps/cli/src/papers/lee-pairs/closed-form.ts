import { fullyConnected, Relu } from '@ntk/stax'
import type { Experiment, ExperimentHead, FindingDefinition } from '../../experiment/experiment.js'
import type { Measured } from '../../experiment/finding.js'
import { meanOf } from '../../measures/error-bar.js'
import { whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { pairExperiment } from './experiment.js'
import { curvesFigure, rmseFigure, singlesFigure, sizesFigure } from './figures.js'
import { powerNote, widthPowers } from './laws.js'
import {
  endShare,
  lawOver,
  type PairDone,
  type PairNumbers,
  type PairStages,
  type PairValues,
  powerOf,
} from './numbers.js'
import { denseProducts } from './products.js'
import { featuresOf, sideSetting } from './samples.js'
import { cellsByWidth, type PairConfig, type PairSetup, pairSettings } from './setup.js'

/** Networks beside the closed forms of their linearizations: full batch, one output, no momentum. */
export interface ClosedFormConfig extends PairConfig {
  depth: number
  side: number | null
}

export function closedFormSettings(learningRate: number, side: number | null): Settings<ClosedFormConfig> {
  return group<ClosedFormConfig>({
    ...pairSettings({
      data: 'cifar10',
      classes: [0, 1],
      train: 64,
      test: 64,
      widths: [64, 96, 128, 192, 256, 384, 512, 1024, 2048],
      networks: 4,
      steps: 96,
      learningRate,
      start: 'centred',
      wStd: Math.SQRT2,
      bStd: Math.sqrt(0.1),
    }),
    depth: setting(whole(), { help: 'Hidden layers', default: 5 }),
    side: sideSetting(side),
  })
}

/**
 * RMSE of what the analytic kernel predicts, of the way that it predicts. The way of narrow networks holds as much error as prediction, and
 * would hide how large that is.
 */
const analyticShare = ({ kernel }: PairValues): number =>
  (kernel?.analyticRmse.at(-1) ?? Number.NaN) / (kernel?.analyticMoved.at(-1) ?? Number.NaN)

/** ‖Θ̂ − Θ‖ / ‖Θ‖ at the start. */
const kernelShare = ({ kernel }: PairValues): number => kernel?.toAnalytic ?? Number.NaN

/** Of the widest networks, the mean of a number that is at most 1. */
const ratioAtWidest =
  (of: (values: PairValues) => number) =>
  ({ setup, results }: PairDone<ClosedFormConfig>): Measured => {
    const most = Math.max(...setup.config.widths)
    const own = results.networks.flatMap(({ values }) => (values.cell.width === most ? [of(values)] : []))
    const { mean, error } = meanOf(own)
    return { value: mean, uncertainty: error, theory: 1, relation: 'at most', resolution: 0.4 }
  }

/**
 * Powers with which the analytic kernel becomes right. In the standard parameterization the first layer moves at features over width of the rate, so that the
 * analytic kernel itself depends on the width.
 */
const analyticPowers: readonly FindingDefinition<PairDone<ClosedFormConfig>>[] = [
  {
    name: 'analytic-width',
    statement:
      'power of the width with which networks come to what the analytic kernel predicts, less that with which Θ̂ comes to it',
    note: `Its predictions are off as Θ̂ is, to first order (Lee et al. 2019, Section 3.1), whatever the power is at widths that are not many times the depth. ${powerNote}`,
    measure: (done) => {
      const [predictions, kernels] = [
        lawOver(done, 'width', analyticShare),
        lawOver(done, 'width', kernelShare),
      ]
      if (predictions === null || kernels === null) return null
      return {
        value: predictions.slope - kernels.slope,
        uncertainty: Math.hypot(predictions.slopeError, kernels.slopeError),
        theory: 0,
        resolution: 0.15,
      }
    },
  },
  {
    name: 'kernel-distance-width',
    statement: 'power of the width with which Θ̂ at the start comes to the analytic kernel',
    note: `Lee et al. 2019, Section 3.1 and Figure S9: −1/2. ${powerNote}`,
    measure: (done) => powerOf(lawOver(done, 'width', kernelShare), -0.5, 'equal', 0.15),
  },
]

const widestOf = ({ setup }: PairDone<ClosedFormConfig>): number => Math.max(...setup.config.widths)

/** What Figures 3 and S8 show, in one parameterization. */
export function closedFormExperiment(
  head: ExperimentHead<ClosedFormConfig>,
  parameterization: 'ntk' | 'standard',
): Experiment<ClosedFormConfig, PairSetup<ClosedFormConfig>, PairStages, PairNumbers> {
  const standard = parameterization === 'standard'
  return pairExperiment(
    head,
    {
      shape: ({ side }) => ({ flat: true, side, targets: 'signs' }),
      cells: (config) => cellsByWidth(config, { kind: 'FC', depth: config.depth }),
      net: ({ wStd, bStd }, { width, depth }, outputs) =>
        fullyConnected(
          Array.from({ length: depth }, () => width),
          outputs,
          { activation: Relu, wStd, bStd, parameterization },
        ),
      products: ({ data, side }, { width, depth }) => denseProducts(featuresOf(data, side), depth, width),
      ...(standard ? { rate: ({ learningRate }, { width }) => learningRate / width } : {}),
      by: 'kernel',
    },
    {
      who: ({ depth }) =>
        `ReLU networks of ${depth} hidden layers${standard ? ' in the standard parameterization, at a learning rate over the width' : ''}`,
      figures: [
        {
          name: 'rmse',
          caption:
            'Root mean square of the difference of network and linearization on test images. The kernel of the network itself at its start (solid) predicts it better than that of infinite width (broken), and both better in wider networks.',
          draw: rmseFigure,
        },
        {
          name: 'singles',
          caption:
            'Outputs for five test images, and how far some single weights of the first, the middle and the last layer have moved, of one network and of its linearization.',
          draw: singlesFigure,
        },
        { name: 'curves', caption: 'Loss and accuracy of the widest networks.', draw: curvesFigure },
        {
          name: 'widths',
          caption: 'After the last step, against width, with fitted powers.',
          draw: (done) =>
            sizesFigure(
              done,
              [{ title: '', size: 'width', where: () => true, groups: () => 'network and linearization' }],
              {
                title: 'Distance from the linearization, against width',
                of: endShare,
                x: 'width',
                y: 'RMSE, of the way of the outputs',
                guide: -0.5,
              },
            ),
        },
      ],
      findings: [
        ...widthPowers<ClosedFormConfig>(),
        ...(standard ? [] : analyticPowers),
        {
          name: 'empirical-over-analytic',
          statement: (done) =>
            `RMSE of the prediction of the network's own kernel over that of the analytic one, width ${widestOf(done)}`,
          note: 'Lee et al. 2019, Figure 3: the empirical kernel gives more accurate dynamics. Error bar: spread over networks.',
          measure: ratioAtWidest(
            ({ distance, kernel }) =>
              (distance.rmse.at(-1) ?? Number.NaN) / (kernel?.analyticRmse.at(-1) ?? Number.NaN),
          ),
        },
        {
          name: 'change-over-distance',
          statement: (done) =>
            `change of Θ̂ by training over its distance from the analytic kernel at the start, width ${widestOf(done)}`,
          note: 'Lee et al. 2019, Section 3.1, explains the finding above by it. Error bar: spread over networks.',
          measure: ratioAtWidest(({ kernel }) => (kernel?.change ?? Number.NaN) / (kernel?.toAnalytic ?? 1)),
        },
      ],
    },
  )
}

import { defineExperiment } from '../experiment/experiment.js'
import type { Measured } from '../experiment/finding.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { Mean } from '../measures/error-bar.js'
import { listOf, real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { bStdSetting, lee2019, paperSettings, wStdSetting } from './common.js'
import { bandsFigure, drawsFigure, type EnsembleDone } from './ensemble/figures.js'
import { type Agreement, ensembleNumbers } from './ensemble/numbers.js'
import { type EnsembleConfig, ensembleStages, makeSetup } from './ensemble/stages.js'
import { imageSettings } from './images.js'

const last = ({ numbers }: EnsembleDone): Agreement | undefined => numbers.agreement.at(-1)

const measured = (at: Mean | undefined, theory: number, resolution: number): Measured | null =>
  at === undefined ? null : { value: at.mean, uncertainty: at.error, theory, resolution }

/** Of a normal number, inside two standard deviations. */
const insideTwo = 0.9545

/** A mean square with the error bar that it has where the theory holds: it is a share of the mean, and a small mean would make it small. */
const squares = (at: Mean | undefined): Measured | null =>
  at === undefined ? null : { value: at.mean, uncertainty: at.error / at.mean, theory: 1, resolution: 0.25 }

/** A share likewise (Wilson 1927): near 1 shares vary less than near that of theory. */
function inside(at: Mean | undefined, networks: number): Measured | null {
  if (at === undefined) return null
  const spread = (share: number): number => Math.sqrt(share * (1 - share))
  const uncertainty =
    at.error > 0 ? (at.error * spread(insideTwo)) / spread(at.mean) : spread(insideTwo) / Math.sqrt(networks)
  return { value: at.mean, uncertainty, theory: insideTwo, resolution: 0.05 }
}

const note =
  'Lee et al. 2019, Equations 14 and 15, with steps (I − ηΘ)^t in place of the flow. Means over the points of a network, and over networks; error bar: spread over networks, as it would be about the value of theory.'

export const lee2: Runnable = runnable(
  defineExperiment({
    name: 'lee-2',
    summary:
      'Mean and spread of trained networks between two training inputs, beside infinite width, through training',
    paper: `${lee2019}, Figures 2 and S1`,
    settings: group<EnsembleConfig>({
      ...imageSettings({ data: 'mnist', classes: [0, 1], train: 128 }),
      width: setting(whole(), { help: 'Width of the hidden layers', default: 1024 }),
      depth: setting(whole(), { help: 'Hidden layers', default: 3 }),
      networks: setting(whole({ min: 3 }), { help: 'Networks', default: 50 }),
      points: setting(whole({ min: 3 }), { help: 'Points on the line, both ends among them', default: 25 }),
      times: setting(listOf(whole({ min: 0 }), { min: 1, distinct: 'a step' }), {
        help: 'Steps at which networks are looked at',
        default: [0, 16, 64, 256],
      }),
      learningRate: setting(real({ above: 0 }), {
        help: 'Learning rate, of the mean squared loss',
        default: 0.5,
      }),
      wStd: wStdSetting(Math.sqrt(1.5)),
      bStd: bStdSetting(null),
      ...paperSettings,
    }),
    presets: {
      quick: { data: 'glyphs', train: 12, width: 192, networks: 24, points: 13, times: [0, 4, 16, 48] },
      standard: { train: 64, width: 512, networks: 40, times: [0, 8, 32, 128] },
      paper: { width: 8192, networks: 100, times: [0, 16, 256, 65536] },
    },
    more: 'networks',
    setup: makeSetup,
    stages: ensembleStages,
    numbers: ensembleNumbers,
    figures: [
      {
        name: 'bands',
        caption:
          'Mean and two standard deviations of trained networks (broken) on the line between two training inputs, and what infinitely wide networks do. Training the readout alone, which is Bayesian inference with the NNGP kernel at the end, is similar and not the same (Lee et al. 2019, Figure 2).',
        draw: bandsFigure,
      },
      { name: 'draws', caption: 'Each network by itself (Lee et al. 2019, Figure S1).', draw: drawsFigure },
    ],
    findings: [
      {
        name: 'start-squares',
        statement: 'mean square of outputs less the mean of theory, in units of its variance, at the start',
        note,
        measure: ({ numbers }) => squares(numbers.agreement[0]?.squares),
      },
      {
        name: 'inside',
        statement: 'share of outputs inside two standard deviations, after the last step',
        note,
        measure: (done) => inside(last(done)?.inside, done.setup.config.networks),
      },
      {
        name: 'mean',
        statement: 'mean of outputs less that of theory, in standard deviations, after the last step',
        note,
        measure: (done) => measured(last(done)?.z, 0, 0.25),
      },
      {
        name: 'squares',
        statement:
          'mean square of outputs less the mean of theory, in units of its variance, after the last step',
        note,
        measure: (done) => squares(last(done)?.squares),
      },
    ],
    story: ({ setup, numbers }) => {
      const { config } = setup
      const at = numbers.agreement.at(-1)
      return {
        headline: `${(100 * (at?.inside.mean ?? Number.NaN)).toFixed(0)} % of the outputs of trained networks are inside two standard deviations of theory`,
        lead: `${config.networks} networks of ${config.depth} hidden layers of ${config.width} trained by full-batch gradient descent on ${config.train} images of two classes of ${config.data}, and evaluated between two of them.`,
        facts: [],
        tables: [
          {
            caption: 'Outputs in units of what is predicted, z = (f − μ)/σ',
            head: ['step', 'inside 2σ', 'mean of z', 'mean of z²', 'mean of z², readout alone'],
            rows: numbers.agreement.map((one) => [
              String(one.time),
              ...[one.inside, one.z, one.squares, one.readoutSquares].map(({ mean, error }) =>
                `${mean.toFixed(3)} ± ${error.toFixed(3)}`.replaceAll('-', '−'),
              ),
            ]),
            note: 'Points where the predicted spread is below 0.02 are left out. At the start both predictions are the same.',
          },
        ],
      }
    },
  }),
)

import type { TopLevelSpec } from 'vega-lite'
import { type Done, defineExperiment } from '../experiment/experiment.js'
import type { Measured } from '../experiment/finding.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { ResultsOf } from '../experiment/stage.js'
import type { MarkStyle } from '../figures/mark-style.js'
import { kinds, type Panel, panelsFigure } from '../figures/panels.js'
import { type Mean, meanOf } from '../measures/error-bar.js'
import { listOf, oneOf, real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { shortNumber, withUncertainty } from '../text/number.js'
import { lee2019, paperSettings, wStdSetting } from './common.js'
import { sampleSettings, sideSetting } from './lee-pairs/samples.js'
import {
  type Case,
  type Ending,
  makeSetup,
  type ParameterizationConfig,
  type ParameterizationSetup,
  type ParameterizationStages,
  parameterizationStages,
} from './lee-parameterizations/stages.js'

const ways = ['ntk', 'standard', 'corrected'] as const
type Way = (typeof ways)[number]

interface ParameterizationNumbers {
  /** Geometric means over rates of loss over loss, a number a network, then means over networks of the logarithm. */
  readonly lossRatio: Mean
  readonly correctedRatio: Mean
  /** Mean size of the logarithm of the ratio at σ_w² η/n, over that at η/n. */
  readonly left: Mean
  readonly accuracy: Mean
  /** The largest of all trainings. */
  readonly equal: number
  readonly diverged: number
}

type Values = ResultsOf<ParameterizationStages>['networks'][number]['values']
type S7Done = Done<ParameterizationSetup, ResultsOf<ParameterizationStages>, ParameterizationNumbers>

/** Of each network the mean over rates and cases, where both ends are finite. */
function byNetwork(
  all: readonly Values[],
  networks: number,
  other: 'standard' | 'corrected',
  of: (ntk: Ending, other: Ending) => number,
): number[] {
  return Array.from({ length: networks }, (_, member) => {
    const own = all.flatMap((values) => {
      const [a, b] = [values.ntk, values[other]]
      return values.member === member && a !== null && b !== null ? [of(a, b)] : []
    })
    return own.reduce((sum, one) => sum + one, 0) / own.length
  })
}

const logRatio = (ntk: Ending, other: Ending): number => Math.log(other.loss / ntk.loss)

function numbersOf(
  { networks }: ResultsOf<ParameterizationStages>,
  { config }: ParameterizationSetup,
): ParameterizationNumbers {
  const all = networks.map(({ values }) => values)
  const over = (other: 'standard' | 'corrected', of: (ntk: Ending, end: Ending) => number): number[] =>
    byNetwork(all, config.networks, other, of)
  const size = (ntk: Ending, other: Ending): number => Math.abs(logRatio(ntk, other))
  const plain = over('standard', size)
  return {
    lossRatio: meanOf(over('standard', logRatio)),
    correctedRatio: meanOf(over('corrected', logRatio)),
    left: meanOf(over('corrected', size).map((one, i) => one / (plain[i] ?? Number.NaN))),
    accuracy: meanOf(over('standard', (a, b) => b.accuracy - a.accuracy)),
    equal: Math.max(...all.map(({ equal }) => equal ?? 0)),
    diverged: all.filter(({ ntk, standard }) => ntk === null || standard === null).length,
  }
}

const styles: Readonly<Record<Way, MarkStyle>> = {
  ntk: { label: 'NTK, η', colour: kinds[0] ?? '', kind: 'dots', size: 60, shape: 'circle' },
  standard: { label: 'standard, η/n', colour: kinds[1] ?? '', kind: 'dots', size: 60, shape: 'triangle-up' },
  corrected: {
    label: 'standard, σ_w² η/n',
    colour: kinds[2] ?? '',
    kind: 'dots',
    size: 45,
    shape: 'diamond',
  },
}

function ratesFigure({ setup, results }: S7Done, metric: 'loss' | 'accuracy'): TopLevelSpec {
  const { config, cases } = setup
  const same = (a: Case, b: Case): boolean => a.activation === b.activation && a.loss === b.loss
  const panels = cases.map((one): Panel => {
    const series = ways.map((way) => ({
      style: styles[way],
      points: config.rates.flatMap((rate) => {
        const ends = results.networks.flatMap(({ values }) => {
          const end = values[way]
          return same(values.of, one) && values.rate === rate && end !== null ? [end[metric]] : []
        })
        const { mean, error } = meanOf(ends)
        return [{ x: rate, y: mean, low: mean - 2 * error, high: mean + 2 * error }]
      }),
    }))
    return { title: `${one.activation}, ${one.loss}`, series }
  })
  return panelsFigure(panels, {
    title: `NTK and standard parameterization, test ${metric}`,
    subtitle: `${config.depth} hidden layers of ${config.width}, ${config.steps} steps, ${config.networks} networks, two standard errors`,
    x: { title: 'η', log: true },
    y: { title: `test ${metric}` },
    columns: Math.min(2, panels.length),
    shared: false,
  })
}

/** Of a mean of logarithms. */
const ratioOf = ({ mean, error }: Mean, resolution: number): Measured => ({
  value: Math.exp(mean),
  uncertainty: Math.exp(mean) * error,
  theory: 1,
  relation: 'equal',
  resolution,
})

export const leeS7: Runnable = runnable(
  defineExperiment({
    name: 'lee-s7',
    summary:
      'NTK and standard parameterization over learning rates, at η_std = η_ntk / n and at the rates that make both equal',
    paper: `${lee2019}, Figure S7 and Equation S37`,
    settings: group<ParameterizationConfig>({
      ...sampleSettings({ data: 'cifar10', classes: [0, 1], train: 64, test: 128 }),
      activations: setting(listOf(oneOf(['Relu', 'Tanh']), { min: 1, distinct: 'an activation' }), {
        help: 'Activations, Relu and Tanh',
        default: ['Relu', 'Tanh'],
      }),
      losses: setting(listOf(oneOf(['mse', 'cross-entropy']), { min: 1, distinct: 'a loss' }), {
        help: 'Losses, mse and cross-entropy',
        default: ['mse', 'cross-entropy'],
      }),
      side: sideSetting(8),
      width: setting(whole(), { help: 'Width of the hidden layers, n', default: 256 }),
      depth: setting(whole(), { help: 'Hidden layers', default: 3 }),
      rates: setting(listOf(real({ above: 0 }), { min: 1, distinct: 'a rate' }), {
        help: 'Learning rates of the NTK parameterization, of the mean loss',
        default: [0.03, 0.1, 0.3],
      }),
      networks: setting(whole({ min: 2 }), { help: 'Networks', default: 4 }),
      steps: setting(whole(), { help: 'Steps of each training', default: 160 }),
      wStd: wStdSetting(Math.SQRT2),
      bStd: setting(real({ above: 0 }), {
        help: 'Standard deviation of the biases',
        default: Math.sqrt(0.1),
      }),
      ...paperSettings,
    }),
    presets: {
      quick: {
        data: 'glyphs',
        train: 10,
        test: 40,
        width: 64,
        side: 5,
        depth: 2,
        rates: [0.1, 0.3],
        networks: 4,
        steps: 48,
        losses: ['mse'],
      },
      standard: {},
      // The paper gives neither width nor steps.
      paper: {
        side: null,
        train: 1024,
        test: 1024,
        width: 2048,
        networks: 10,
        steps: 2048,
        rates: [0.003, 0.01, 0.03, 0.1, 0.3],
      },
    },
    more: 'networks',
    setup: makeSetup,
    stages: parameterizationStages,
    numbers: numbersOf,
    figures: [
      {
        name: 'loss',
        caption:
          'Loss on test images after the last step. At η/n the hidden weights of the standard parameterization move as those of the NTK parameterization at η/σ_w² do; at σ_w² η/n they move alike.',
        draw: (done) => ratesFigure(done, 'loss'),
      },
      { name: 'accuracy', caption: 'Accuracy of the same.', draw: (done) => ratesFigure(done, 'accuracy') },
    ],
    findings: [
      {
        name: 'equal-rates',
        statement:
          'largest difference of test outputs at the rates of Equation S37, of the way that they went',
        note: 'Lee et al. 2019, Equation S37: at these rates by layer both parameterizations train alike. Error bar: rounding of float64, a hundred units in the last place of each step.',
        measure: ({ numbers, setup }) => ({
          value: numbers.equal,
          uncertainty: 100 * setup.config.steps * 2 ** -52,
          theory: 0,
          relation: 'at most',
          resolution: 1e-6,
        }),
      },
      {
        name: 'accuracy',
        statement:
          'test accuracy in the standard parameterization at η/n less that in the NTK one at η, mean over rates',
        note: 'Lee et al. 2019, Figure S7: models of similar quality at η_std = η_ntk / n. Error bar: spread over networks, at least one test image of one training.',
        measure: ({ numbers: { accuracy }, setup: { config, cases } }) => {
          const least = 1 / (config.test * config.networks * config.rates.length * cases.length)
          const uncertainty = Math.max(accuracy.error, least)
          return { value: accuracy.mean, uncertainty, theory: 0, resolution: 0.06 }
        },
      },
      {
        name: 'loss',
        statement:
          'final test loss in the standard parameterization at η/n over that in the NTK one at η, mean over rates',
        note: 'Lee et al. 2019, Figure S7: similar, without a number. They are not the same: at η/n hidden weights move at 1/σ_w² of the rate, as the next finding and the first show. Error bar: spread over networks.',
        measure: ({ numbers }) => ratioOf(numbers.lossRatio, 0.2),
      },
      {
        name: 'loss-left',
        statement:
          'size of the logarithm of that ratio at σ_w² η/n, at which hidden weights move alike, over that at η/n',
        note: 'Equation S37: what is left is of the input weights, which move at n_0/n of the rate, and of the biases, at σ_w²/(n σ_b²) of it. Error bar: spread over networks.',
        measure: ({ numbers: { left } }) => ({
          value: left.mean,
          uncertainty: left.error,
          theory: 1,
          relation: 'at most',
          resolution: 0.4,
        }),
      },
    ],
    story: ({ setup, numbers }) => {
      const { config } = setup
      const { lossRatio, correctedRatio, accuracy, equal, diverged } = numbers
      return {
        headline: `At the rates of Equation S37 both parameterizations train alike, to ${shortNumber(equal, 2)}; at η/n the loss of the standard one is ${shortNumber(Math.exp(lossRatio.mean), 2)} times that of the other`,
        lead: `Networks of ${config.depth} hidden layers of ${config.width}, trained from one start in both parameterizations by full-batch gradient descent for ${config.steps} steps on ${config.train} images of two classes of ${config.data}.`,
        facts: [],
        tables: [
          {
            caption: `Standard beside NTK parameterization, means over ${config.rates.length} rates and ${config.networks} networks`,
            head: ['what', 'at η/n', 'at σ_w² η/n'],
            rows: [
              [
                'loss over loss',
                ...[lossRatio, correctedRatio].map(({ mean, error }) =>
                  withUncertainty(Math.exp(mean), Math.exp(mean) * error),
                ),
              ],
              ['accuracy less accuracy', withUncertainty(accuracy.mean, accuracy.error), ''],
            ],
          },
        ],
        warnings:
          diverged === 0
            ? []
            : [`${diverged} trainings diverged and are left out: take lower rates (--set rates=0.01,0.03).`],
      }
    },
  }),
)

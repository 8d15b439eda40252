import type { Story } from '../../experiment/experiment.js'
import { curveStyles } from '../../figures/theme.js'
import { meanOf } from '../../measures/error-bar.js'
import type { Fact, ReportTable } from '../../report/html.js'
import { percent, shortNumber, withUncertainty } from '../../text/number.js'
import { lawLabels, subject } from './figures.js'
import type { DynamicsDone } from './findings.js'
import { type DynamicsNumbers, type Sweep, sweepLaws } from './numbers.js'
import type { Setup } from './setup.js'
import type { SweepNetwork } from './stages/widths.js'
import { rateWarning } from './start.js'

/** What the report of `ntk dynamics` says in words and tables. */
export function dynamicsStory({ setup, numbers }: DynamicsDone): Story {
  const rate = rateWarning(setup, numbers.learningRate, numbers.maxLearningRate)
  return {
    headline: headlineOf(setup, numbers),
    lead: leadOf(setup, numbers),
    facts: factsOf(setup, numbers),
    tables: tablesOf(numbers, setup.config.training.start === 'centred'),
    warnings: rate === null ? [] : [rate],
  }
}

function headlineOf(setup: Setup, { network: { ofStart }, accuracy }: DynamicsNumbers): string {
  const which = setup.width === null ? 'The network' : `A network of width ${setup.width}`
  return ofStart < 0.1
    ? `${which} trains as its kernel predicts: ${percent(accuracy.network)} of unseen images right, ${percent(accuracy.predicted)} predicted`
    : `${which} leaves its kernel: losses differ by up to ${percent(ofStart)} of the starting loss`
}

function leadOf(setup: Setup, { sweep }: DynamicsNumbers): string {
  const { training, data } = setup.config
  const batch = training.batch === 'full' ? 'full batches' : `batches of ${training.batch}`
  const momentum = training.momentum === 0 ? '' : ` and momentum ${training.momentum}`
  const start =
    training.start === 'centred'
      ? 'What is trained is the network less itself at its start (Lee et al. 2020, “centering”): its outputs begin at zero, and its kernel is the same.'
      : 'It starts at random outputs, as it is drawn.'
  const paragraphs = [
    `Trained: ${subject(setup)}; ${training.steps} steps of gradient descent on ½ mean (f\u00a0−\u00a0y)², ${batch}${momentum}. ${start}`,
    'Predicted, before the first step, in closed form: from the tangent kernel of this network, and from that of infinitely wide ones. ' +
      `Its linearization was trained beside it. The ${data.test} test images were never trained on.${sweepOf(sweep)}`,
    'Where network and prediction agree, one matrix that is known beforehand tells what a network learns, how fast, and what it will say of images it has never seen.',
  ]
  return paragraphs.join('\n\n')
}

function sweepOf(sweep: Sweep | null): string {
  if (sweep === null) return ''
  const networks = sweep.points.reduce((sum, point) => sum + point.networks.length, 0)
  return ` ${networks} networks of ${sweep.points.length} widths show how fast the predictions become exact.`
}

function factsOf(setup: Setup, numbers: DynamicsNumbers): Fact[] {
  const { infinite } = numbers.curves
  const { accuracy, sweep } = numbers
  const last = (list: readonly number[]): number => list.at(-1) ?? Number.NaN
  const mean = accuracy.networks > 1 ? `mean of ${accuracy.networks} networks; ` : ''
  const facts: Fact[] = [
    {
      label: 'test accuracy',
      value: percent(accuracy.network),
      note: `${mean}predicted ${percent(accuracy.predicted)}, at infinite width ${percent(last(infinite.test.accuracy))}, by chance ${percent(1 / Math.max(2, setup.outputs))}`,
    },
    {
      label: 'loss curves differ by',
      value: percent(numbers.network.ofStart),
      note: 'at most, of the starting loss; network against closed form, training and test',
    },
    {
      label: 'test outputs are off by',
      value: percent(numbers.ownDistance),
      note: `of their size, at step ${setup.config.training.steps}: RMSE ${shortNumber(numbers.networkRmse, 2)}, network against closed form`,
    },
  ]
  if (sweep !== null) {
    const { slope, slopeError } = sweep.laws.kernel
    facts.push({
      label: 'power of the width',
      value: withUncertainty(slope, slopeError),
      note: 'with which kernels approach infinite width; theory: −0.5',
    })
  }
  return facts
}

function lastStepNote(centred: boolean): string {
  const loss = 'The loss is ½ mean (f − y)² over images and outputs'
  return centred
    ? `${loss}. The network is one, the first of its width.`
    : `${loss}; at infinite width, its expectation over networks. On test images a single network keeps part of the chance of its start, which costs accuracy and is predicted with it; the mean over networks has none.`
}

function tablesOf(numbers: DynamicsNumbers, centred: boolean): ReportTable[] {
  const { curves, sweep } = numbers
  const last = (list: readonly number[]): number => list.at(-1) ?? Number.NaN
  const order = ['network', 'linearized', 'closedForm', 'infinite'] as const
  const condition = (value: number | null): string => (value === null ? 'singular' : shortNumber(value))
  const extreme = (list: readonly number[], at: number): string => shortNumber(list.at(at) ?? Number.NaN)
  return [
    {
      caption: 'At the last step',
      head: ['', 'training loss', 'test loss', 'training accuracy', 'test accuracy'],
      rows: order.map((name) => [
        curveStyles[name].label,
        shortNumber(last(curves[name].train.loss)),
        shortNumber(last(curves[name].test.loss)),
        percent(last(curves[name].train.accuracy)),
        percent(last(curves[name].test.accuracy)),
      ]),
      note: lastStepNote(centred),
    },
    {
      caption: 'Against the closed form',
      head: [
        '',
        'losses, largest difference of the starting loss',
        'largest relative difference at one step',
        'test outputs, RMSE',
      ],
      rows: (
        [
          ['network', numbers.network, numbers.networkRmse],
          ['linearization', numbers.linearized, numbers.linearizedRmse],
        ] as const
      ).map(([name, { ofStart, relative }, outputs]) => [
        name,
        percent(ofStart),
        percent(relative),
        shortNumber(outputs),
      ]),
      note: 'Both sets, all evaluated steps; outputs after the last one. Relative differences grow as losses go to zero.',
    },
    {
      caption: 'Tangent kernels on the training images',
      head: ['', 'largest eigenvalue', 'smallest eigenvalue', 'condition'],
      rows: [
        [
          'this network at its start',
          extreme(numbers.empirical.eigenvalues, 0),
          extreme(numbers.empirical.eigenvalues, -1),
          condition(numbers.empirical.condition),
        ],
        [
          'infinite width',
          extreme(numbers.infinite.eigenvalues, 0),
          extreme(numbers.infinite.eigenvalues, -1),
          condition(numbers.infinite.condition),
        ],
      ],
      note: `Learning rate ${shortNumber(numbers.learningRate)}; this network is stable up to ${shortNumber(numbers.maxLearningRate)}.`,
    },
    ...(numbers.limit === null
      ? []
      : [
          {
            caption: 'Trained to the end, t = ∞',
            head: ['', 'test loss', 'test accuracy'],
            rows: (
              [
                ['closed form of this network', numbers.limit.network],
                ['infinite width, loss of the mean', numbers.limit.infinite],
              ] as const
            ).map(([name, { testLoss, testAccuracy }]) => [
              name,
              shortNumber(testLoss),
              percent(testAccuracy),
            ]),
          },
        ]),
    ...(sweep === null ? [] : [widthsTable(sweep)]),
  ]
}

function widthsTable({ points, laws }: Sweep): ReportTable {
  const each = (networks: readonly SweepNetwork[], of: (one: SweepNetwork) => number): string => {
    const { mean, error } = meanOf(networks.map((one) => 100 * of(one)))
    return `${withUncertainty(mean, error)} %`
  }
  return {
    caption: 'Widths',
    head: ['width', 'networks', ...sweepLaws.map((name) => lawLabels[name]), 'test accuracy', 'predicted'],
    unbroken: [0, 1, 2, 3, 4, 5, 6],
    rows: [
      ...points.map(({ width, networks }) => [
        String(width),
        String(networks.length),
        ...sweepLaws.map((name) => each(networks, (one) => one[name])),
        each(networks, (one) => one.testAccuracy),
        each(networks, (one) => one.predictedTestAccuracy),
      ]),
      [
        'slope',
        '',
        ...sweepLaws.map((name) => withUncertainty(laws[name].slope, laws[name].slopeError)),
        '',
        '',
      ],
    ],
    note: 'Means over networks and their standard errors. Distances are of the size of what is predicted; slopes are powers of the width, fitted to all networks.',
  }
}

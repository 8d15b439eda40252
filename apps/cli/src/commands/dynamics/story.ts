import type { Story } from '../../experiment/experiment.js'
import { curveStyles } from '../../figures/theme.js'
import type { Fact, ReportTable } from '../../report/html.js'
import { percent, shortNumber, withUncertainty } from '../../text/number.js'
import { subject } from './figures.js'
import type { DynamicsDone } from './findings.js'
import type { DynamicsNumbers } from './numbers.js'
import type { Setup } from './setup.js'
import { rateWarning } from './start.js'

/** What the report of `ntk dynamics` says in words and tables. */
export function dynamicsStory({ setup, numbers }: DynamicsDone): Story {
  const rate = rateWarning(numbers.learningRate, numbers.maxLearningRate)
  return {
    headline: headlineOf(setup, numbers),
    lead: leadOf(setup),
    facts: factsOf(setup, numbers),
    tables: tablesOf(numbers),
    warnings: rate === null ? [] : [rate],
  }
}

function headlineOf(setup: Setup, { network: { ofStart } }: DynamicsNumbers): string {
  const which = setup.width === null ? 'The network' : `A network of width ${setup.width}`
  return ofStart < 0.1
    ? `${which} trains as its kernel predicts: losses within ${percent(ofStart)} of the starting loss`
    : `${which} leaves its kernel: losses differ by up to ${percent(ofStart)} of the starting loss`
}

function leadOf(setup: Setup): string {
  const { training, data } = setup.config
  const batch = training.batch === 'full' ? 'full batches' : `batches of ${training.batch}`
  const momentum = training.momentum === 0 ? '' : ` and momentum ${training.momentum}`
  return [
    `Trained: ${subject(setup)}; ${training.steps} steps of gradient descent on ½ mean (f − y)², ${batch}${momentum}.`,
    `Beside it its linearization was trained from the same start, and both were predicted in closed form: from the`,
    `tangent kernel of this network, and from the kernels at infinite width. ${data.test} test images were never trained on.`,
  ].join(' ')
}

function factsOf(setup: Setup, numbers: DynamicsNumbers): Fact[] {
  const { network, closedForm, infinite } = numbers.curves
  const last = (list: readonly number[]): number => list.at(-1) ?? Number.NaN
  return [
    {
      label: 'loss curves differ by',
      value: percent(numbers.network.ofStart),
      note: 'at most, of the starting loss; network against closed form, train and test',
    },
    {
      label: 'RMSE of test outputs',
      value: shortNumber(numbers.networkRmse, 2),
      note: `network against closed form at step ${setup.config.training.steps}`,
    },
    {
      label: 'learning rate',
      value: shortNumber(numbers.learningRate),
      note: `largest stable one: ${shortNumber(numbers.maxLearningRate)}`,
    },
    {
      label: 'test accuracy',
      value: percent(last(network.test.accuracy)),
      note: `closed form ${percent(last(closedForm.test.accuracy))}, mean of infinitely wide networks ${percent(last(infinite.test.accuracy))}`,
    },
  ]
}

function tablesOf(numbers: DynamicsNumbers): ReportTable[] {
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
      note:
        'The loss is ½ mean (f − y)² over images and outputs; at infinite width, its expectation over networks. On test ' +
        'images a single network keeps part of the chance of its start, which costs accuracy and is predicted with it; the ' +
        'mean over networks has none.',
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
    ...(sweep === null
      ? []
      : [
          {
            caption: 'Widths',
            head: ['width', 'RMSE of test outputs'],
            rows: sweep.points.map((point) => [String(point.width), shortNumber(point.rmse)]),
            note: `Fitted: ${shortNumber(sweep.law.scale)} · width^(${withUncertainty(sweep.law.slope, sweep.law.slopeError)}).`,
          },
        ]),
  ]
}

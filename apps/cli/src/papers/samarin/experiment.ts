import { defineExperiment, type Experiment, type ExperimentHead } from '../../experiment/experiment.js'
import { accuraciesFigure } from './figures.js'
import { pairFindings } from './findings.js'
import { describeImages } from './images.js'
import { architectures } from './networks.js'
import { type PairNumbers, pairNumbers } from './numbers.js'
import { type PairStages, pairStages } from './pairs.js'
import type { PairConfig } from './settings.js'
import { type PairDone, type PairSetup, type PairSubject, setupOf } from './setup.js'
import { accuraciesTable } from './tables.js'
import { stepsOf } from './train.js'

/** Networks of several widths beside their linearizations: accuracies at the end. */
export function pairExperiment(
  head: ExperimentHead<PairConfig>,
  subject: PairSubject,
): Experiment<PairConfig, PairSetup, PairStages, PairNumbers> {
  const { title, linearized } = architectures[subject.architecture]
  return defineExperiment({
    ...head,
    more: 'networks',
    setup: (config) => setupOf(config, subject),
    stages: ({ block }) => pairStages(block),
    numbers: ({ data, pairs }, { config }) => pairNumbers(pairs, config.factors, data.values.classes),
    figures: [
      {
        name: 'accuracies',
        caption: `Accuracy of ${title} and of its linearization against the width factor, on test and on training images; two error bars. The linearization learns no features: in the paper it is behind, and comes nearer with the width.`,
        draw: ({ setup, numbers }: PairDone) =>
          accuraciesFigure(numbers.byFactor, {
            title: `${title} and its linearization against the width factor`,
            subtitle: subtitleOf(setup.config),
            architecture: subject.architecture,
            published: setup.published,
            linearRate: setup.config.linearRate,
          }),
      },
    ],
    findings: pairFindings,
    story: ({ setup, numbers, results }) => {
      const { config, comparable, published } = setup
      const [first, last] = [numbers.byFactor[0], numbers.byFactor.at(-1)]
      const points = (one: typeof first): string =>
        `${one?.gap.test.mean.toFixed(1).replace('-', '−')} points at ×${one?.factor}`
      const paper = subject.published.images
      return {
        headline: `Between ${title} and ${linearized} there are ${points(first)}${first === last ? '' : ` and ${points(last)}`} of test accuracy`,
        lead: `${title} with PyTorch's initialization and its linearization ${linearized}, from the same parameters on the same mini-batches: ${subtitleOf(config)}. SGD with batches of ${config.batch}, momentum ${config.momentum}, weight decay ${config.weightDecay} (of a linearization, of θ − θ₀), on the mean squared error to one-hot targets.`,
        facts: [],
        tables: [accuraciesTable(subject.architecture, numbers.byFactor, published, config.linearRate)],
        warnings: [
          ...(comparable
            ? []
            : [
                `This run is smaller than the paper's (${paper.train} images, ${paper.epochs} epochs), so that its accuracies are not those of the paper: only signs and directions are compared.`,
              ]),
          ...(results.pairs.some(
            ({ values }) => values.network.test === null || values.linearized.test === null,
          )
            ? ['Some trainings diverged; their widths have no mean.']
            : []),
        ],
      }
    },
  })
}

function subtitleOf(config: PairConfig): string {
  const { train, epochs, networks, dropEvery } = config
  const drops = dropEvery === null ? '' : `, rate down by 10 every ${dropEvery} epochs`
  return `${train} images of ${describeImages(config)}, ${stepsOf(config, train)} steps (${epochs} epochs${drops}), ${networks} networks a width`
}

import type { Story } from '../../experiment/experiment.js'
import type { Fact, ReportTable } from '../../report/html.js'
import { percent, shortNumber, withUncertainty } from '../../text/number.js'
import type { RegressDone } from './findings.js'
import type { RegressNumbers } from './numbers.js'
import type { Setup } from './setup.js'

/** `NNGP`, `NTK` */
export const kernelName = ({ config }: Setup): string => config.get.toUpperCase()

/** What is fitted with what, for subtitles. */
export function subject(setup: Setup, { fitted }: RegressNumbers): string {
  return `${setup.source}, ${fitted} samples fitted, ${kernelName(setup)} of ${setup.title}`
}

/** What the report of `ntk regress` says in words and tables. */
export function regressStory({ setup, numbers, results }: RegressDone): Story {
  return {
    headline: headlineOf(setup, numbers),
    lead: leadOf(setup, numbers),
    facts: factsOf(numbers),
    tables: [scoresTable(numbers), ...chosenTable(results.fit.values.chosen, numbers)],
  }
}

function headlineOf(setup: Setup, numbers: RegressNumbers): string {
  const what = `The ${kernelName(setup)} of ${setup.title}`
  return numbers.task === 'classes'
    ? `${what} gets ${percent(numbers.score)} of ${numbers.tested} unseen samples right`
    : `${what} explains ${percent(numbers.score)} of the variance of ${numbers.tested} unseen targets`
}

function leadOf(setup: Setup, numbers: RegressNumbers): string {
  const { choose } = setup.config
  const how =
    numbers.task === 'classes'
      ? 'Classes are fitted by regression on one-hot targets less 1/C; probabilities are a softmax whose temperature held-out folds of the fitted samples decide.'
      : 'Targets are fitted as a Gaussian process, brought to mean 0 and variance 1 before.'
  const numbersOf =
    choose === undefined
      ? 'Standard deviations and noise are as given.'
      : `Standard deviations and noise were chosen by ${choose === 'leave-one-out' ? 'the leave-one-out likelihood' : 'the marginal likelihood'} of the fitted samples.`
  return [
    `Fitted: ${subject(setup, numbers)}. The ${numbers.tested} test samples were never looked at before the end.`,
    `${how} ${numbersOf}`,
  ].join('\n\n')
}

function factsOf(numbers: RegressNumbers): Fact[] {
  const { score, scoreError, logLikelihood, calibrationError, tested } = numbers
  const classes = numbers.task === 'classes'
  return [
    classes
      ? {
          label: 'test accuracy',
          value: `${withUncertainty(100 * score, 100 * scoreError)} %`,
          note: `${tested} samples; by chance ${percent(1 / numbers.confusion.length)}`,
        }
      : {
          label: 'R²',
          value: shortNumber(score),
          note: `RMSE ${shortNumber(numbers.rmse)} on ${tested} samples`,
        },
    {
      label: 'log likelihood',
      value: shortNumber(logLikelihood),
      note: classes ? 'mean log probability of the true class, test' : 'mean log density of a target, test',
    },
    {
      label: 'calibration error',
      value: shortNumber(calibrationError, 2),
      note: `mean of ${classes ? '|accuracy − confidence| over bins' : '|coverage − promise| over levels'}; by chance alone ${shortNumber(numbers.calibrationFloor, 2)}`,
    },
  ]
}

function scoresTable(numbers: RegressNumbers): ReportTable {
  const { loss, logMarginalLikelihood, diagReg, fitted } = numbers
  const rows: [string, string][] = [
    ['test loss, ½ mean (f − y)²', shortNumber(loss)],
    ['log marginal likelihood, a fitted sample', shortNumber(logMarginalLikelihood / fitted)],
    ['noise, of the mean diagonal of the kernel', shortNumber(diagReg)],
  ]
  if (numbers.task === 'classes') rows.push(['temperature', shortNumber(numbers.temperature)])
  return { caption: 'Numbers', head: ['', ''], rows }
}

function chosenTable(
  chosen: RegressDone['results']['fit']['values']['chosen'],
  { diagReg }: RegressNumbers,
): ReportTable[] {
  if (chosen === null) return []
  return [
    {
      caption: 'What was chosen',
      head: ['', ''],
      rows: [
        ['noise', shortNumber(diagReg)],
        [
          'standard deviations',
          JSON.stringify(chosen.hyperparameters, (_, v: unknown) =>
            typeof v === 'number' ? Number(v.toPrecision(4)) : v,
          ),
        ],
        [
          'log likelihood a target: start, found',
          `${shortNumber(chosen.start, 4)}, ${shortNumber(chosen.value, 4)}`,
        ],
        ['samples, iterations, kernels', `${chosen.samples}, ${chosen.iterations}, ${chosen.evaluations}`],
        ['ended because', chosen.because],
      ],
    },
  ]
}

import type { Story } from '../../experiment/experiment.js'
import type { Fact, ReportTable } from '../../report/html.js'
import { percent, shortNumber, withUncertainty } from '../../text/number.js'
import { lossName, scoreName, subject, type TrainDone } from './figures.js'
import { type CurveNumbers, last, type TrainNumbers } from './numbers.js'
import type { Setup } from './setup.js'
import { type SetName, setNames } from './stages/data.js'

/** What the report of `ntk train` says in words and tables. */
export function trainStory(done: TrainDone): Story {
  const { setup, numbers } = done
  const rising = riseWarning(numbers)
  return {
    headline: headlineOf(setup, numbers),
    lead: leadOf(done),
    facts: factsOf(numbers),
    tables: [lastTable(setup, numbers), movedTable(numbers)],
    warnings: rising === null ? [] : [rising],
  }
}

const trials = ({ task, network }: TrainNumbers): { score: number; classes: boolean } => ({
  score: last(network.sets.test?.score),
  classes: task === 'classes',
})

const stepsOf = ({ lastStep }: TrainNumbers): string => `${lastStep} step${lastStep === 1 ? '' : 's'}`

function headlineOf({ name }: Setup, numbers: TrainNumbers): string {
  const { score, classes } = trials(numbers)
  const what = classes
    ? `gets ${percent(score)} of ${numbers.samples.test} unseen samples right`
    : `explains ${percent(score)} of the variance of ${numbers.samples.test} unseen targets`
  return `${name} ${what} after ${stepsOf(numbers)}`
}

function leadOf({ setup, numbers }: TrainDone): string {
  const { batch, loss, start, earlyStop } = setup.config
  const batches = batch === 'full' ? 'full batches' : `batches of ${batch}`
  const of = loss === 'mse' ? '½ mean (f − y)²' : 'cross-entropy'
  const paragraphs = [
    `Trained: ${subject({ setup, numbers })}; ${stepsOf(numbers)} (${shortNumber(numbers.epochs)} epochs) of ${batches} on ${of}, learning rate ${shortNumber(numbers.learningRate)}.`,
  ]
  if (numbers.task === 'numbers')
    paragraphs.push('Targets were brought to mean 0 and variance 1 by the training rows.')
  if (start === 'centred')
    paragraphs.push('What is trained is the network less itself at its start: its outputs begin at zero.')
  if (earlyStop.patience !== undefined && numbers.bestStep !== null) {
    const why = numbers.stoppedEarly
      ? `It ended there because the ${earlyStop.metric} of ${numbers.samples.validation} validation samples had not become better for ${earlyStop.patience} evaluations`
      : `The ${earlyStop.metric} of ${numbers.samples.validation} validation samples did not end it before`
    paragraphs.push(`${why}; their loss was smallest at step ${numbers.bestStep}.`)
  }
  if (numbers.linearized !== null)
    paragraphs.push(
      'Its first-order Taylor expansion in the parameters was trained from the same start, on the same batches and for as many steps.',
    )
  return paragraphs.join('\n\n')
}

function factsOf(numbers: TrainNumbers): Fact[] {
  const { score, classes } = trials(numbers)
  const { test } = numbers.samples
  const linear = numbers.linearized?.sets.test?.score
  const beside =
    linear === undefined
      ? ''
      : `; linearization ${classes ? percent(last(linear)) : shortNumber(last(linear))}`
  const facts: Fact[] = [
    classes
      ? {
          label: 'test accuracy',
          value: `${withUncertainty(100 * score, 100 * Math.sqrt((score * (1 - score)) / test))} %`,
          note: `${test} samples; by chance ${percent(1 / numbers.classes)}${beside}`,
        }
      : {
          label: 'R²',
          value: shortNumber(score),
          note: `RMSE ${shortNumber(numbers.testRmse ?? Number.NaN)} on ${test} samples${beside}`,
        },
    {
      label: 'test loss',
      value: shortNumber(last(numbers.network.sets.test?.loss)),
      note: `training loss ${shortNumber(last(numbers.network.sets.train?.loss))}`,
    },
  ]
  if (numbers.distance !== null) {
    const [apart, moved] = [last(numbers.distance.rmse), last(numbers.distance.moved)]
    facts.push({
      label: 'network − linearization',
      value: shortNumber(apart),
      note: `RMSE of outputs on ${numbers.distance.samples} test samples, ${percent(apart / moved)} of how far they moved`,
    })
  }
  return facts
}

/** What to say where training ends above its start; null where it does not. */
function riseWarning({ network, learningRate }: TrainNumbers): string | null {
  const loss = network.sets.train?.loss ?? []
  const [first = Number.NaN] = loss
  if (!(last(loss) > first)) return null
  return `The training loss has grown from ${shortNumber(first)} to ${shortNumber(last(loss))}: the learning rate ${shortNumber(learningRate)} is too large, or training too short.`
}

const rowNames: { readonly [S in SetName]: string } = {
  train: 'training',
  validation: 'validation',
  test: 'test',
}

function lastTable(setup: Setup, numbers: TrainNumbers): ReportTable {
  const { task, linearized } = numbers
  const value = (v: number): string => (task === 'classes' ? percent(v) : shortNumber(v))
  const cells = (curve: CurveNumbers, set: SetName): string[] => [
    shortNumber(last(curve.sets[set]?.loss)),
    value(last(curve.sets[set]?.score)),
  ]
  const head = [lossName(setup), scoreName(numbers)]
  return {
    caption: `At the last step, ${numbers.lastStep}`,
    head: ['', ...head, ...(linearized === null ? [] : head.map((name) => `linearization, ${name}`))],
    rows: setNames
      .filter((set) => numbers.network.sets[set] !== null)
      .map((set) => [
        `${rowNames[set]}, ${numbers.samples[set]} samples`,
        ...cells(numbers.network, set),
        ...(linearized === null ? [] : cells(linearized, set)),
      ]),
  }
}

/** More layers than these make no table. */
const mostLayers = 40

function movedTable({ network, linearized, largestRate }: TrainNumbers): ReportTable {
  const layers = Object.keys(network.moved).slice(0, mostLayers)
  const left = Object.keys(network.moved).length - layers.length
  return {
    caption: 'How far weights moved, ‖θ − θ₀‖ / ‖θ₀‖',
    head: ['layer', 'network', ...(linearized === null ? [] : ['linearization'])],
    rows: layers.map((layer) => [
      layer,
      shortNumber(network.moved[layer] ?? Number.NaN),
      ...(linearized === null ? [] : [shortNumber(linearized.moved[layer] ?? Number.NaN)]),
    ]),
    note: [
      'Of wide networks it falls as one over the root of the width (Lee et al. 2019, Section 2.3).',
      ...(left > 0 ? [`${left} more layers are in results.json.`] : []),
      ...(largestRate === null
        ? []
        : [`The kernel at the start is stable up to a learning rate of ${shortNumber(largestRate)}.`]),
    ].join(' '),
  }
}

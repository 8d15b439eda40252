import type { Layer } from '@ntk/stax'
import type { Experiment, ExperimentHead } from '../../experiment/experiment.js'
import { real, whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { pairExperiment } from './experiment.js'
import { curvesFigure, rmseFigure, singlesFigure, sizesFigure } from './figures.js'
import { accuracyFinding, powerNote, widthPowers } from './laws.js'
import { lawOver, type PairNumbers, type PairStages, type PairValues, powerOf } from './numbers.js'
import { denseProducts } from './products.js'
import {
  type Cell,
  cellsByWidth,
  type PairDefaults,
  type PairSetup,
  pairSettings,
  type TrainedPairConfig,
  trainingSettings,
} from './setup.js'

/** Networks and linearizations under cross-entropy. */
export interface LogitConfig extends TrainedPairConfig {
  depth: number
  parted: number
}

export function logitSettings(
  standard: Omit<PairDefaults, 'wStd' | 'bStd' | 'start'> & {
    readonly depth: number
    readonly momentum: number
    readonly batch: number | null
  },
): Settings<LogitConfig> {
  return group<LogitConfig>({
    ...pairSettings({ ...standard, start: 'random', wStd: Math.SQRT2, bStd: Math.sqrt(0.1) }),
    ...trainingSettings(standard.momentum, standard.batch),
    depth: setting(whole(), { help: 'Hidden layers', default: standard.depth }),
    parted: setting(real({ above: 0 }), {
      help: 'RMS difference of test logits from which on network and linearization have parted',
      default: 0.05,
    }),
  })
}

/**
 * The step at which logits are `parted` from each other, by interpolation of the logarithms between evaluations; NaN where they are not by the last step,
 * so that a training that was too short says nothing.
 */
export function stepOfParting({ steps, distance }: PairValues, parted: number): number {
  const { rmse } = distance
  const at = rmse.findIndex((value) => value >= parted)
  const [before, after] = [at - 1, at]
  const [low, high] = [rmse[before] ?? Number.NaN, rmse[after] ?? Number.NaN]
  const [from, to] = [steps[before] ?? Number.NaN, steps[after] ?? Number.NaN]
  // The start, at which both are the same, has no logarithm.
  if (at <= 1) return Number.NaN
  const share = Math.log(parted / low) / Math.log(high / low)
  return from * (to / from) ** share
}

export function logitExperiment(
  head: ExperimentHead<LogitConfig>,
  kind: {
    readonly figure: string
    readonly activation: string
    readonly net: (config: LogitConfig, cell: Cell, outputs: number) => Layer
  },
): Experiment<LogitConfig, PairSetup<LogitConfig>, PairStages, PairNumbers> {
  return pairExperiment(
    head,
    {
      shape: () => ({ flat: true, targets: 'labels' }),
      cells: (config) => cellsByWidth(config, { kind: 'FC', depth: config.depth }),
      net: kind.net,
      products: ({ data }, { width, depth }) => denseProducts(data === 'cifar10' ? 3072 : 784, depth, width),
      training: ({ momentum, batch }) => ({ momentum, batch }),
      by: 'training',
    },
    {
      who: ({ depth }) => `${kind.activation} networks of ${depth} hidden layers under cross-entropy`,
      figures: [
        {
          name: 'rmse',
          caption:
            'Root mean square of the difference of test logits. Logits grow for ever under cross-entropy, and so does the difference, but in wider networks it comes later.',
          draw: rmseFigure,
        },
        {
          name: 'parting',
          caption: 'The step at which the difference reaches a set size, of each width.',
          draw: (done) =>
            sizesFigure(done, [{ title: '', size: 'width', where: () => true, groups: () => 'step' }], {
              title: 'When logits part',
              of: (values) => stepOfParting(values, done.setup.config.parted),
              x: 'width',
              y: `step at which RMSE is ${done.setup.config.parted}`,
            }),
        },
        {
          name: 'singles',
          caption: 'Logits for single test images, and moves of single weights, of one network.',
          draw: singlesFigure,
        },
        { name: 'curves', caption: 'Loss and accuracy of the widest networks.', draw: curvesFigure },
      ],
      findings: [
        {
          name: 'parting-width',
          statement: ({ setup }) =>
            `power of the width with which the step grows at which logits are ${setup.config.parted} apart`,
          note: `Lee et al. 2019, Figure S4: in wider networks logits part later. ${powerNote}`,
          measure: (done) =>
            powerOf(
              lawOver(done, 'width', (values) => stepOfParting(values, done.setup.config.parted)),
              0,
              'at least',
              0.2,
            ),
        },
        ...widthPowers<LogitConfig>(),
        accuracyFinding(kind.figure),
      ],
    },
  )
}

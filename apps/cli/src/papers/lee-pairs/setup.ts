import type { Layer } from '@ntk/stax'
import { foldIn, type Key, key } from '@ntk/tensor'
import { listOf, oneOf, orNone, real, whole } from '../../settings/kind.js'
import { type Settings, setting } from '../../settings/setting.js'
import { bStdSetting, type PaperSettings, paperSettings, widthsSetting, wStdSetting } from '../common.js'
import { outputsFor, type SampleSettings, type SampleShape, sampleSettings } from './samples.js'

/** Networks beside their linearizations: what every experiment of them is told. */
export interface PairConfig extends PaperSettings, SampleSettings {
  widths: number[]
  networks: number
  steps: number
  evaluations: number
  learningRate: number
  start: 'random' | 'centred'
  wStd: number
  bStd: number | null
}

export interface PairDefaults {
  readonly data: 'mnist' | 'cifar10'
  readonly classes: readonly number[]
  readonly train: number
  readonly test: number
  readonly widths: readonly number[]
  readonly networks: number
  readonly steps: number
  readonly learningRate: number
  readonly start: 'random' | 'centred'
  readonly wStd: number
  readonly bStd: number | null
}

export function pairSettings(standard: PairDefaults): {
  readonly [K in keyof PairConfig]-?: Settings<PairConfig[K]>
} {
  return {
    ...sampleSettings(standard),
    widths: widthsSetting(standard.widths),
    networks: setting(whole({ min: 2 }), { help: 'Networks of each size', default: standard.networks }),
    steps: setting(whole({ min: 2 }), { help: 'Steps of training', default: standard.steps }),
    evaluations: setting(whole({ min: 3 }), {
      help: 'Steps at which both are evaluated, evenly spread over log(step)',
      default: 14,
    }),
    learningRate: setting(real({ above: 0 }), {
      help: 'Learning rate, of the mean loss',
      default: standard.learningRate,
    }),
    start: setting(oneOf(['random', 'centred']), {
      help: 'random: networks as they are drawn; centred: less themselves at the start, so that all begin at outputs of 0',
      default: standard.start,
    }),
    wStd: wStdSetting(standard.wStd),
    bStd: bStdSetting(standard.bStd),
    ...paperSettings,
  }
}

/** Experiments that train both, by momentum and on batches. */
export interface TrainedPairConfig extends PairConfig {
  momentum: number
  batch: number | null
}

export const trainingSettings = (
  momentum: number,
  batch: number | null,
): { readonly momentum: Settings<number>; readonly batch: Settings<number | null> } => ({
  momentum: setting(real({ min: 0, below: 1 }), { help: 'Momentum', default: momentum }),
  batch: setting(orNone(whole({ min: 1 })), { help: 'Samples of a step, or none for all', default: batch }),
})

/** Depths of the hidden layers, of those experiments that vary them. */
export const depthsSetting = (standard: readonly number[]): Settings<number[]> =>
  setting(listOf(whole(), { min: 1, distinct: 'a depth' }), { help: 'Hidden layers', default: [...standard] })

/** Networks of one kind and size, on so many samples. */
export interface Cell {
  /** A name for lists of several kinds: `FC`, `CNN`. */
  readonly kind: string
  readonly width: number
  readonly depth: number
  readonly samples: number
  /** Steps of training and the rate of them, where they are not those of the config. */
  readonly long?: { readonly steps: number; readonly rate: number }
}

/** What differs between experiments of pairs. */
export interface PairTask<C extends PairConfig> {
  readonly shape: (config: C) => SampleShape
  readonly cells: (config: C) => readonly Cell[]
  readonly net: (config: C, cell: Cell, outputs: number) => Layer
  /** Multiplications of the network for one sample, about. */
  readonly products: (config: C, cell: Cell) => number
  /** The learning rate of a cell; that of the config unless given. */
  readonly rate?: (config: C, cell: Cell) => number
  /** Momentum and the samples of a step (null: all); none, and full batches, unless given. */
  readonly training?: (config: C) => { readonly momentum: number; readonly batch: number | null }
  /** How the linearization is followed: by training it, or by closed forms from the kernel (full batch, one output, no momentum). */
  readonly by: 'training' | 'kernel'
}

export interface PairSetup<C extends PairConfig> {
  readonly config: C
  readonly task: PairTask<C>
  readonly cells: readonly Cell[]
  readonly shape: SampleShape
  readonly outputs: number
  readonly keys: { readonly data: Key; readonly networks: Key; readonly batches: Key }
}

export function makeSetup<C extends PairConfig>(config: C, task: PairTask<C>): PairSetup<C> {
  const root = key(config.seed)
  const shape = task.shape(config)
  const cells = task.cells(config)
  const outputs = outputsFor(config, shape)
  // What cannot be built is refused before anything is read.
  for (const cell of cells) task.net(config, cell, outputs)
  return {
    config,
    task,
    cells,
    shape,
    outputs,
    keys: { data: foldIn(root, 0), networks: foldIn(root, 1), batches: foldIn(root, 2) },
  }
}

/** Steps and learning rate of a cell. */
export const stepsOf = <C extends PairConfig>(
  { config, task }: PairSetup<C>,
  cell: Cell,
): { readonly steps: number; readonly rate: number } =>
  cell.long ?? { steps: config.steps, rate: task.rate?.(config, cell) ?? config.learningRate }

export const trainingOf = <C extends PairConfig>({
  config,
  task,
}: PairSetup<C>): { readonly momentum: number; readonly batch: number | null } =>
  task.training?.(config) ?? { momentum: 0, batch: null }

/** A cell of each width, of one kind and depth. */
export const cellsByWidth = (
  { widths, train }: PairConfig,
  { kind, depth }: { readonly kind: string; readonly depth: number },
): Cell[] => widths.map((width) => ({ kind, width, depth, samples: train }))

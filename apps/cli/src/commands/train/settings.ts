import { seedSetting } from '../../config/common.js'
import { type DeviceConfig, deviceSettings, type OnDevice, withDtype } from '../../config/device.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import {
  type OptimizerConfig,
  optimizerSettings,
  type ScheduleConfig,
  scheduleSettings,
} from '../../config/optimizer.js'
import { type ReadyConfig, readySettings } from '../../config/ready.js'
import { type SamplesConfig, samplesRules, samplesSettings } from '../../config/samples.js'
import type { ExperimentHead } from '../../experiment/experiment.js'
import { oneOf, onOff, orWord, real, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, setting } from '../../settings/setting.js'
import { type AugmentConfig, augmentSettings } from './augment.js'

/** When training ends before its last step. */
export interface EarlyStopConfig {
  patience?: number | undefined
  metric: 'loss' | 'score'
  minDelta: number
}

/** Everything that decides what `ntk train` computes. */
export interface TrainConfig extends SamplesConfig, DeviceConfig {
  validation: number
  augment: AugmentConfig
  network: NetworkConfig
  architecture: ReadyConfig
  loss: 'mse' | 'cross-entropy'
  optimizer: OptimizerConfig
  schedule: ScheduleConfig
  batch: number | 'full'
  steps?: number | undefined
  epochs?: number | undefined
  evaluateEvery?: number | undefined
  checkpointEvery?: number | undefined
  earlyStop: EarlyStopConfig
  start: 'centred' | 'random'
  linearized: boolean
  seed: number
  out: string
}

/** Images of each part where the config is silent. */
export const imagesUnlessGiven = 512

/** Hidden layers where the config is silent. */
const hidden: readonly number[] = [256, 256]

/** A config that says its precision. */
export type ResolvedTrain = TrainConfig & OnDevice

/** The short form of a network says its widths, and a device its precision, so that the config of a run does. */
export function resolveTrain(given: TrainConfig): ResolvedTrain {
  const config = withDtype(given)
  const ready = config.architecture.name !== undefined && config.architecture.name !== 'fully-connected'
  if (config.network.spec !== undefined || ready || config.network.hidden !== undefined) return config
  return { ...config, network: { ...config.network, hidden: [...hidden] } }
}

export const trainHead: ExperimentHead<TrainConfig> = {
  name: 'train',
  summary: 'Train a network, and its linearization beside it, with checkpoints',
  settings: group<TrainConfig>(
    {
      ...samplesSettings(imagesUnlessGiven),
      validation: setting(whole({ min: 0 }), {
        help: 'Training samples that are held out, drawn at random, for --patience',
        default: 0,
      }),
      augment: augmentSettings,
      network: networkSettings(hidden),
      architecture: readySettings(),
      loss: setting(oneOf(['mse', 'cross-entropy'], 'loss'), {
        help: 'mse: 1/2 mean (f - y)^2, of classes with one-hot targets less 1/C; cross-entropy: of classes alone',
        default: 'mse',
      }),
      optimizer: optimizerSettings(),
      schedule: scheduleSettings(),
      batch: setting(orWord(whole(), 'full', 'must be a whole number of at least 1, or full'), {
        help: 'Samples in a step, or full; every epoch visits each once, in an order of its own',
        default: 32,
      }),
      steps: optionalSetting(whole(), { help: 'Steps of training', absent: 'those of --epochs' }),
      epochs: optionalSetting(whole(), { help: 'Times each sample is seen', absent: '20, without --steps' }),
      evaluateEvery: optionalSetting(whole(), {
        help: 'Steps from one evaluation on all sets to the next',
        absent: 'a fiftieth of all',
      }),
      checkpointEvery: optionalSetting(whole(), {
        help: 'Steps from one checkpoint to the next',
        absent: 'a tenth of all',
      }),
      earlyStop: group<EarlyStopConfig>({
        patience: optionalSetting(whole(), {
          help: 'End after so many evaluations without a better value on the --validation samples',
          absent: 'all steps',
        }),
        metric: setting(oneOf(['loss', 'score'], 'what'), {
          help: 'With --patience: the loss, or the score, accuracy or R²',
          default: 'loss',
          flag: 'stopMetric',
        }),
        minDelta: setting(real({ min: 0 }), {
          help: 'With --patience: by how much a value must be better to count',
          default: 0,
        }),
      }),
      start: setting(oneOf(['centred', 'random']), {
        help: 'random: the network as it is drawn; centred: less itself at its start, so that outputs begin at zero',
        default: 'random',
      }),
      linearized: setting(onOff(), {
        help: 'Also train the linearization of the network, on the same batches, and report how far they part',
        default: false,
      }),
      seed: seedSetting(),
      ...deviceSettings('the network is', 'Precision of the network'),
      out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
    },
    [
      ...samplesRules,
      {
        holds: ({ steps, epochs }) => steps === undefined || epochs === undefined,
        error: 'has steps and epochs; give one of them',
      },
      {
        holds: ({ earlyStop, validation }) => earlyStop.patience === undefined || validation > 0,
        error:
          'has earlyStop.patience (--patience) without validation (--validation), the samples it looks at',
      },
      {
        holds: ({ table, loss }) => table.task !== 'numbers' || loss === 'mse',
        error: 'has the loss cross-entropy (--loss), which is of classes, for a task of numbers',
      },
    ],
  ),
}

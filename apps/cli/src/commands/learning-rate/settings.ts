import { seedSetting } from '../../config/common.js'
import { type DeviceConfig, deviceSettings } from '../../config/device.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import { type ReadyConfig, readySettings } from '../../config/ready.js'
import { type SamplesConfig, samplesRules, samplesSettings } from '../../config/samples.js'
import { listOf, oneOf, real, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, type Settings, setting, withoutFlags } from '../../settings/setting.js'

/** Everything that decides what `ntk learning-rate` computes. */
export interface LearningRateConfig extends SamplesConfig, DeviceConfig {
  network: NetworkConfig
  architecture: ReadyConfig
  kernel: 'infinite' | 'empirical'
  loss: 'mean' | 'sum' | 'cross-entropy'
  momentum: number[]
  weightDecay: number
  batch?: number | undefined
  seed: number
  figure?: string | undefined
}

/** Images where the config is silent. */
export const imagesUnlessGiven = 256

const { data, table } = samplesSettings(imagesUnlessGiven)

export const learningRateSettings: Settings<LearningRateConfig> = group<LearningRateConfig>(
  {
    data: withoutFlags(data, ['test']),
    table,
    network: networkSettings(),
    architecture: readySettings(),
    kernel: setting(oneOf(['infinite', 'empirical'], 'which'), {
      help: 'infinite: the NTK of the infinitely wide network; empirical: that of the finite one, drawn by --seed',
      default: 'infinite',
    }),
    loss: setting(oneOf(['mean', 'sum', 'cross-entropy'], 'loss'), {
      help: 'mean: 1/2 mean (f - y)^2; sum: 1/2 sum (f - y)^2; cross-entropy: mean over samples, whose curvature is at most one half',
      default: 'mean',
    }),
    momentum: setting(listOf(real({ min: 0, below: 1 }), { distinct: 'a mass' }), {
      help: 'Masses of heavy-ball and Nesterov momentum to look at',
      default: [0.9],
    }),
    weightDecay: setting(real({ min: 0 }), {
      help: 'Decay of the weights that is added to the gradient',
      default: 0,
    }),
    batch: optionalSetting(whole(), {
      help: 'Also rates that are stable whichever batches of so many samples are drawn',
      absent: 'full batches alone',
    }),
    seed: seedSetting(),
    ...deviceSettings('the kernel is', 'Precision of the kernel; its eigenvalues are float64'),
    figure: optionalSetting(text('name'), {
      help: 'Draw the spectrum to <name>.svg, .png and .vl.json',
      absent: 'no figure',
    }),
  },
  [
    ...samplesRules,
    {
      holds: ({ table: { task }, loss }) => task !== 'numbers' || loss !== 'cross-entropy',
      error: 'has the loss cross-entropy (--loss), which is of classes, for a task of numbers',
    },
  ],
)

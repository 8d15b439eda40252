import { firstInputsFirst, inputSettings, seedSetting } from '../../config/common.js'
import { type DataConfig, dataSettings } from '../../config/data.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import { oneOf, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, type Settings, setting, withoutFlags } from '../../settings/setting.js'

/** Everything that decides what `ntk kernel` computes. */
export interface KernelConfig {
  data: DataConfig
  inputs?: string | undefined
  inputs2?: string | undefined
  network: NetworkConfig
  get: 'ntk' | 'nngp'
  tile?: number | undefined
  seed: number
  out: string
}

export const kernelSettings: Settings<KernelConfig> = group<KernelConfig>(
  {
    data: withoutFlags(dataSettings('Samples of the data set'), ['test']),
    ...inputSettings(),
    network: networkSettings(),
    get: setting(oneOf(['ntk', 'nngp'], 'kernel'), {
      help: 'Neural tangent kernel (ntk), or covariance of the outputs (nngp)',
      default: 'ntk',
    }),
    tile: optionalSetting(whole(), { help: 'Samples in one tile', absent: 'what fits the cache' }),
    seed: seedSetting(),
    out: setting(text('file'), { help: 'The npy file that is written', default: 'kernel.npy' }),
  },
  [firstInputsFirst],
)

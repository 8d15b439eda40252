import { firstInputsFirst, inputSettings, seedSetting } from '../../config/common.js'
import { type DataConfig, dataSettings } from '../../config/data.js'
import { type DeviceConfig, deviceSettings } from '../../config/device.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import { type ReadyConfig, readySettings } from '../../config/ready.js'
import { oneOf, onOff, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, type Settings, setting, withoutFlags } from '../../settings/setting.js'

/** Everything that decides what `ntk empirical` computes, after file, flags and defaults are merged. */
export interface EmpiricalConfig extends DeviceConfig {
  data: DataConfig
  inputs?: string | undefined
  inputs2?: string | undefined
  network: NetworkConfig
  architecture: ReadyConfig
  outputs?: number | undefined
  get: 'ntk' | 'nngp'
  implementation: 'auto' | 'structured-derivatives' | 'jacobian-contraction' | 'ntk-vector-products'
  full: boolean
  layers: boolean
  seed: number
  out: string
}

const implementations = [
  'auto',
  'structured-derivatives',
  'jacobian-contraction',
  'ntk-vector-products',
] as const

export const empiricalSettings: Settings<EmpiricalConfig> = group<EmpiricalConfig>(
  {
    data: withoutFlags(dataSettings('Samples of the data set'), ['test']),
    ...inputSettings(),
    network: networkSettings(),
    architecture: readySettings(),
    outputs: optionalSetting(whole(), {
      help: 'Outputs of the network, where no spec says so',
      absent: 'one a class; 1 with --inputs',
    }),
    get: setting(oneOf(['ntk', 'nngp'], 'kernel'), {
      help: 'Neural tangent kernel (ntk), or products of the outputs (nngp)',
      default: 'ntk',
    }),
    implementation: setting(oneOf(implementations, 'how'), {
      help: `How the ntk is computed: ${implementations.slice(1).join(', ')}, or auto, the one with the fewest operations`,
      default: 'auto',
    }),
    full: setting(onOff(), {
      help: 'All pairs of outputs, [n, n, k, k], and not the mean over outputs, [n, n]',
      default: false,
    }),
    layers: setting(onOff(), { help: 'Also what each layer contributes to the ntk, as npz', default: false }),
    seed: seedSetting('Seed of the data and of the parameters'),
    ...deviceSettings('the kernel is', 'Precision of the network and its kernel'),
    out: setting(text('file'), { help: 'The npy file that is written', default: 'empirical.npy' }),
  },
  [
    firstInputsFirst,
    {
      holds: ({ layers, get }) => !layers || get === 'ntk',
      error: 'has layers with get: nngp; only the ntk is a sum over layers',
    },
    {
      holds: ({ outputs, network }) => outputs === undefined || network.spec === undefined,
      error: 'has outputs beside a spec, which says its outputs itself',
    },
  ],
)

import { oneOf, text, whole } from '../settings/kind.js'
import {
  group,
  optionalSetting,
  type Rule,
  type Settings,
  setting,
  withoutFlags,
} from '../settings/setting.js'
import { firstInputsFirst, inputSettings, seedSetting } from './common.js'
import { type DataConfig, dataSettings } from './data.js'
import { type DeviceConfig, deviceSettings } from './device.js'
import { type NetworkConfig, networkSettings } from './network.js'

/** Everything that decides what `ntk kernel` computes. */
export interface KernelConfig extends DeviceConfig {
  data: DataConfig
  inputs?: string | undefined
  inputs2?: string | undefined
  network: NetworkConfig
  get: 'ntk' | 'nngp'
  at?: string | undefined
  tile?: number | undefined
  monteCarlo?: number | undefined
  seed: number
  sink?: string | undefined
  shard?: string | undefined
  out?: string | undefined
}

/** The settings one by one, for `ntk describe`, which has them too. */
export const kernelParts: { readonly [K in keyof KernelConfig]-?: Settings<KernelConfig[K]> } = {
  data: withoutFlags(dataSettings('Samples of the data set'), ['test']),
  ...inputSettings(),
  network: networkSettings(),
  get: setting(oneOf(['ntk', 'nngp'], 'kernel'), {
    help: 'Neural tangent kernel (ntk), or covariance of the outputs (nngp)',
    default: 'ntk',
  }),
  at: optionalSetting(text('name'), {
    help: 'The layer with this name in --network, ["named", { name }, layer], behind which the kernel is taken',
    absent: 'the end of the network',
  }),
  tile: optionalSetting(whole(), { help: 'Samples in one tile', absent: 'what fits the cache' }),
  monteCarlo: optionalSetting(whole({ min: 2 }), {
    help: 'Estimate the kernel from so many finite networks, with its standard error; for layers without a kernel at infinite width',
    absent: 'the exact kernel',
  }),
  seed: seedSetting(),
  ...deviceSettings('the kernel is', 'Precision of the kernel'),
  sink: optionalSetting(text('dir'), {
    help: 'A directory of tiles, for long kernels: it survives a kill, and processes share it',
    absent: 'in memory',
  }),
  shard: optionalSetting(text('i/n'), {
    help: 'The i-th of n parts, for processes that share --sink',
    absent: 'all',
  }),
  out: optionalSetting(text('file'), {
    help: 'The npy file that is written',
    absent: 'kernel.npy; none beside --sink',
  }),
}

/** What must hold between them. */
export const kernelRules: readonly Rule<KernelConfig>[] = [
  firstInputsFirst,
  {
    holds: ({ sink, shard }) => shard === undefined || sink !== undefined,
    error: 'has shard without sink, which shards share',
  },
  {
    holds: ({ monteCarlo, sink }) => monteCarlo === undefined || sink === undefined,
    error: 'has monteCarlo with a sink; an estimate is held in memory',
  },
  {
    holds: ({ monteCarlo, at }) => monteCarlo === undefined || at === undefined,
    error: 'has monteCarlo and at; what is estimated is the end of the network',
  },
]

export const kernelSettings: Settings<KernelConfig> = group<KernelConfig>(kernelParts, kernelRules)

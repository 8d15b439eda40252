import { oneOf, real, whole } from '../settings/kind.js'
import { group, optionalSetting, type Settings } from '../settings/setting.js'

const names = [
  'fully-connected',
  'lenet',
  'alexnet',
  'wide-resnet',
  'myrtle-5',
  'myrtle-7',
  'myrtle-10',
  'cnn-f',
  'cnn-p',
] as const

export type ReadyName = (typeof names)[number]

/** What a ready network may be asked for beside its name. */
export type ReadySize = 'factor' | 'channels' | 'depth' | 'normalization'

/** A ready network by name. */
export interface ReadyConfig {
  name?: ReadyName | undefined
  factor?: number | undefined
  channels?: number | undefined
  depth?: number | undefined
  normalization?: 'batch' | 'layer' | 'none' | undefined
}

export function readySettings(): Settings<ReadyConfig> {
  return group<ReadyConfig>({
    name: optionalSetting(oneOf(names), {
      help: `Ready network: ${names.join(', ')}`,
      absent: 'the one of the settings above',
      flag: 'architecture',
    }),
    factor: optionalSetting(real({ above: 0 }), {
      help: 'Multiplies every width of lenet and alexnet',
      absent: '1',
    }),
    channels: optionalSetting(whole(), {
      help: 'Channels of wide-resnet, myrtle-* and cnn-*',
      absent: '32',
    }),
    depth: optionalSetting(whole({ max: 10_000 }), {
      help: 'Convolutions of cnn-* (4), layers of wide-resnet: 10, 16, 22, ...',
      absent: '10',
    }),
    normalization: optionalSetting(oneOf(['batch', 'layer', 'none'], 'how'), {
      help: 'What stands before each activation of wide-resnet: batch, layer or none',
      absent: 'batch',
    }),
  })
}

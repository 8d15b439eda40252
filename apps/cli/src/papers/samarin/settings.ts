import { listOf, orNone, real, whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { type PaperSettings, paperSettings } from '../common.js'
import { type SamarinImages, samarinImageSettings } from './images.js'
import type { SgdConfig } from './train.js'

/** How networks of several widths and their linearizations are trained side by side. */
export interface PairTraining extends SgdConfig {
  factors: number[]
  networks: number
  rates: number[]
  weightDecay: number
  linearRate: number | null
  linearDecay: number
}

export interface PairConfig extends PaperSettings, SamarinImages, PairTraining {}

export const sgdSettings = (standard: {
  readonly epochs: number
  readonly dropEvery: number | null
}): { readonly [K in keyof SgdConfig]: Settings<SgdConfig[K]> } => ({
  epochs: setting(real({ above: 0 }), { help: 'Times each image is seen', default: standard.epochs }),
  batch: setting(whole(), { help: 'Images in a step', default: 32 }),
  momentum: setting(real({ min: 0, below: 1 }), { help: 'Mass of the velocity', default: 0.9 }),
  dropEvery: setting(orNone(real({ above: 0 })), {
    help: 'Epochs after which the learning rate falls by ten, each time, or none',
    default: standard.dropEvery,
  }),
})

export const factorsSetting = (standard: readonly number[]): Settings<number[]> =>
  setting(listOf(real({ above: 0 }), { min: 1, distinct: 'a width factor' }), {
    help: 'Width factors: what channels and widths of the network are multiplied by',
    default: [...standard],
  })

export const networksSetting = (standard: number): Settings<number> =>
  setting(whole({ min: 2 }), { help: 'Networks of each width, for error bars', default: standard })

export const ratesSetting = (standard: readonly number[]): Settings<number[]> =>
  setting(listOf(real({ above: 0 }), { min: 1, distinct: 'a rate' }), {
    help: 'Learning rates; of several each width takes the one with which a network of its own gets the most test images right, as in the paper',
    default: [...standard],
  })

export function pairSettings(
  standard: Parameters<typeof samarinImageSettings>[0] & {
    readonly factors: readonly number[]
    readonly networks: number
    readonly epochs: number
    readonly rates: readonly number[]
    readonly dropEvery: number | null
    readonly weightDecay: number
    readonly linearRate: number | null
  },
): Settings<PairConfig> {
  return group<PairConfig>({
    ...samarinImageSettings(standard),
    factors: factorsSetting(standard.factors),
    networks: networksSetting(standard.networks),
    rates: ratesSetting(standard.rates),
    ...sgdSettings(standard),
    weightDecay: setting(real({ min: 0 }), { help: 'Weight decay', default: standard.weightDecay }),
    linearRate: setting(orNone(real({ above: 0 })), {
      help: 'Another learning rate at which linearizations are trained too, or none',
      default: standard.linearRate,
    }),
    linearDecay: setting(real({ min: 0 }), { help: 'Weight decay at that rate', default: 5e-7 }),
    ...paperSettings,
  })
}

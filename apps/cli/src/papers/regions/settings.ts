import { listOf, oneOf, orNone, real, whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { type ClassesSettings, classesSettings } from '../classes.js'
import { type PaperSettings, paperSettings } from '../common.js'
import { type NetKind, netKinds } from '../depth/kernels.js'

/** What decides maps of accuracy over the variance of the weights and the depth. */
export interface RegionConfig extends PaperSettings, ClassesSettings {
  kinds: NetKind[]
  wVars: number[]
  bVars: number[]
  depths: number[]
  rate: number
  steps: number
  repeats: number
  width: number | null
  batch: number | null
}

export type RegionDefaults = Omit<RegionConfig, keyof PaperSettings | 'dataDir' | 'width' | 'batch'> &
  Partial<Pick<RegionConfig, 'width' | 'batch'>>

export function regionSettings(standard: RegionDefaults): Settings<RegionConfig> {
  return group<RegionConfig>({
    ...classesSettings(standard),
    kinds: setting(listOf(oneOf(netKinds), { min: 1, distinct: 'a network' }), {
      help: 'Networks: FCN, CNN-F with a flattened readout, CNN-P with one of the mean over positions',
      default: standard.kinds,
    }),
    wVars: setting(listOf(real({ above: 0 }), { min: 2, distinct: 'a variance' }), {
      help: 'Variances of the weights',
      default: standard.wVars,
    }),
    bVars: setting(listOf(real({ above: 0 }), { min: 1, distinct: 'a variance' }), {
      help: 'Variances of the biases',
      default: standard.bVars,
    }),
    depths: setting(listOf(whole(), { min: 2, distinct: 'a depth' }), {
      help: 'Layers of activations',
      default: standard.depths,
    }),
    rate: setting(real({ above: 0, below: 1 }), {
      help: 'Learning rate, in units of 2/λmax of each kernel',
      default: standard.rate,
    }),
    steps: setting(whole(), { help: 'Steps of gradient descent', default: standard.steps }),
    repeats: setting(whole({ min: 2 }), {
      help: 'Draws of the images, for error bars',
      default: standard.repeats,
    }),
    width: setting(orNone(whole()), {
      help: 'Units or channels of networks that are trained, or none: the mean of infinitely wide ones',
      default: standard.width ?? null,
    }),
    batch: setting(orNone(whole()), {
      help: 'Samples in a step of networks that are trained, or none for all',
      default: standard.batch ?? null,
    }),
    ...paperSettings,
  })
}

/** So many numbers at equal distances, both ends among them, with three decimals. */
export const evenly = (from: number, to: number, points: number): number[] =>
  Array.from({ length: points }, (_, i) => Number((from + ((to - from) * i) / (points - 1)).toFixed(3)))

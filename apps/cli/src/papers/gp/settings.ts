import { type DataName, dataNames } from '../../config/data.js'
import { listOf, oneOf, orNone, real, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, type Settings, setting } from '../../settings/setting.js'
import { type PaperSettings, paperSettings } from '../common.js'

/** What decides accuracies of Gaussian processes and of kernel regression over the number of images. */
export interface GpConfig extends PaperSettings {
  data: DataName
  dataDir?: string | undefined
  sizes: number[]
  test: number
  side: number | null
  subsets: number
  diagReg: number
}

export type GpDefaults = Omit<GpConfig, keyof PaperSettings | 'dataDir'>

export function gpSettings(standard: GpDefaults): Settings<GpConfig> {
  return group<GpConfig>({
    data: setting(oneOf(dataNames), {
      help: 'Data set: glyphs (generated, no download), mnist, fashion-mnist or cifar10',
      default: standard.data,
    }),
    dataDir: optionalSetting(text('dir'), {
      help: 'Folder of the files of the data set',
      absent: 'the cache that ntk data import and the download fill',
    }),
    sizes: setting(listOf(whole({ min: 10 }), { min: 1, distinct: 'a size' }), {
      help: 'Training images, as many as each of these',
      default: standard.sizes,
    }),
    test: setting(whole({ min: 10 }), { help: 'Test images', default: standard.test }),
    side: setting(orNone(whole({ min: 2 })), {
      help: 'Height and width to which images are brought, or none for their own',
      default: standard.side,
    }),
    subsets: setting(whole(), {
      help: 'Training sets without a common image, for error bars',
      default: standard.subsets,
    }),
    diagReg: setting(real({ min: 0 }), {
      help: 'Variance of the noise, as a share of the diagonal of the kernel',
      default: standard.diagReg,
    }),
    ...paperSettings,
  })
}

import { listOf, real, whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { type PaperSettings, paperSettings } from '../common.js'

/** What decides an experiment of deep fully connected networks whose layers have something beside their activation. */
export interface VariantConfig extends PaperSettings {
  wVars: number[]
  bVar: number
  keeps: number[]
  samples: number[]
  test: number
  labels: number
  features: number
  depth: number
  repeats: number
}

export interface VariantDefaults {
  readonly wVars: readonly number[]
  readonly bVar: number
  readonly keeps: readonly number[]
  readonly depth: number
}

export function variantSettings(standard: VariantDefaults): Settings<VariantConfig> {
  return group<VariantConfig>({
    wVars: setting(listOf(real({ above: 0 }), { min: 1, distinct: 'a variance' }), {
      help: 'Variances of the weights',
      default: [...standard.wVars],
    }),
    bVar: setting(real({ min: 0 }), { help: 'Variance of the biases', default: standard.bVar }),
    keeps: setting(listOf(real({ above: 0, below: 1 }), { distinct: 'a share' }), {
      help: 'Shares that dropout keeps; none without dropout',
      default: [...standard.keeps],
    }),
    samples: setting(listOf(whole({ min: 2 }), { min: 1, distinct: 'a number' }), {
      help: 'Samples of the training set, m',
      default: [12, 20],
    }),
    test: setting(whole(), { help: 'Samples that the mean predictor is asked for', default: 6 }),
    labels: setting(whole(), { help: 'Columns of random labels that it is given', default: 8 }),
    features: setting(whole(), { help: 'Features of an input', default: 108 }),
    depth: setting(whole({ min: 16 }), { help: 'Layers', default: standard.depth }),
    repeats: setting(whole({ min: 3 }), {
      help: 'Draws of the inputs and labels, for error bars',
      default: 6,
    }),
    ...paperSettings,
  })
}

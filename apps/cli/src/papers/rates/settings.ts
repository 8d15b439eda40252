import { listOf, real, whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { type ClassesSettings, classesSettings } from '../classes.js'
import { type PaperSettings, paperSettings } from '../common.js'

/** What decides up to which learning rates deep networks train. */
export interface RatesConfig extends PaperSettings, ClassesSettings {
  wVars: number[]
  bVar: number
  depth: number
  width: number
  rates: number[]
  steps: number
  early: number
  bisections: number
  networks: number
}

export function ratesSettings(): Settings<RatesConfig> {
  return group<RatesConfig>({
    ...classesSettings({ data: 'mnist', train: 50, test: 10, side: 14 }),
    wVars: setting(listOf(real({ above: 0 }), { min: 1, distinct: 'a variance' }), {
      help: 'Variances of the weights',
      default: [0.5, 1, 1.5, 2],
    }),
    bVar: setting(real({ above: 0 }), { help: 'Variance of the biases', default: 0.1 }),
    depth: setting(whole(), { help: 'Layers of activations', default: 10 }),
    width: setting(whole(), { help: 'Units of a layer', default: 192 }),
    rates: setting(listOf(real({ above: 0 }), { min: 3, distinct: 'a rate' }), {
      help: 'Learning rates that are trained with, in units of 2/λmax of the infinitely wide network',
      default: [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 4],
    }),
    steps: setting(whole({ min: 10 }), { help: 'Steps of each training', default: 120 }),
    early: setting(whole(), {
      help: 'First steps, in which outputs along the first eigenvector come nearer to the labels or not',
      default: 4,
    }),
    bisections: setting(whole({ min: 3 }), {
      help: 'Short trainings that close in on the rate above which they do not',
      default: 7,
    }),
    networks: setting(whole({ min: 3 }), { help: 'Networks for each variance', default: 3 }),
    ...paperSettings,
  })
}

import { seedSetting } from '../config/common.js'
import { listOf, orNone, real, text, whole } from '../settings/kind.js'
import { type Settings, setting } from '../settings/setting.js'

/** The papers, as lists and reports name them. */
export const lee2019 =
  'Lee, Xiao et al. 2019, Wide Neural Networks of Any Depth Evolve as Linear Models Under Gradient Descent'
export const xiao2020 =
  'Xiao, Pennington and Schoenholz 2020, Disentangling Trainability and Generalization in Deep Neural Networks'
export const samarin2020 =
  'Samarin, Roth and Belius 2020, On the Empirical Neural Tangent Kernel of Standard Finite-Width Convolutional Neural Network Architectures'

/** Settings that every experiment of a paper has. */
export interface PaperSettings {
  seed: number
  out: string
}

export const paperSettings: { readonly [K in keyof PaperSettings]: Settings<PaperSettings[K]> } = {
  seed: seedSetting(),
  out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
}

export const widthsSetting = (standard: readonly number[]): Settings<number[]> =>
  setting(listOf(whole(), { min: 1, distinct: 'a width' }), {
    help: 'Widths of the hidden layers',
    default: [...standard],
  })

export const wStdSetting = (standard: number): Settings<number> =>
  setting(real({ above: 0 }), { help: 'Standard deviation of the weights', default: standard })

export const bStdSetting = (standard: number | null): Settings<number | null> =>
  setting(orNone(real({ min: 0 })), { help: 'Standard deviation of the biases, or none', default: standard })

/** Standard deviations of layers whose weights and biases have these variances; no biases where theirs is 0. */
export const affineOf = (wVar: number, bVar: number): { wStd: number; bStd: number | null } => ({
  wStd: Math.sqrt(wVar),
  bStd: bVar === 0 ? null : Math.sqrt(bVar),
})

/** The geometric mean. */
export const geometric = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

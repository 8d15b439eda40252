import { listOf, oneOf, onOff, real, whole } from '../../settings/kind.js'
import { group, type Settings, setting } from '../../settings/setting.js'
import { type PaperSettings, paperSettings } from '../common.js'
import type { activations } from './kernels.js'

export const phases = ['ordered', 'critical', 'chaotic'] as const

export type PhaseName = (typeof phases)[number]

export const families = ['FCN', 'CNN'] as const

/** What decides an experiment of spectra over depth. */
export interface DepthConfig extends PaperSettings {
  activation: keyof typeof activations
  phases: PhaseName[]
  families: ('FCN' | 'CNN')[]
  bVar: number
  ordered: number
  chaotic: number
  samples: number[]
  test: number
  labels: number
  side: number
  normalize: boolean
  depth: number
  convolutions: number
  repeats: number
}

/** What differs between experiments where the config is silent. */
export interface DepthDefaults {
  readonly activation: keyof typeof activations
  readonly phases: readonly PhaseName[]
  readonly bVar: number
}

export function depthSettings(standard: DepthDefaults): Settings<DepthConfig> {
  const { bVar } = standard
  return group<DepthConfig>({
    activation: setting(oneOf(['Erf', 'Relu']), {
      help: 'Activation, Erf or Relu',
      default: standard.activation,
    }),
    phases: setting(listOf(oneOf(phases), { min: 1, distinct: 'a phase' }), {
      help: 'Phases: ordered, critical, chaotic',
      default: [...standard.phases],
    }),
    families: setting(listOf(oneOf(families), { min: 1, distinct: 'a family' }), {
      help: 'Networks: FCN, and CNN for those with a flattened and with a pooled readout',
      default: ['FCN', 'CNN'],
    }),
    bVar: setting(real({ min: 0 }), { help: 'Variance of the biases', default: bVar }),
    ordered: setting(real({ above: 0, below: 1 }), {
      help: 'Variance of the weights in order, as a share of the critical one',
      default: 0.8,
    }),
    chaotic: setting(real({ above: 1 }), {
      help: 'Variance of the weights in chaos, as a multiple of the critical one',
      default: 1.5,
    }),
    samples: setting(listOf(whole({ min: 2 }), { min: 1, distinct: 'a number' }), {
      help: 'Samples of the training set, m',
      default: [12, 20],
    }),
    test: setting(whole(), { help: 'Samples that the mean predictor is asked for', default: 6 }),
    labels: setting(whole(), { help: 'Columns of random labels that it is given', default: 8 }),
    side: setting(whole({ min: 3 }), { help: 'Height and width of the random images', default: 6 }),
    normalize: setting(onOff(), {
      help: 'Whether every position of every image has one norm, as the theory takes it',
      default: true,
    }),
    depth: setting(whole({ min: 16 }), { help: 'Layers of FCN where critical', default: 2048 }),
    convolutions: setting(whole({ min: 16 }), { help: 'Layers of CNN, at most', default: 256 }),
    repeats: setting(whole({ min: 3 }), {
      help: 'Draws of the images and labels, for error bars',
      default: 4,
    }),
    ...paperSettings,
  })
}

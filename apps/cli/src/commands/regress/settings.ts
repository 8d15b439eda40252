import { seedSetting } from '../../config/common.js'
import { type NetworkConfig, networkSettings } from '../../config/network.js'
import { type SamplesConfig, samplesRules, samplesSettings } from '../../config/samples.js'
import type { ExperimentHead } from '../../experiment/experiment.js'
import { oneOf, real, text, whole } from '../../settings/kind.js'
import { group, optionalSetting, setting } from '../../settings/setting.js'

/** Everything that decides what `ntk regress` computes. */
export interface RegressConfig extends SamplesConfig {
  network: NetworkConfig
  get: 'nngp' | 'ntk'
  diagReg: number
  outputScale: 'given' | 'leave-one-out'
  choose?: 'marginal-likelihood' | 'leave-one-out' | undefined
  chooseSamples: number
  chooseRestarts: number
  draws: number
  kernels?: string | undefined
  save?: string | undefined
  seed: number
  out: string
}

export const regressHead: ExperimentHead<RegressConfig> = {
  name: 'regress',
  summary: 'Fit a table or images with the kernel of an infinitely wide network, and test it',
  settings: group<RegressConfig>(
    {
      ...samplesSettings(512),
      network: networkSettings(),
      get: setting(oneOf(['nngp', 'ntk'], 'kernel'), {
        help: 'Covariance of the outputs (nngp), or neural tangent kernel (ntk)',
        default: 'nngp',
      }),
      diagReg: setting(real({ min: 0 }), {
        help: 'Variance of the noise, relative to the mean diagonal of the kernel',
        default: 0.01,
      }),
      outputScale: setting(oneOf(['given', 'leave-one-out'], 'how'), {
        help: 'Of numbers: whether standard deviations are those of the kernel as given, or of a multiple of it that leave-one-out finds; means stay',
        default: 'leave-one-out',
      }),
      choose: optionalSetting(oneOf(['marginal-likelihood', 'leave-one-out'], 'how'), {
        help: 'Choose standard deviations and noise by a likelihood of the samples that are fitted',
        absent: 'as given',
      }),
      chooseSamples: setting(whole(), {
        help: 'Fitted samples, drawn at random, whose likelihood --choose looks at; time grows by about their square',
        default: 200,
      }),
      chooseRestarts: setting(whole({ min: 0 }), {
        help: 'Further searches of --choose, from random standard deviations; the most likely end counts',
        default: 0,
      }),
      draws: setting(whole(), { help: 'Random subsets at each size of the learning curve', default: 4 }),
      kernels: optionalSetting(text('dir'), {
        help: 'A folder that keeps the kernels by tiles: with the same settings a later run goes on with them',
        absent: 'in memory',
      }),
      save: optionalSetting(text('dir'), { help: 'A folder for the model, which --model takes' }),
      seed: seedSetting(),
      out: setting(text('dir'), { help: 'Folder in which the folder of the run is made', default: 'runs' }),
    },
    samplesRules,
  ),
}

import { foldIn, type Key, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { applyOf } from '../../networks/apply.js'
import { secondsOfOutputs, secondsOfStep, workOf } from './cost.js'
import { imageShape, type SamarinData, type SamarinImages } from './images.js'
import { networkOf, pyTorchParams } from './networks.js'
import { bestRate, checkpointOf, pilot } from './pairs.js'
import { type Accuracies, accuraciesAfter, type LossName, type SgdConfig, stepsOf } from './train.js'

/** How AlexNets are trained by both losses. */
export interface LossesConfig extends SamarinImages, SgdConfig {
  factor: number
  networks: number
  rates: number[]
  weightDecay: number
}

export interface LossOutput {
  readonly values: { readonly loss: LossName; readonly rate: number; readonly accuracies: Accuracies }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export const lossNames: readonly LossName[] = ['cross-entropy', 'mse']

type Keys = { readonly networks: Key; readonly batches: Key }

/** One network by one loss: at a rate, or at the best of a search. */
function trainingStage(
  config: LossesConfig,
  keys: Keys,
  data: Stage<SamarinData>,
  what: {
    readonly loss: LossName
    readonly member: number
    readonly name: string
    readonly rate: number | readonly Stage<LossOutput>[]
  },
): Stage<LossOutput> {
  const { loss, member, name, rate } = what
  const [side = 1, , channels = 1] = imageShape(config)
  const work = workOf('alexnet', config.factor, side, channels)
  const steps = stepsOf(config, config.train)
  const seconds =
    steps * secondsOfStep(work, config.batch).network +
    (config.train + config.test) * secondsOfOutputs(work).network
  const searches = typeof rate === 'number' ? [] : rate
  return stage({
    name,
    title: `training by ${loss === 'mse' ? 'L² loss' : 'cross-entropy'}`,
    needs: { data, searches },
    seconds,
    async run({ data: read, searches: found }, context) {
      const net = networkOf('alexnet', config.factor, read.values.classes)
      const shape = [-1, ...read.arrays.x_train.shape.slice(1)]
      // Both losses start from the same parameters and see the same batches.
      const params = pyTorchParams(net, foldIn(keys.networks, member), shape)
      const searched = found.map(({ values }) => ({ rate: values.rate, test: values.accuracies.test }))
      const own = typeof rate === 'number' ? rate : (bestRate(searched) ?? config.rates[0] ?? Number.NaN)
      const accuracies = await accuraciesAfter(
        {
          apply: applyOf(net),
          params,
          rate: own,
          decay: config.weightDecay,
          loss,
          key: foldIn(keys.batches, member),
          checkpoint: checkpointOf(context, name, seconds),
        },
        config,
        read,
        context,
        context.onPart,
      )
      return { values: { loss, rate: own, accuracies }, arrays: {} }
    },
  })
}

export function lossStages(
  config: LossesConfig,
  keys: Keys,
  data: Stage<SamarinData>,
): { readonly searches: readonly Stage<LossOutput>[]; readonly networks: readonly Stage<LossOutput>[] } {
  const { rates, networks } = config
  const byLoss = lossNames.map((loss) => {
    const searches =
      rates.length < 2
        ? []
        : rates.map((rate) =>
            trainingStage(config, keys, data, { loss, member: pilot, name: `search-${loss}-${rate}`, rate }),
          )
    const rate = searches.length === 0 ? (rates[0] ?? Number.NaN) : searches
    const members = Array.from({ length: networks }, (_, member) =>
      trainingStage(config, keys, data, { loss, member, name: `${loss}-${member}`, rate }),
    )
    return { searches, members }
  })
  return { searches: byLoss.flatMap((one) => one.searches), networks: byLoss.flatMap((one) => one.members) }
}

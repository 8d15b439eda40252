import { linearizedModel } from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { foldIn, type Key, type Tensor } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../experiment/stage.js'
import { applyOf } from '../../networks/apply.js'
import { secondsOfOutputs, secondsOfStep, workOf } from './cost.js'
import { imageShape, type SamarinData, type SamarinImages, samarinDataStage } from './images.js'
import { type Architecture, networkOf, pyTorchParams } from './networks.js'
import type { PairTraining } from './settings.js'
import { type Accuracies, accuraciesAfter, stepsOf } from './train.js'

/** Networks of several widths on one set of images, each beside its linearization. */
export interface PairBlock {
  /** Of its stages, before their names; empty where there is one block only. */
  readonly prefix: string
  readonly architecture: Architecture
  readonly images: SamarinImages
  readonly training: PairTraining
  readonly keys: { readonly data: Key; readonly networks: Key; readonly batches: Key }
}

/** How one network of a width does at a learning rate. */
export interface SearchOutput {
  readonly values: { readonly factor: number; readonly rate: number; readonly test: number | null }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export interface PairOutput {
  readonly values: {
    readonly factor: number
    readonly rate: number
    readonly network: Accuracies
    /** At the rate of the network. */
    readonly linearized: Accuracies
    /** At the other rate; null where there is none. */
    readonly faster: Accuracies | null
  }
  readonly arrays: Readonly<Record<never, Tensor>>
}

export type PairStages = {
  readonly data: Stage<SamarinData>
  readonly searches: readonly Stage<SearchOutput>[]
  readonly pairs: readonly Stage<PairOutput>[]
}

/** Trainings that take longer keep checkpoints. */
const long = 60

/** Network of its own for the search: no member of the ensemble has this number. */
export const pilot: number = 2 ** 20

export const keyOfMember = (key: Key, factor: number, member: number): Key =>
  [Math.round(1024 * factor), member].reduce(foldIn, key)

export function pairStages(block: PairBlock): PairStages {
  const { prefix, images, training, keys } = block
  const data = samarinDataStage(`${prefix}data`, images, keys.data)
  const { factors, networks, rates } = training
  const searches =
    rates.length < 2
      ? []
      : factors.flatMap((factor) => rates.map((rate) => searchStage(block, data, factor, rate)))
  const pairs = factors.flatMap((factor) => {
    const own = searches.filter((_, i) => Math.floor(i / rates.length) === factors.indexOf(factor))
    return Array.from({ length: networks }, (_, member) => pairStage(block, data, own, factor, member))
  })
  return { data, searches, pairs }
}

/** Expected seconds: of training and of the last evaluation. */
function secondsOf(
  { architecture, images, training }: PairBlock,
  factor: number,
): { network: number; linearized: number } {
  const [side = 1, , channels = 1] = imageShape(images)
  const work = workOf(architecture, factor, side, channels)
  const [step, outputs] = [secondsOfStep(work, training.batch), secondsOfOutputs(work)]
  const steps = stepsOf(training, images.train)
  const all = images.train + images.test
  return {
    network: steps * step.network + all * outputs.network,
    linearized: steps * step.linearized + all * outputs.linearized,
  }
}

function searchStage(
  block: PairBlock,
  data: Stage<SamarinData>,
  factor: number,
  rate: number,
): Stage<SearchOutput> {
  const { prefix, training } = block
  const seconds = secondsOf(block, factor).network
  return stage({
    name: `${prefix}search-x${factor}-${rate}`,
    title: `learning rate ${rate}, ×${factor}`,
    needs: { data },
    seconds,
    async run({ data: read }, context) {
      const { apply, params, key } = memberOf(block, read, factor, pilot)
      const checkpoint = checkpointOf(context, `${prefix}search-x${factor}-${rate}`, seconds)
      const decay = training.weightDecay
      const run = { apply, params, rate, decay, key, checkpoint }
      const { test } = await accuraciesAfter(run, training, read, context, context.onPart)
      return { values: { factor, rate, test }, arrays: {} }
    },
  })
}

export const checkpointOf = (context: StageContext, name: string, seconds: number): string | undefined =>
  seconds > long ? context.checkpoint(`${name}.safetensors`) : undefined

interface Member {
  readonly apply: ReturnType<typeof applyOf>
  readonly params: Params<Tensor>
  readonly key: Key
}

function memberOf(
  { architecture, keys }: PairBlock,
  { values, arrays }: SamarinData,
  factor: number,
  member: number,
): Member {
  const net = networkOf(architecture, factor, values.classes)
  const shape = [-1, ...arrays.x_train.shape.slice(1)]
  return {
    apply: applyOf(net),
    params: pyTorchParams(net, keyOfMember(keys.networks, factor, member), shape),
    key: foldIn(keys.batches, member),
  }
}

function pairStage(
  block: PairBlock,
  data: Stage<SamarinData>,
  searches: readonly Stage<SearchOutput>[],
  factor: number,
  member: number,
): Stage<PairOutput> {
  const { prefix, training } = block
  const { weightDecay, linearRate, linearDecay, rates } = training
  const { network: first, linearized: second } = secondsOf(block, factor)
  const seconds = first + (linearRate === null ? 1 : 2) * second
  const name = `${prefix}x${factor}-${member}`
  return stage({
    name,
    title: `training ×${factor}`,
    needs: { data, searches },
    seconds,
    async run({ data: read, searches: found }, context) {
      const { apply, params, key } = memberOf(block, read, factor, member)
      const rate = bestRate(found.map(({ values }) => values)) ?? rates[0] ?? Number.NaN
      const linear = linearizedModel<Params<Tensor>>(apply, params)
      let before = 0
      const trained = async (
        kind: string,
        share: number,
        run: { apply: Member['apply']; rate: number; decay: number; decayFrom?: Params<Tensor> },
      ): Promise<Accuracies> => {
        const checkpoint = checkpointOf(context, `${name}-${kind}`, seconds)
        const start = before
        const onPart = (part: number): void => context.onPart((start + part * share) / seconds)
        before += share
        return accuraciesAfter({ ...run, params, key, checkpoint }, training, read, context, onPart)
      }
      const network = await trained('network', first, { apply, rate, decay: weightDecay })
      const linearizedAt = (kind: string, at: number, decay: number): Promise<Accuracies> =>
        trained(kind, second, { apply: linear.apply, rate: at, decay, decayFrom: params })
      const linearized = await linearizedAt('linearized', rate, weightDecay)
      const faster = linearRate === null ? null : await linearizedAt('faster', linearRate, linearDecay)
      return { values: { factor, rate, network, linearized, faster }, arrays: {} }
    },
  })
}

/** The rate with the best test accuracy; undefined where there was no search, or nothing has converged. */
export function bestRate(
  found: readonly { readonly rate: number; readonly test: number | null }[],
): number | undefined {
  const converged = found.flatMap(({ rate, test }) => (test === null ? [] : [{ rate, test }]))
  return converged.sort((a, b) => b.test - a.test)[0]?.rate
}

import { fromSpec, type Layer } from '@ntk/stax'
import { foldIn, type Key, key, NtkError } from '@ntk/tensor'
import type { ImagesConfig } from '../../config/data.js'
import { requireTableFits } from '../../config/samples.js'
import { requireMemory } from '../../measures/memory.js'
import { imageNeeds, parameterNeed } from '../../networks/needs.js'
import { readySpec } from '../../networks/ready.js'
import { shapeOfImages } from '../../networks/samples.js'
import { requireBuildable } from '../../networks/size.js'
import { describeNetwork, networkSetting, takesVectors } from '../../networks/spec.js'
import { requireImages } from './augment.js'
import { imagesUnlessGiven, type ResolvedTrain, resolveTrain, type TrainConfig } from './settings.js'

/** What every stage knows from the config alone. */
export interface Setup {
  readonly config: ResolvedTrain
  /** The network for a number of outputs: one a class, or one a number. */
  readonly networkFor: (outputs: number) => Layer
  readonly vectors: boolean
  /** Smaller images get a border of zeros. */
  readonly smallestImage: number
  /** The settings of images; null where a table is learnt. */
  readonly images: ImagesConfig | null
  /** What is learnt: the name of a data set, or the file of a table. */
  readonly source: string
  /** `LeNet`, `2 hidden layers of width 256` */
  readonly title: string
  /** For the beginning of a sentence: `LeNet`, `A network of 2 hidden layers of width 256`. */
  readonly name: string
  readonly keys: { readonly [K in 'data' | 'network' | 'batches' | 'validation' | 'table']: Key }
}

/** Parameters, their gradient, two states of an optimizer, and the next parameters. */
const copies = 5

/**
 * @throws NtkError `spec` for an unknown layer or option, `config` for settings that cannot work together or ask for more than there is
 */
export function makeSetup(given: TrainConfig): Setup {
  const config = resolveTrain(given)
  const { file } = config.table
  // Of a table the classes are known when it is read.
  const outputs = file === undefined ? (config.data.classes?.length ?? 10) : 1
  const named = (out: number): ReturnType<typeof readySpec> =>
    readySpec(config.architecture, config.network, out)
  const { spec, title, smallestImage } = named(outputs)
  const { setting, value } = networkSetting(config.network)
  requireBuildable(spec, setting)
  fromSpec(spec)
  requireTableFits(config.table, spec)
  requireImages(config.augment, { table: file !== undefined, vectors: takesVectors(spec) })
  const { train = imagesUnlessGiven, test = imagesUnlessGiven } = config.data
  const images = file === undefined ? { ...config.data, train, test } : null
  const inputShape = images === null ? [1] : shapeOfImages(images)
  requireMemory([
    ...(images === null ? [] : imageNeeds(images)),
    parameterNeed({ spec, setting, value, copies }, config.dtype, inputShape),
  ])
  if (images !== null) requireEnough(config, train)
  if (config.steps !== undefined) requireWarmupEnds(config, config.steps)
  const root = key(config.seed)
  return {
    config,
    networkFor: (out) => fromSpec(named(out).spec),
    vectors: takesVectors(spec),
    smallestImage,
    images,
    source: file ?? config.data.name,
    title: title ?? describeNetwork(spec),
    name: title ?? `A network of ${describeNetwork(spec)}`,
    keys: {
      data: foldIn(root, 0),
      network: foldIn(root, 1),
      batches: foldIn(root, 2),
      validation: foldIn(root, 3),
      table: foldIn(root, 4),
    },
  }
}

/** @throws NtkError `config` where too few training samples are there to hold some out */
export function requireEnough({ validation }: TrainConfig, train: number): void {
  if (validation < train) return
  throw new NtkError('config', {
    what: `validation (--validation) must leave samples to train on: it is part of the ${train} of --train.`,
    got: String(validation),
  })
}

/** @throws NtkError `config` where the learning rate would rise to the end */
export function requireWarmupEnds({ schedule }: TrainConfig, steps: number): void {
  if (schedule.warmup < steps) return
  throw new NtkError('config', {
    what: `schedule.warmup (--warmup) must end before the last of ${steps} steps.`,
    got: String(schedule.warmup),
  })
}

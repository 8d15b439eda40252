import { foldIn, key, NtkError } from '@ntk/tensor'
import { type ImageSource, isDataName } from '../../config/data.js'
import type { PaperSettings } from '../common.js'
import { requireImagesFor, type SamarinImages } from './images.js'
import type { PairBlock } from './pairs.js'
import { figure3, figure4, figure6, type Published } from './published.js'
import type { SgdConfig } from './train.js'

/** What the table is of: LeNet on several sets, AlexNet on one. */
export interface TableConfig extends PaperSettings, Omit<SgdConfig, 'dropEvery'> {
  data: ImageSource[]
  dataDir?: string | undefined
  cifarDir?: string | undefined
  resize: number | null
  train: number
  test: number
  factors: number[]
  alexData: ImageSource
  alexResize: number | null
  alexCrop: number | null
  alexTrain: number
  alexTest: number
  alexEpochs: number
  alexFactors: number[]
  networks: number
  rate: number
  dropEvery: number | null
}

export interface TableBlock {
  readonly block: PairBlock
  /** Null where images are not those of the paper. */
  readonly published: Published | null
  readonly comparable: boolean
}

const publishedOf = (source: ImageSource): Published | null =>
  source === 'mnist' ? figure3 : source === 'cifar10' ? figure4 : null

/** @throws NtkError `config` for a folder of images for LeNet, and for images that do not fit */
export function tableBlocks(config: TableConfig): TableBlock[] {
  const root = key(config.seed)
  const keysOf = (i: number): PairBlock['keys'] => {
    const own = foldIn(root, i)
    return { data: foldIn(own, 0), networks: foldIn(own, 1), batches: foldIn(own, 2) }
  }
  const { networks, rate } = config
  const shared = { networks, rates: [rate], linearRate: null, linearDecay: 0 }
  const lenet = config.data.map((source, i): TableBlock => {
    if (!isDataName(source)) {
      throw new NtkError('config', {
        what: 'data must be a list of data sets, for LeNet.',
        got: source,
        fix: 'Give a folder of images as alexData.',
      })
    }
    const images: SamarinImages = {
      ...config,
      data: source,
      dataDir: source === 'cifar10' ? config.cifarDir : config.dataDir,
      crop: null,
    }
    // CIFAR-10's rate falls, MNIST's does not.
    const dropEvery = source === 'cifar10' ? config.dropEvery : null
    const training = { ...config, ...shared, dropEvery, weightDecay: 5e-5 }
    return blockOf(
      { prefix: `${source}-`, architecture: 'lenet', images, training, keys: keysOf(i) },
      publishedOf(source),
    )
  })
  const images: SamarinImages = {
    data: config.alexData,
    resize: config.alexResize,
    crop: config.alexCrop,
    train: config.alexTrain,
    test: config.alexTest,
  }
  const training = {
    ...config,
    ...shared,
    epochs: config.alexEpochs,
    factors: config.alexFactors,
    weightDecay: 5e-6,
  }
  const alexnet: PairBlock = {
    prefix: 'alexnet-',
    architecture: 'alexnet',
    images,
    training,
    keys: keysOf(100),
  }
  const all =
    config.alexFactors.length === 0
      ? lenet
      : [...lenet, blockOf(alexnet, isDataName(config.alexData) ? null : figure6)]
  for (const { block } of all) requireImagesFor(block.architecture, block.images)
  return all
}

function blockOf(block: PairBlock, published: Published | null): TableBlock {
  const { images, training } = block
  // One number of images stands for all sets: MNIST has 60,000, CIFAR-10 50,000.
  const comparable =
    published !== null &&
    images.train >= 0.8 * published.images.train &&
    training.epochs >= published.images.epochs
  return { block, published, comparable }
}

import { foldIn, key } from '@ntk/tensor'
import type { Done } from '../../experiment/experiment.js'
import type { ResultsOf } from '../../experiment/stage.js'
import { requireImagesFor } from './images.js'
import type { Architecture } from './networks.js'
import type { PairNumbers } from './numbers.js'
import type { PairBlock, PairStages } from './pairs.js'
import type { Published } from './published.js'
import type { PairConfig } from './settings.js'

export interface PairSetup {
  readonly config: PairConfig
  readonly block: PairBlock
  /** What the paper has for the images of the run; null for other images. */
  readonly published: Published | null
  /** Whether the run is as large as the paper's, so that their numbers must agree. */
  readonly comparable: boolean
}

export type PairDone = Done<PairSetup, ResultsOf<PairStages>, PairNumbers>

export interface PairSubject {
  readonly architecture: Architecture
  readonly published: Published
  /** Whether images are those of the paper. */
  readonly isPapers: (config: PairConfig) => boolean
}

export function setupOf(config: PairConfig, { architecture, published, isPapers }: PairSubject): PairSetup {
  requireImagesFor(architecture, config)
  const root = key(config.seed)
  const block: PairBlock = {
    prefix: '',
    architecture,
    images: config,
    training: config,
    keys: { data: foldIn(root, 0), networks: foldIn(root, 1), batches: foldIn(root, 2) },
  }
  const same = isPapers(config)
  const { images } = published
  const comparable = same && config.train >= images.train && config.epochs >= images.epochs
  return { config, block, published: same ? published : null, comparable }
}

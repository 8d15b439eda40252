import { fromSpec, type Layer } from '@ntk/stax'
import { foldIn, type Key, key, NtkError } from '@ntk/tensor'
import type { ImagesConfig } from '../../config/data.js'
import { requireTableFits } from '../../config/samples.js'
import { requireMemory } from '../../measures/memory.js'
import { requireInfinite } from '../../networks/infinite.js'
import { imageNeeds, matrixNeed } from '../../networks/needs.js'
import { requireBuildable } from '../../networks/size.js'
import { describeNetwork, networkSetting, networkSpec, takesVectors } from '../../networks/spec.js'
import type { RegressConfig } from './settings.js'

/** What every stage knows from the config alone. */
export interface Setup {
  readonly config: RegressConfig
  readonly net: Layer
  readonly vectors: boolean
  /** The settings of images; null where a table is fitted. */
  readonly images: ImagesConfig | null
  /** What is fitted: the name of a data set, or the file of a table. */
  readonly source: string
  readonly title: string
  readonly keys: { readonly data: Key; readonly curve: Key; readonly table: Key; readonly choose: Key }
}

/**
 * @throws NtkError `spec` for an unknown layer or option, `config` for settings that cannot work together or ask for more than there is,
 *   `unsupported` for layers without a kernel at infinite width
 */
export function makeSetup(config: RegressConfig): Setup {
  // How many outputs a network has is no part of its kernel.
  const spec = networkSpec(config.network, 1)
  requireBuildable(spec, networkSetting(config.network).setting)
  const net = fromSpec(spec)
  requireInfinite(net)
  const { file } = config.table
  requireTableFits(config.table, spec)
  if (config.save !== undefined && file === undefined && config.data.normalize === 'pixel') {
    throw new NtkError('config', {
      what: 'A model of images that are scaled pixel by pixel (--normalize pixel) cannot be saved: --model would not know their statistics.',
      fix: 'Take --normalize sample or none.',
    })
  }
  const { train = 512, test = 512 } = config.data
  const images = file === undefined ? { ...config.data, train, test } : null
  if (images !== null) {
    requireMemory([
      ...imageNeeds(images),
      // Kernel, factor, and the kernel of the learning curve.
      matrixNeed('data.train (--train)', train, 4),
    ])
  }
  const root = key(config.seed)
  return {
    config,
    net,
    vectors: takesVectors(spec),
    images,
    source: file ?? config.data.name,
    title: describeNetwork(spec),
    keys: { data: foldIn(root, 0), curve: foldIn(root, 1), table: foldIn(root, 2), choose: foldIn(root, 3) },
  }
}

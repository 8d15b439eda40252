import {
  type AffineOptions,
  alexNet,
  cnnF,
  cnnP,
  fromSpec,
  type Layer,
  leNet,
  myrtle,
  type Spec,
  wideResNet,
} from '@ntk/stax'
import { NtkError } from '@ntk/tensor'
import { type NetworkConfig, networkDefaults } from '../config/network.js'
import type { ReadyConfig, ReadyName, ReadySize } from '../config/ready.js'
import { flagName } from '../settings/setting.js'
import { networkSpec } from './spec.js'

interface Options extends AffineOptions {
  readonly activation: () => Layer
}

interface Ready {
  readonly title: string
  readonly takes: readonly ReadySize[]
  /** Images are at least this high and wide. */
  readonly smallestImage: number
  readonly build: (config: ReadyConfig, out: number, options: Options) => Layer
}

const channelsOf = ({ channels }: ReadyConfig): number => channels ?? 32

function myrtleOf(depth: 5 | 7 | 10): Ready {
  return {
    title: `Myrtle-${depth}`,
    takes: ['channels'],
    smallestImage: 8,
    build: (config, out, options) => myrtle(depth, { ...options, out, channels: channelsOf(config) }),
  }
}

/** Residual blocks a group of a wide ResNet whose layers are 6 N + 4. */
function blocksOf({ depth = 10 }: ReadyConfig): number {
  const blocks = (depth - 4) / 6
  if (Number.isInteger(blocks) && blocks > 0) return blocks
  throw new NtkError('config', {
    what: 'architecture.depth (--depth) of wide-resnet must be 4 more than a multiple of 6.',
    got: String(depth),
    fix: 'Take 10, 16, 22 or 28.',
  })
}

const ready: { readonly [N in Exclude<ReadyName, 'fully-connected'>]: Ready } = {
  lenet: {
    title: 'LeNet',
    takes: ['factor'],
    smallestImage: 12,
    build: ({ factor = 1 }, out, options) => leNet({ ...options, out, factor }),
  },
  alexnet: {
    title: 'AlexNet',
    takes: ['factor'],
    smallestImage: 57,
    build: ({ factor = 1 }, out, options) => alexNet({ ...options, out, factor }),
  },
  'wide-resnet': {
    title: 'Wide ResNet',
    takes: ['channels', 'depth', 'normalization'],
    smallestImage: 32,
    build: (config, out, options) =>
      wideResNet({
        ...options,
        out,
        channels: channelsOf(config),
        blocks: blocksOf(config),
        normalization: config.normalization ?? 'batch',
      }),
  },
  'myrtle-5': myrtleOf(5),
  'myrtle-7': myrtleOf(7),
  'myrtle-10': myrtleOf(10),
  'cnn-f': {
    title: 'CNN-F',
    takes: ['channels', 'depth'],
    smallestImage: 1,
    build: (config, out, options) =>
      cnnF({ ...options, out, channels: channelsOf(config), depth: config.depth ?? 4 }),
  },
  'cnn-p': {
    title: 'CNN-P',
    takes: ['channels', 'depth'],
    smallestImage: 1,
    build: (config, out, options) =>
      cnnP({ ...options, out, channels: channelsOf(config), depth: config.depth ?? 4 }),
  },
}

/** A network for a number of outputs, its name in titles (null: none of its own), and how large its images must be. */
export interface NamedSpec {
  readonly spec: Spec
  readonly title: string | null
  readonly smallestImage: number
}

/**
 * The network of a config: a ready one by name, or that of `network`. Weights, biases and the activation of ready ones
 * are as `network` says too.
 *
 * @throws NtkError `config` for settings that the network does not have
 */
export function readySpec(config: ReadyConfig, network: NetworkConfig, outputs: number): NamedSpec {
  const { name } = config
  if (name !== undefined && network.spec !== undefined) {
    throw new NtkError('config', {
      what: 'architecture.name (--architecture) and a spec (--network) each say what the network is.',
      fix: 'Give one of them.',
    })
  }
  const known = name === undefined || name === 'fully-connected' ? undefined : ready[name]
  refuseOthers(config, known?.takes ?? [])
  if (known === undefined) return { spec: networkSpec(network, outputs), title: null, smallestImage: 1 }
  if (network.hidden !== undefined) {
    throw new NtkError('config', {
      what: `network.hidden (--hidden) has no place in ${name}.`,
      fix: 'Leave it out, or take fully-connected.',
    })
  }
  const { activation, ...weights } = { ...networkDefaults, ...withoutHoles(network) }
  const { wStd, bStd, parameterization, initialization } = weights
  const options = { wStd, bStd, parameterization, initialization, activation: () => fromSpec([activation]) }
  const { spec } = known.build(config, outputs, options)
  return { spec, title: known.title, smallestImage: known.smallestImage }
}

function withoutHoles<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function refuseOthers(config: ReadyConfig, takes: readonly ReadySize[]): void {
  const sizes = ['factor', 'channels', 'depth', 'normalization'] as const
  const other = sizes.find((size) => config[size] !== undefined && !takes.includes(size))
  if (other === undefined) return
  const who = config.name ?? 'a network without --architecture'
  throw new NtkError('config', {
    what: `architecture.${other} (${flagName(other)}) has no place in ${who}.`,
    got: String(config[other]),
    fix: takes.length === 0 ? 'Leave it out.' : `It takes ${takes.map(flagName).join(', ')}.`,
  })
}

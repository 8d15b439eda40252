import { cnnP, Flatten, fullyConnected, ImageResize, type Layer, Relu, serial, wideResNet } from '@ntk/stax'
import type { FindingDefinition } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { listOf, oneOf, real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { lee2019 } from './common.js'
import { pairExperiment } from './lee-pairs/experiment.js'
import { rmseFigure, sizesFigure } from './lee-pairs/figures.js'
import { powerNote, widthPowers } from './lee-pairs/laws.js'
import { endRmse, endShare, lawOver, type PairDone, powerOf } from './lee-pairs/numbers.js'
import { convolutionProducts, denseProducts, wideResNetProducts } from './lee-pairs/products.js'
import { type Cell, depthsSetting, type PairConfig, pairSettings } from './lee-pairs/setup.js'

const kindNames = ['FC', 'CNN', 'WRN'] as const

interface SizesConfig extends PairConfig {
  kinds: ('FC' | 'CNN' | 'WRN')[]
  depths: number[]
  sizes: number[]
  sizesSteps: number
  sizesRate: number
  channels: number[]
  convolutions: number[]
  side: number
  residualChannels: number[]
  blocks: number[]
}

/** The width at which depths are compared. */
const common = ({ widths }: SizesConfig): number =>
  [...widths].sort((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 1

function cellsOf(config: SizesConfig): Cell[] {
  const { kinds, train, widths, depths, channels, convolutions, residualChannels, blocks } = config
  const grid = (kind: Cell['kind'], by: readonly number[], depthsOf: readonly number[]): Cell[] =>
    depthsOf.flatMap((depth) => by.map((width) => ({ kind, width, depth, samples: train })))
  return [
    ...(kinds.includes('FC')
      ? [
          ...grid('FC', widths, depths),
          ...config.sizes.map((samples) => ({
            kind: 'FC',
            width: Math.min(...widths),
            depth: depths[0] ?? 1,
            samples,
            long: { steps: config.sizesSteps, rate: config.sizesRate },
          })),
        ]
      : []),
    ...(kinds.includes('CNN') ? grid('CNN', channels, convolutions) : []),
    ...(kinds.includes('WRN')
      ? grid(
          'WRN',
          residualChannels,
          blocks.map((n) => 6 * n + 4),
        )
      : []),
  ]
}

function netOf({ wStd, bStd, side }: SizesConfig, { kind, width, depth }: Cell, out: number): Layer {
  const affine = { wStd, bStd }
  const sized = (to: number): Layer => ImageResize([-1, to, to, -1], { method: 'linear' })
  if (kind === 'CNN') return serial(sized(side), cnnP({ ...affine, depth, channels: width, out }))
  if (kind === 'WRN')
    return serial(sized(32), wideResNet({ ...affine, blocks: (depth - 4) / 6, channels: width, out }))
  const widths = Array.from({ length: depth }, () => width)
  return serial(Flatten(), fullyConnected(widths, out, { ...affine, activation: Relu }))
}

/** The whole grid of widths and depths of a kind. */
const gridOf =
  (config: SizesConfig, kind: string) =>
  (cell: Cell): boolean =>
    cell.kind === kind && cell.samples === config.train && cell.long === undefined

/** The width that figures against depth show. */
const shownWidth = (config: SizesConfig, kind: string): number =>
  kind === 'FC' ? common(config) : Math.max(...config.channels)

/** Networks that are trained to the end, on sets of all sizes. */
const overSizes = (cell: Cell): boolean => cell.long !== undefined

type SizesDone = PairDone<SizesConfig>

/** Powers of the width of one kind, of one slope for all depths; none where this run has no such networks. */
function widthPowersOf(kind: (typeof kindNames)[number]): FindingDefinition<SizesDone>[] {
  return widthPowers<SizesConfig>({
    kind,
    where: (cell, { setup: { config } }) => gridOf(config, kind)(cell),
    apart: 'depth',
  })
}

export const leeS5: Runnable = runnable(
  pairExperiment<SizesConfig>(
    {
      name: 'lee-s5',
      summary:
        'The final distance of networks from their linearizations against depth, width and size of the data set',
      paper: `${lee2019}, Figure S5`,
      settings: group<SizesConfig>({
        ...pairSettings({
          data: 'cifar10',
          classes: [0, 1],
          train: 32,
          test: 48,
          widths: [64, 128, 256, 512, 1024],
          networks: 4,
          steps: 48,
          learningRate: 0.05,
          start: 'centred',
          wStd: Math.SQRT2,
          bStd: Math.sqrt(0.1),
        }),
        kinds: setting(listOf(oneOf(kindNames), { min: 1, distinct: 'a kind' }), {
          help: 'Networks: FC, CNN, WRN',
          default: [...kindNames],
        }),
        depths: depthsSetting([1, 2, 4, 8]),
        sizes: setting(listOf(whole({ min: 2 }), { min: 1, distinct: 'a size' }), {
          help: 'Training samples, of FC at the smallest of its widths and its first depth',
          default: [16, 32, 64, 128, 256],
        }),
        sizesSteps: setting(whole({ min: 2 }), {
          help: 'Steps of those: enough to learn the largest set, as a larger one moves less in as many',
          default: 384,
        }),
        sizesRate: setting(real({ above: 0 }), {
          help: 'Learning rate of those, of the mean loss',
          default: 0.2,
        }),
        channels: setting(listOf(whole(), { min: 1, distinct: 'a number' }), {
          help: 'Channels of CNN',
          default: [8, 16, 32, 64],
        }),
        convolutions: setting(listOf(whole(), { min: 1, distinct: 'a depth' }), {
          help: 'Convolutions of CNN',
          default: [1, 2, 4],
        }),
        side: setting(whole({ min: 3 }), { help: 'Height and width of the images of CNN', default: 8 }),
        residualChannels: setting(listOf(whole(), { min: 1, distinct: 'a number' }), {
          help: 'Channels of WRN',
          default: [4, 6, 8],
        }),
        blocks: setting(listOf(whole(), { min: 1, distinct: 'a number' }), {
          help: 'Residual blocks a group of WRN, N of Table S1',
          default: [1],
        }),
      }),
      presets: {
        quick: {
          data: 'glyphs',
          kinds: ['FC', 'CNN'],
          train: 8,
          test: 16,
          widths: [32, 48, 64, 96, 128],
          depths: [1, 2, 3, 4],
          sizes: [4, 6, 8, 12, 16, 24],
          sizesSteps: 64,
          channels: [6, 8, 12, 16, 24],
          convolutions: [1, 2, 3, 4],
          side: 4,
          networks: 3,
          steps: 8,
          evaluations: 4,
        },
        standard: {},
        paper: {
          start: 'random',
          train: 128,
          test: 128,
          widths: [128, 256, 512, 1024, 2048],
          depths: [1, 2, 4, 8, 16],
          sizes: [32, 128, 512, 2048, 4096],
          sizesSteps: 16384,
          sizesRate: 0.01,
          channels: [32, 64, 128, 256, 512],
          convolutions: [1, 2, 4, 8, 16, 32],
          side: 32,
          residualChannels: [32, 64, 128, 256],
          blocks: [1, 2],
          networks: 10,
          steps: 1024,
          learningRate: 0.01,
        },
      },
    },
    {
      shape: () => ({ flat: false, targets: 'signs' }),
      cells: cellsOf,
      net: netOf,
      products: ({ side, data }, { kind, width, depth }) => {
        if (kind === 'CNN') return convolutionProducts(side, 3, depth, width)
        if (kind === 'WRN') return wideResNetProducts((depth - 4) / 6, width)
        return denseProducts(data === 'cifar10' ? 3072 : 784, depth, width)
      },
      by: 'training',
    },
    {
      who: () => 'ReLU networks, fully connected, convolutional and wide residual ones',
      figures: [
        {
          name: 'widths',
          caption: 'The distance after the last step falls with the width, at every depth.',
          draw: (done) =>
            sizesFigure(
              done,
              kindNames.map((kind) => ({
                title: kind,
                size: 'width' as const,
                where: gridOf(done.setup.config, kind),
                groups: (cell: Cell) => `depth ${cell.depth}`,
              })),
              {
                title: 'Distance from linearizations, against width',
                of: endShare,
                x: 'width, channels',
                y: 'RMSE, of the way of the outputs',
                guide: -0.5,
              },
            ),
        },
        {
          name: 'depths',
          caption: 'The same against depth and against the number of training samples.',
          draw: (done) => {
            const { config } = done.setup
            return sizesFigure(
              done,
              [
                ...(['FC', 'CNN'] as const).map((kind) => ({
                  title: `${kind}, against depth`,
                  size: 'depth' as const,
                  where: (cell: Cell) =>
                    gridOf(config, kind)(cell) && cell.width === shownWidth(config, kind),
                  groups: (cell: Cell) => `${kind}, width ${cell.width}`,
                })),
                {
                  title: 'FC, against training samples',
                  size: 'samples' as const,
                  where: overSizes,
                  groups: (cell: Cell) => `FC, width ${cell.width}, ${config.sizesSteps} steps`,
                },
              ],
              {
                title: 'Distance from linearizations, against depth and data',
                of: endRmse,
                x: '',
                y: 'RMSE of outputs',
              },
            )
          },
        },
        {
          name: 'rmse',
          caption: 'Through training, of the shallowest fully-connected networks.',
          draw: rmseFigure,
        },
      ],
      findings: [
        ...kindNames.flatMap(widthPowersOf),
        ...(['FC', 'CNN'] as const).map(
          (kind): FindingDefinition<SizesDone> => ({
            name: `${kind.toLowerCase()}-depth`,
            statement: `power of the depth with which the RMSE grows (${kind})`,
            note: `What decides is the ratio of depth and width (Hanin and Nica 2020). ${powerNote}`,
            measure: (done) =>
              powerOf(
                lawOver(done, 'depth', endRmse, gridOf(done.setup.config, kind), 'width'),
                0,
                'at least',
                0.4,
              ),
          }),
        ),
        {
          name: 'samples',
          statement: 'power of the number of training samples with which the RMSE grows (FC)',
          note: `Lee et al. 2019, Section 3: the error grows in the size of the data set. Of networks that have learned it: in a few steps those on larger sets move less. ${powerNote}`,
          measure: (done) => powerOf(lawOver(done, 'samples', endRmse, overSizes), 0, 'at least', 0.4),
        },
      ],
    },
  ),
)

import { imageSource } from '../config/data.js'
import { type Done, defineExperiment, type FindingDefinition } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { ResultsOf, Stage } from '../experiment/stage.js'
import { panelsFigure } from '../figures/panels.js'
import type { Mean } from '../measures/error-bar.js'
import { listOf, orNone, real, text, whole } from '../settings/kind.js'
import { group, optionalSetting, setting } from '../settings/setting.js'
import { paperSettings, samarin2020 } from './common.js'
import { type TableBlock, type TableConfig, tableBlocks } from './samarin/blocks.js'
import { joined, pairStyles, pointOf } from './samarin/figures.js'
import { gapOf, measuredOf, signOf } from './samarin/findings.js'
import { describeImages, type SamarinData } from './samarin/images.js'
import { architectures } from './samarin/networks.js'
import { type FactorNumbers, type PairNumbers, pairNumbers } from './samarin/numbers.js'
import { type PairOutput, pairStages } from './samarin/pairs.js'
import { factorsSetting, networksSetting, sgdSettings } from './samarin/settings.js'
import { accuracyCell } from './samarin/tables.js'

interface Setup {
  readonly config: TableConfig
  readonly blocks: readonly TableBlock[]
}

type Stages = { readonly data: readonly Stage<SamarinData>[]; readonly pairs: readonly Stage<PairOutput>[] }

interface TableNumbers {
  readonly blocks: readonly PairNumbers[]
}

type TableDone = Done<Setup, ResultsOf<Stages>, TableNumbers>

function numbersOf({ data, pairs }: ResultsOf<Stages>, { blocks }: Setup): TableNumbers {
  let next = 0
  return {
    blocks: blocks.map(({ block: { training } }, i) => {
      const count = training.factors.length * training.networks
      const own = pairs.slice(next, next + count)
      next += count
      return pairNumbers(own, training.factors, data[i]?.values.classes ?? Number.NaN)
    }),
  }
}

/** Percentage points. */
const resolution = 5

const nameOf = ({ block }: TableBlock): string =>
  block.architecture === 'alexnet' ? 'alexnet' : block.images.data

/** Findings of the block in a place: one is there for as many as any run has. */
const most = 4
const blockFindings = (i: number): FindingDefinition<TableDone>[] => {
  const title = ({ setup }: TableDone): string => {
    const found = setup.blocks[i]
    return found === undefined
      ? ''
      : `${architectures[found.block.architecture].title} on ${found.block.images.data}`
  }
  const gapFinding = (which: 'narrowest' | 'widest'): FindingDefinition<TableDone> => {
    const of = ({ numbers }: TableDone): FactorNumbers | undefined =>
      numbers.blocks[i]?.byFactor.at(which === 'narrowest' ? 0 : -1)
    return {
      name: `gap-${which}-${i + 1}`,
      statement: (done) =>
        `percentage points of test images by which ${title(done)}, ×${of(done)?.factor}, is ahead of its linearization`,
      note: 'Samarin et al. 2020, Table 1; a run of the paper’s size is held to its number. Error bar: spread over networks.',
      measure: (done) => {
        const { published = null, comparable = false } = done.setup.blocks[i] ?? {}
        const at = of(done)
        if (which === 'widest' && (done.numbers.blocks[i]?.byFactor.length ?? 0) < 2) return null
        const place = published?.factors.indexOf(at?.factor ?? Number.NaN) ?? -1
        return published !== null && comparable && place >= 0
          ? measuredOf(at?.gap.test, gapOf(published, place, 'test'), 'equal', resolution)
          : signOf(at?.gap.test, 'at least', resolution)
      },
    }
  }
  return [
    gapFinding('narrowest'),
    gapFinding('widest'),
    {
      name: `gains-${i + 1}`,
      statement: (done) =>
        `percentage points of test images that the linearization of ${title(done)} gains with each doubling of the width`,
      note: 'Samarin et al. 2020, Table 1: it gains with the width. Error bar: spread over networks.',
      measure: ({ numbers }) => signOf(numbers.blocks[i]?.perDoubling?.linearized, 'at least', resolution),
    },
  ]
}

/** Experiments of others that the paper prints beside its own. */
const quoted: readonly (readonly string[])[] = [
  ['VGG-11×6 (Chizat et al. 2019)', 'CIFAR-10', '', '', '', '89.7', '61.7', '28.0'],
  ['ResNet-18×8 (Chizat et al. 2019)', 'CIFAR-10', '', '', '', '91.0', '56.7', '34.3'],
  ['21 layer CNN-V (Arora et al. 2019)', 'CIFAR-10', '', '', '', '75.6', '64.1', '11.5'],
  ['21 layer CNN-GAP (Arora et al. 2019)', 'CIFAR-10', '', '', '', '83.3', '77.1', '6.2'],
]

function rowsOf({ setup, numbers }: Pick<TableDone, 'setup' | 'numbers'>): string[][] {
  return setup.blocks.flatMap(({ block, published }, i) =>
    (numbers.blocks[i]?.byFactor ?? []).map(({ factor, network, linearized, gap }) => {
      const place = published?.factors.indexOf(factor) ?? -1
      const paper =
        published === null || place < 0
          ? ['', '', '']
          : [published.network.test[place], (published.faster ?? published.linearized).test[place]].map(
              (v) => v?.toFixed(1) ?? '',
            )
      const theirGap =
        paper[0] === '' || paper.length === 3 ? [] : [(Number(paper[0]) - Number(paper[1])).toFixed(1)]
      const cells = [network.test, linearized.test, gap.test].map(accuracyCell)
      return [
        `${architectures[block.architecture].title} ×${factor}`,
        describeImages(block.images),
        ...cells,
        ...paper,
        ...theirGap,
      ]
    }),
  )
}

export const samarinTable: Runnable = runnable(
  defineExperiment({
    name: 'samarin-table',
    summary:
      'The table of accuracies: LeNet on MNIST and CIFAR-10, AlexNet on a folder of images, narrow and wide, and their linearizations',
    paper: `${samarin2020}, Table 1`,
    settings: group<TableConfig>({
      data: setting(listOf(imageSource, { min: 1, distinct: 'a data set' }), {
        help: 'Data sets for LeNet, at most four: mnist, cifar10, fashion-mnist, glyphs (generated, no download)',
        default: ['mnist', 'cifar10'],
      }),
      dataDir: optionalSetting(text('dir'), {
        help: 'Folder of the files of MNIST',
        absent: 'the cache that ntk data import and the download fill',
      }),
      cifarDir: optionalSetting(text('dir'), {
        help: 'Folder of the files of CIFAR-10',
        absent: 'the cache',
      }),
      resize: setting(orNone(whole()), {
        help: 'Images are brought to this shorter side in pixels, or none',
        default: 14,
      }),
      train: setting(whole({ min: 10 }), { help: 'Training images', default: 2000 }),
      test: setting(whole({ min: 10 }), { help: 'Test images', default: 800 }),
      factors: factorsSetting([1, 4]),
      alexData: setting(imageSource, {
        help: 'Images for AlexNet: a folder of images, such as ./snakes, or a data set',
        default: 'glyphs',
      }),
      alexResize: setting(orNone(whole()), { help: 'Their shorter side in pixels, or none', default: 57 }),
      alexCrop: setting(orNone(whole()), {
        help: 'The square that is cut out of their middle, or none',
        default: null,
      }),
      alexTrain: setting(whole({ min: 10 }), { help: 'Training images for AlexNet', default: 1280 }),
      alexTest: setting(whole({ min: 10 }), { help: 'Test images for AlexNet', default: 300 }),
      alexEpochs: setting(real({ above: 0 }), { help: 'Times AlexNet sees each image', default: 6 }),
      alexFactors: setting(listOf(real({ above: 0 }), { distinct: 'a width factor' }), {
        help: 'Width factors of AlexNet, or none',
        default: [0.0625],
      }),
      networks: networksSetting(3),
      rate: setting(real({ above: 0 }), { help: 'Learning rate', default: 0.1 }),
      ...sgdSettings({ epochs: 4, dropEvery: 30 }),
      ...paperSettings,
    }),
    presets: {
      quick: {
        data: ['glyphs'],
        resize: 12,
        train: 320,
        test: 200,
        factors: [1, 2],
        epochs: 8,
        rate: 0.2,
        alexFactors: [],
      },
      standard: {},
      paper: {
        resize: null,
        train: 50_000,
        test: 10_000,
        factors: [1, 60],
        epochs: 100,
        alexData: './snakes',
        alexResize: 256,
        alexCrop: 224,
        alexTrain: 13_000,
        alexTest: 500,
        alexEpochs: 100,
        alexFactors: [1, 4],
      },
    },
    more: 'networks',
    setup: (config) => ({ config, blocks: tableBlocks(config) }),
    stages: ({ blocks }) => {
      const all = blocks.map(({ block }) => pairStages(block))
      return { data: all.map(({ data }) => data), pairs: all.flatMap(({ pairs }) => pairs) }
    },
    numbers: numbersOf,
    figures: [
      {
        name: 'gaps',
        caption:
          'Test accuracies of the rows of the table: networks and their linearizations, narrow and wide; two error bars.',
        draw: ({ setup, numbers }: TableDone) =>
          panelsFigure(
            setup.blocks.map((one, i) => {
              const { byFactor = [] } = numbers.blocks[i] ?? {}
              const series = (kind: 'network' | 'linearized', label: string) =>
                joined(
                  { ...pairStyles[kind], label },
                  byFactor.map((at) => pointOf(at.factor, at[kind].test)),
                )
              return {
                title: `${architectures[one.block.architecture].title}, ${one.block.images.data}`,
                series: [...series('network', 'network'), ...series('linearized', 'linearization')],
              }
            }),
            {
              title: 'Networks and their linearizations, narrow and wide',
              subtitle: `${setup.config.networks} networks a width`,
              x: { title: 'width factor', log: true },
              y: { title: 'test accuracy, %' },
              shared: false,
            },
          ),
      },
    ],
    findings: Array.from({ length: most }, (_, i) => blockFindings(i)).flat(),
    story: ({ setup, numbers }) => {
      const lines = setup.blocks.map((one, i) => {
        const gap: Mean | undefined = numbers.blocks[i]?.byFactor[0]?.gap.test
        return `${gap?.mean.toFixed(1).replace('-', '−')} points on ${nameOf(one) === 'alexnet' ? `${one.block.images.data} (AlexNet)` : nameOf(one)}`
      })
      return {
        headline: `Between networks and their linearizations there are ${lines.join(', ')} of test accuracy`,
        lead: "Networks with PyTorch's initialization and their linearizations, from the same parameters on the same mini-batches; SGD with momentum on the mean squared error to one-hot targets, at one learning rate for both.",
        facts: [],
        tables: [
          {
            caption: 'Test accuracies in percent',
            head: [
              'network',
              'images',
              'standard',
              'linearized',
              'gap',
              'the paper, standard',
              'the paper, linearized',
              'the paper, gap',
            ],
            rows: [...rowsOf({ setup, numbers }), ...quoted.map((row) => [...row])],
            note: 'Means over networks and their error bars. The last rows are quoted by the paper. For AlexNet the paper shows its linearization at learning rate 1 and weight decay 5e-7 (samarin-6).',
          },
        ],
        warnings: setup.blocks.every(({ comparable }) => comparable)
          ? []
          : [
              "Runs here are smaller than the paper's (100 epochs of all images): accuracies are not those of the paper, only signs and directions are compared.",
            ],
      }
    },
  }),
)

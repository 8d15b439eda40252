import { foldIn, key } from '@ntk/tensor'
import type { TopLevelSpec } from 'vega-lite'
import { type ImageSource, imageSource } from '../config/data.js'
import { type Done, defineExperiment, type FindingDefinition } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { ResultsOf, Stage } from '../experiment/stage.js'
import { guideStyle, panelsFigure } from '../figures/panels.js'
import { type Mean, meanOf } from '../measures/error-bar.js'
import { listOf, orNone, real, whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { type PaperSettings, paperSettings, samarin2020 } from './common.js'
import { joined, pairStyles, pointOf } from './samarin/figures.js'
import { measuredOf, signOf } from './samarin/findings.js'
import {
  describeImages,
  requireImagesFor,
  type SamarinData,
  type SamarinImages,
  samarinDataStage,
  samarinImageSettings,
} from './samarin/images.js'
import { type Architecture, architectures } from './samarin/networks.js'
import { powerOf } from './samarin/numbers.js'
import { type RankBlock, type RankOutput, rankStage } from './samarin/rank.js'
import { factorsSetting, networksSetting } from './samarin/settings.js'

interface RankConfig extends PaperSettings, Omit<SamarinImages, 'train' | 'test'> {
  examples: number
  factors: number[]
  alexData: ImageSource
  alexResize: number | null
  alexCrop: number | null
  alexExamples: number
  alexFactors: number[]
  networks: number
}

interface RankSetup {
  readonly config: RankConfig
  readonly blocks: readonly RankBlock[]
}

type Stages = {
  readonly data: readonly Stage<SamarinData>[]
  readonly ranks: readonly Stage<RankOutput>[]
}

interface RankNumbers {
  readonly byArchitecture: readonly {
    readonly architecture: Architecture
    readonly rows: number
    /** Of the share of the rows that the effective rank is, from half of the images to all: of the narrowest network. */
    readonly fall: Mean
    readonly byFactor: readonly {
      readonly factor: number
      readonly rank: Mean
      readonly ranks: readonly number[]
    }[]
    /** Null for one factor. */
    readonly power: Mean | null
  }[]
}

type RankDone = Done<RankSetup, ResultsOf<Stages>, RankNumbers>

function setupOf(config: RankConfig): RankSetup {
  const root = key(config.seed)
  // A test image, as loaders give both parts.
  const lenet: SamarinImages = { ...config, train: config.examples, test: 10 }
  const alexnet: SamarinImages = {
    data: config.alexData,
    resize: config.alexResize,
    crop: config.alexCrop,
    train: config.alexExamples,
    test: 10,
  }
  const all: RankBlock[] = [
    {
      architecture: 'lenet',
      images: lenet,
      factors: config.factors,
      networks: config.networks,
      keys: { data: foldIn(root, 0), networks: foldIn(root, 1) },
    },
    {
      architecture: 'alexnet',
      images: alexnet,
      factors: config.alexFactors,
      networks: config.networks,
      keys: { data: foldIn(root, 2), networks: foldIn(root, 3) },
    },
  ]
  const blocks = all.filter(({ factors }) => factors.length > 0)
  for (const { architecture, images } of blocks) requireImagesFor(architecture, images)
  return { config, blocks }
}

function numbersOf({ ranks }: ResultsOf<Stages>, { blocks }: RankSetup): RankNumbers {
  const byArchitecture = blocks.map(({ architecture, factors }) => {
    const own = ranks.filter(({ values }) => values.architecture === architecture).map(({ values }) => values)
    const byFactor = [...factors]
      .sort((a, b) => a - b)
      .map((factor) => {
        const found = own.flatMap((one) => (one.factor === factor ? [one.rank] : []))
        return { factor, rank: meanOf(found), ranks: found }
      })
    const power = powerOf(byFactor.map(({ factor, ranks: values }) => ({ factor, values })))
    const rows = own[0]?.rows ?? 0
    const narrowest = own.filter(({ factor }) => factor === Math.min(...factors))
    const fall = meanOf(narrowest.map(({ rank, halfShare }) => rank / rows - halfShare))
    return { architecture, rows, fall, byFactor, power }
  })
  return { byArchitecture }
}

function rankFigure({ numbers, setup }: RankDone): TopLevelSpec {
  const panels = numbers.byArchitecture.map(({ architecture, byFactor, rows }) => {
    const ends = [byFactor[0]?.factor ?? 1, byFactor.at(-1)?.factor ?? 1]
    return {
      title: `${architectures[architecture].linearized}, ${rows} rows`,
      series: [
        { style: guideStyle('rows'), points: ends.map((x) => ({ x, y: rows })) },
        ...joined(
          { ...pairStyles.linearized, label: 'effective rank' },
          byFactor.map(({ factor, rank }) => pointOf(factor, rank)),
        ),
      ],
    }
  })
  return panelsFigure(panels, {
    title: 'Effective rank of the features of linearizations against the width factor',
    subtitle: `${setup.blocks.map(({ images }) => `${images.train} images of ${describeImages(images)}`).join('; ')}; ${setup.config.networks} networks a width, two error bars`,
    x: { title: 'width factor', log: true },
    y: { title: 'effective rank' },
    columns: 2,
    shared: false,
  })
}

/** 600 images of ten classes. */
const papersRows = 6000

const rankFindings = (architecture: Architecture): FindingDefinition<RankDone>[] => {
  const { linearized } = architectures[architecture]
  const of = ({ numbers }: RankDone): RankNumbers['byArchitecture'][number] | undefined =>
    numbers.byArchitecture.find((one) => one.architecture === architecture)
  return [
    {
      name: `${architecture}-power`,
      statement: `power of the width factor with which the effective rank of ${linearized} rises`,
      note: 'Samarin et al. 2020, Section 3.2 and Figure 5: it increases with the width factor. A line through logarithms for each network. Error bar: spread over networks.',
      measure: (done) => signOf(of(done)?.power ?? undefined, 'at least', 0.05),
    },
    {
      name: `${architecture}-share`,
      statement: (done) =>
        `effective rank of ${linearized} ×${of(done)?.byFactor[0]?.factor} as a share of the number of rows`,
      note: 'Samarin et al. 2020, Section 3.2, of 6000 rows: much lower than the number of rows; we ask for less than half. Error bar: spread over networks.',
      measure: (done) => {
        const found = of(done)
        const rank = found?.byFactor[0]?.rank
        if (found === undefined || rank === undefined || found.rows < papersRows) return null
        return measuredOf(
          { mean: rank.mean / found.rows, error: rank.error / found.rows },
          0.5,
          'at most',
          0.05,
        )
      },
    },
    {
      name: `${architecture}-share-falls`,
      statement: (done) =>
        `change of the share of the rows that the effective rank of ${linearized} ×${of(done)?.byFactor[0]?.factor} is, from half of the images to all`,
      note: 'The paper looks at 6000 rows, of which the effective rank is a small share; with fewer images the share is larger, and falls with their number. Error bar: spread over networks.',
      measure: (done) => signOf(of(done)?.fall, 'at most', 0.02),
    },
  ]
}

const images = samarinImageSettings({ data: 'mnist', resize: null, train: 60, test: 10 })

export const samarin5: Runnable = runnable(
  defineExperiment({
    name: 'samarin-5',
    summary: 'Effective rank of the features of LinLeNet and LinAlexNet against the width factor',
    paper: `${samarin2020}, Figure 5`,
    settings: group<RankConfig>({
      data: images.data,
      dataDir: images.dataDir,
      resize: images.resize,
      crop: images.crop,
      examples: setting(whole({ min: 10 }), { help: 'Images whose features are looked at', default: 60 }),
      factors: factorsSetting([1, 2, 5]),
      alexData: setting(imageSource, {
        help: 'Images for AlexNet: a folder of images, such as ./snakes, or a data set',
        default: 'glyphs',
      }),
      alexResize: setting(orNone(whole()), { help: 'Their shorter side in pixels, or none', default: 57 }),
      alexCrop: setting(orNone(whole()), {
        help: 'The square that is cut out of their middle, or none',
        default: null,
      }),
      alexExamples: setting(whole({ min: 10 }), { help: 'Images for AlexNet', default: 40 }),
      alexFactors: setting(listOf(real({ above: 0 }), { distinct: 'a width factor' }), {
        help: 'Width factors of AlexNet, or none',
        default: [0.0625, 0.125, 0.25],
      }),
      networks: networksSetting(3),
      ...paperSettings,
    }),
    presets: {
      quick: {
        data: 'glyphs',
        resize: 12,
        examples: 16,
        factors: [1, 2, 4],
        alexExamples: 10,
        alexFactors: [0.0625, 0.125],
        networks: 4,
      },
      standard: {},
      paper: {
        examples: 600,
        factors: [1, 2, 5, 10, 25, 60],
        alexData: './snakes',
        alexResize: 256,
        alexCrop: 224,
        alexExamples: 600,
        alexFactors: [1, 2, 3, 4],
      },
    },
    more: 'networks',
    setup: setupOf,
    stages: ({ blocks }) => {
      const pairs = blocks.map((block) => ({
        block,
        data: samarinDataStage(`${block.architecture}-data`, block.images, block.keys.data),
      }))
      const ranks = pairs.flatMap(({ block, data }) =>
        block.factors.flatMap((factor) =>
          Array.from({ length: block.networks }, (_, member) => rankStage(block, data, factor, member)),
        ),
      )
      return { data: pairs.map(({ data }) => data), ranks }
    },
    numbers: numbersOf,
    figures: [
      {
        name: 'rank',
        caption:
          'exp of the entropy of the singular values of the matrix of features, with a row for each output of each image. Below the number of rows: what a linearization can fit with SGD lies in fewer dimensions than there are targets.',
        draw: rankFigure,
      },
    ],
    findings: [...rankFindings('lenet'), ...rankFindings('alexnet')],
    story: ({ numbers, setup }) => {
      const [first] = numbers.byArchitecture
      const at = (i: number): string => {
        const one = first?.byFactor.at(i)
        return `${one?.rank.mean.toFixed(0)} at ×${one?.factor}`
      }
      const tables = numbers.byArchitecture.map(({ architecture, byFactor, rows }) => ({
        caption: `${architectures[architecture].linearized}, ${rows} rows`,
        head: ['width factor', 'effective rank', 'of the rows'],
        rows: byFactor.map(({ factor, rank }) => [
          `×${factor}`,
          `${rank.mean.toFixed(1)} ± ${rank.error.toFixed(1)}`,
          `${((100 * rank.mean) / rows).toFixed(1)} %`,
        ]),
      }))
      const small = setup.config.examples < 600
      return {
        headline: `The effective rank of ${first?.rows} features of LinLeNet goes from ${at(0)} to ${at(-1)}`,
        lead: "Gradients of all outputs in the parameters, at PyTorch's initialization, for images of the training set: the rows of the matrix A with which the linearization is fitted, A u = y. Its singular values are the roots of the eigenvalues of the NTK with all outputs.",
        facts: [],
        tables,
        warnings: small
          ? ['The paper looks at 600 images, 6000 rows; with fewer the share of the rows is larger.']
          : [],
      }
    },
  }),
)

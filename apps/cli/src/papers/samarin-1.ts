import { foldIn, key } from '@ntk/tensor'
import { isDataName } from '../config/data.js'
import { type Done, defineExperiment } from '../experiment/experiment.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import type { ResultsOf, Stage } from '../experiment/stage.js'
import { guideStyle, panelsFigure } from '../figures/panels.js'
import { hue } from '../figures/theme.js'
import { type Mean, meanOf } from '../measures/error-bar.js'
import { real } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { type PaperSettings, paperSettings, samarin2020 } from './common.js'
import { pointOf } from './samarin/figures.js'
import {
  describeImages,
  requireImagesFor,
  type SamarinData,
  samarinDataStage,
  samarinImageSettings,
} from './samarin/images.js'
import { type LossesConfig, type LossOutput, lossNames, lossStages } from './samarin/losses.js'
import { learnt } from './samarin/numbers.js'
import { figure1, figure6 } from './samarin/published.js'
import { networksSetting, ratesSetting, sgdSettings } from './samarin/settings.js'
import { accuracyCell } from './samarin/tables.js'
import { type LossName, stepsOf } from './samarin/train.js'

interface Config extends PaperSettings, LossesConfig {}

type Stages = {
  readonly data: Stage<SamarinData>
  readonly searches: readonly Stage<LossOutput>[]
  readonly networks: readonly Stage<LossOutput>[]
}

interface LossNumbers {
  readonly byLoss: readonly {
    readonly loss: LossName
    readonly rate: number
    readonly train: Mean
    readonly test: Mean
  }[]
  /** Percentage points of test images by which L² loss is ahead of cross-entropy, from pairs with the same start; without an error bar where either is near chance. */
  readonly difference: Mean
}

type LossDone = Done<Config, ResultsOf<Stages>, LossNumbers>

const titles: Readonly<Record<LossName, string>> = { mse: 'L² loss', 'cross-entropy': 'cross-entropy' }

const isPapers = ({ data, factor }: Config): boolean => !isDataName(data) && factor === 1
const isComparable = (config: Config): boolean =>
  isPapers(config) && config.train >= figure6.images.train && config.epochs >= figure6.images.epochs

function numbersOf({ data, networks }: ResultsOf<Stages>): LossNumbers {
  const of = (loss: LossName): LossOutput['values'][] =>
    networks.flatMap(({ values }) => (values.loss === loss ? [values] : []))
  const byLoss = lossNames.map((loss) => {
    const all = (set: 'train' | 'test'): Mean =>
      meanOf(of(loss).map(({ accuracies }) => accuracies[set] ?? Number.NaN))
    return { loss, rate: of(loss)[0]?.rate ?? Number.NaN, train: all('train'), test: all('test') }
  })
  const [ce, l2] = [of('cross-entropy'), of('mse')]
  const difference = meanOf(
    l2.map(({ accuracies }, i) => (accuracies.test ?? Number.NaN) - (ce[i]?.accuracies.test ?? Number.NaN)),
  )
  const learns = byLoss.every(({ test }) => test.mean > 100 / data.values.classes + learnt)
  return { byLoss, difference: learns ? difference : { ...difference, error: Number.NaN } }
}

export const samarin1: Runnable = runnable(
  defineExperiment({
    name: 'samarin-1',
    summary:
      'AlexNet by L² loss and by cross-entropy, on a folder of images (the paper: ten snakes of ImageNet) or on generated ones',
    paper: `${samarin2020}, Figure 1`,
    settings: group<Config>({
      ...samarinImageSettings({ data: 'glyphs', resize: 57, train: 1280, test: 400 }),
      factor: setting(real({ above: 0 }), { help: 'Width factor of AlexNet', default: 0.125 }),
      networks: networksSetting(3),
      rates: ratesSetting([0.1, 0.03]),
      ...sgdSettings({ epochs: 14, dropEvery: null }),
      weightDecay: setting(real({ min: 0 }), { help: 'Weight decay', default: 5e-6 }),
      ...paperSettings,
    }),
    presets: {
      quick: { train: 160, test: 100, factor: 0.0625, batch: 8, epochs: 2, rates: [0.1] },
      standard: {},
      paper: {
        data: './snakes',
        resize: 256,
        crop: 224,
        train: 13_000,
        test: 500,
        factor: 1,
        rates: [1, 0.1, 0.01, 0.001],
        epochs: 100,
        dropEvery: 30,
      },
    },
    more: 'networks',
    setup: (config) => {
      requireImagesFor('alexnet', config)
      return config
    },
    stages: (config) => {
      const root = key(config.seed)
      const data = samarinDataStage('data', config, foldIn(root, 0))
      return { data, ...lossStages(config, { networks: foldIn(root, 1), batches: foldIn(root, 2) }, data) }
    },
    numbers: numbersOf,
    figures: [
      {
        name: 'losses',
        caption:
          'Accuracy of AlexNet trained by cross-entropy and by L² loss from the same parameters on the same mini-batches, at the best rate of each (left: test images, right: training images). In the paper both are on a par, so that L² loss, for which linearizations are simple, costs nothing.',
        draw: ({ setup, numbers, results }: LossDone) =>
          panelsFigure(
            (['test', 'train'] as const).map((set) => ({
              title: set === 'test' ? 'test images' : 'training images',
              series: [
                ...(isPapers(setup)
                  ? [
                      {
                        style: guideStyle('the paper'),
                        points: lossNames.map((loss, i) => ({ x: i + 1, y: figure1[loss][set] })),
                      },
                    ]
                  : []),
                {
                  style: { label: 'one network each', colour: hue.network, kind: 'dots' as const, size: 22 },
                  points: results.networks.map(({ values }) => ({
                    x: lossNames.indexOf(values.loss) + 1,
                    y: values.accuracies[set] ?? Number.NaN,
                  })),
                },
                {
                  style: {
                    label: 'mean, two error bars',
                    colour: hue.closedForm,
                    kind: 'dots' as const,
                    size: 70,
                  },
                  points: numbers.byLoss.map((one, i) => pointOf(i + 1, one[set])),
                },
              ],
            })),
            {
              title: 'AlexNet by cross-entropy and by L² loss',
              subtitle: subtitleOf(setup),
              x: { title: 'loss', words: lossNames.map((loss) => titles[loss]) },
              y: { title: 'accuracy, %' },
              columns: 2,
            },
          ),
      },
    ],
    findings: [
      {
        name: 'l2-ahead',
        statement: 'percentage points of test images by which L² loss is ahead of cross-entropy',
        note: 'Samarin et al. 2020, Figure 1: on a par, 53.8 and 51.4 %; a run of the paper’s size is held to that difference, a smaller one to none or more. Error bar: spread over pairs of networks with one start.',
        measure: ({ setup, numbers: { difference } }) => {
          const paper = figure1.mse.test - figure1['cross-entropy'].test
          const at = { value: difference.mean, uncertainty: difference.error, resolution: 5 }
          return isComparable(setup) ? { ...at, theory: paper } : { ...at, theory: 0, relation: 'at least' }
        },
      },
    ],
    story: ({ setup, numbers }) => {
      const [ce, l2] = numbers.byLoss
      const papers = isPapers(setup)
      return {
        headline: `AlexNet ×${setup.factor} gets ${l2?.test.mean.toFixed(1)} % by L² loss and ${ce?.test.mean.toFixed(1)} % by cross-entropy`,
        lead: `AlexNet ×${setup.factor} with PyTorch's initialization, without dropout: ${subtitleOf(setup)}; SGD with batches of ${setup.batch}, momentum ${setup.momentum}, weight decay ${setup.weightDecay}. The paper trained on 13,000 images of ten snakes of ImageNet (224 × 224 by our choice; it does not say) for 100 epochs.`,
        facts: [],
        tables: [
          {
            caption: 'Accuracies in percent',
            head: ['', 'rate', 'train', 'test', ...(papers ? ['the paper, train', 'the paper, test'] : [])],
            rows: [
              ...numbers.byLoss.map(({ loss, rate, train, test }) => [
                titles[loss],
                String(rate),
                accuracyCell(train),
                accuracyCell(test),
                ...(papers ? [figure1[loss].train.toFixed(1), figure1[loss].test.toFixed(1)] : []),
              ]),
              ...(papers ? [['Pre-trained weights', '', '', '', '', figure1.pretrained.toFixed(1)]] : []),
            ],
            note: 'Means over networks and their error bars.',
          },
        ],
        warnings: [
          ...(isComparable(setup)
            ? []
            : ["This run is smaller than the paper's: accuracies are not those of the paper."]),
          ...(Number.isFinite(numbers.difference.error)
            ? []
            : ['A loss has not brought its networks above chance: the run is too short to tell them apart.']),
        ],
      }
    },
  }),
)

function subtitleOf(config: Config): string {
  return `${config.train} images of ${describeImages(config)}, ${stepsOf(config, config.train)} steps, ${config.networks} networks a loss`
}

import { wideResNet } from '@ntk/stax'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { lee2019 } from './common.js'
import { pairExperiment } from './lee-pairs/experiment.js'
import { curvesFigure, rmseFigure, singlesFigure } from './lee-pairs/figures.js'
import { accuracyFinding, widthPowers } from './lee-pairs/laws.js'
import { wideResNetProducts } from './lee-pairs/products.js'
import { cellsByWidth, pairSettings, type TrainedPairConfig, trainingSettings } from './lee-pairs/setup.js'

interface ResidualConfig extends TrainedPairConfig {
  blocks: number
}

export const lee4: Runnable = runnable(
  pairExperiment<ResidualConfig>(
    {
      name: 'lee-4',
      summary:
        'A wide residual network and its linearization, both trained by SGD with momentum on ten classes',
      paper: `${lee2019}, Figure 4 and Table S1`,
      settings: group<ResidualConfig>({
        ...pairSettings({
          data: 'cifar10',
          classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
          train: 120,
          test: 60,
          widths: [4, 6, 8, 12, 16],
          networks: 3,
          steps: 80,
          learningRate: 1,
          start: 'centred',
          wStd: 1,
          bStd: null,
        }),
        ...trainingSettings(0.9, 8),
        blocks: setting(whole(), { help: 'Residual blocks a group, N of Table S1', default: 1 }),
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 10,
          test: 10,
          batch: 5,
          widths: [2, 3, 4, 6],
          networks: 2,
          steps: 6,
          evaluations: 3,
        },
        standard: { evaluations: 6 },
        // The paper does not say for how many steps it trained: five passes over CIFAR-10.
        paper: {
          start: 'random',
          train: 50_000,
          test: 1000,
          widths: [256, 512, 1024],
          networks: 3,
          steps: 31_250,
        },
      },
    },
    {
      shape: () => ({ flat: false, side: 32, targets: 'centred' }),
      cells: (config) => cellsByWidth(config, { kind: 'WRN', depth: 6 * config.blocks + 4 }),
      net: ({ wStd, bStd, blocks }, { width }, out) =>
        wideResNet({ blocks, channels: width, out, wStd, bStd }),
      products: ({ blocks }, { width }) => wideResNetProducts(blocks, width),
      training: ({ momentum, batch }) => ({ momentum, batch }),
      by: 'training',
    },
    {
      who: ({ blocks }) =>
        `Wide residual networks of Table S1 with N = ${blocks}, batch normalization in front of each activation`,
      figures: [
        {
          name: 'curves',
          caption:
            'Loss and accuracy of the widest networks and of their linearizations, which see the same batches.',
          draw: curvesFigure,
        },
        { name: 'rmse', caption: 'Their distance falls with the number of channels.', draw: rmseFigure },
        {
          name: 'singles',
          caption: 'Outputs for single test images and moves of single weights, of one network.',
          draw: singlesFigure,
        },
      ],
      findings: [...widthPowers<ResidualConfig>(), accuracyFinding('Figure 4')],
    },
  ),
)

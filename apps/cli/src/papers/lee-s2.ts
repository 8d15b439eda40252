import { cnnP, Tanh } from '@ntk/stax'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { whole } from '../settings/kind.js'
import { group, setting } from '../settings/setting.js'
import { lee2019 } from './common.js'
import { pairExperiment } from './lee-pairs/experiment.js'
import { curvesFigure, rmseFigure, singlesFigure } from './lee-pairs/figures.js'
import { accuracyFinding, widthPowers } from './lee-pairs/laws.js'
import { convolutionProducts } from './lee-pairs/products.js'
import { cellsByWidth, pairSettings, type TrainedPairConfig, trainingSettings } from './lee-pairs/setup.js'

interface ConvolutionalConfig extends TrainedPairConfig {
  depth: number
  side: number
}

export const leeS2: Runnable = runnable(
  pairExperiment<ConvolutionalConfig>(
    {
      name: 'lee-s2',
      summary: 'A tanh CNN with pooling and its linearization, both trained by full batches with momentum',
      paper: `${lee2019}, Figure S2`,
      settings: group<ConvolutionalConfig>({
        ...pairSettings({
          data: 'cifar10',
          classes: [0, 1],
          train: 32,
          test: 64,
          widths: [8, 12, 16, 24, 32, 48, 64, 96],
          networks: 4,
          steps: 48,
          learningRate: 0.1,
          start: 'centred',
          wStd: Math.SQRT2,
          bStd: Math.sqrt(0.1),
        }),
        ...trainingSettings(0.9, null),
        depth: setting(whole(), { help: 'Convolutions', default: 3 }),
        side: setting(whole({ min: 3 }), {
          help: 'Height and width to which images are brought',
          default: 8,
        }),
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 6,
          test: 12,
          side: 5,
          widths: [6, 8, 12, 16, 24, 32],
          networks: 8,
          steps: 6,
          evaluations: 4,
        },
        standard: {},
        // The paper does not say for how many steps it trained.
        paper: {
          start: 'random',
          train: 128,
          test: 128,
          side: 32,
          widths: [64, 128, 256, 512],
          networks: 10,
          steps: 1024,
        },
      },
    },
    {
      shape: ({ side }) => ({ flat: false, side, targets: 'signs' }),
      cells: (config) => cellsByWidth(config, { kind: 'CNN', depth: config.depth }),
      net: ({ wStd, bStd }, { width, depth }, out) =>
        cnnP({ depth, channels: width, out, wStd, bStd, activation: Tanh }),
      products: ({ side }, { width, depth }) => convolutionProducts(side, 3, depth, width),
      training: ({ momentum, batch }) => ({ momentum, batch }),
      by: 'training',
    },
    {
      who: ({ depth, side }) =>
        `Tanh networks of ${depth} convolutions, with the mean over positions before the readout, on images of ${side} × ${side}`,
      figures: [
        {
          name: 'curves',
          caption:
            'Loss and accuracy of the widest networks and of their linearizations, which are trained alike.',
          draw: curvesFigure,
        },
        { name: 'rmse', caption: 'Their distance falls with the number of channels.', draw: rmseFigure },
        {
          name: 'singles',
          caption: 'Outputs for single test images and moves of single weights, of one network.',
          draw: singlesFigure,
        },
      ],
      findings: [...widthPowers<ConvolutionalConfig>(), accuracyFinding('Figure S2')],
    },
  ),
)

import { fullyConnected, Relu } from '@ntk/stax'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { logitExperiment, logitSettings } from './lee-pairs/logits.js'

export const leeS3: Runnable = runnable(
  logitExperiment(
    {
      name: 'lee-s3',
      summary:
        'Cross-entropy on ten classes by mini-batches with momentum: logits of networks and linearizations',
      paper: `${lee2019}, Figure S3`,
      settings: logitSettings({
        data: 'mnist',
        classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        train: 1024,
        test: 128,
        widths: [64, 96, 128, 192, 256, 384, 512, 1024],
        networks: 3,
        steps: 160,
        learningRate: 0.2,
        depth: 2,
        momentum: 0.9,
        batch: 64,
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 40,
          test: 20,
          batch: 20,
          widths: [32, 48, 64, 96, 128, 192],
          networks: 3,
          steps: 24,
          evaluations: 9,
          parted: 0.1,
        },
        standard: {},
        paper: {
          train: 50_000,
          test: 1000,
          widths: [256, 512, 1024, 2048],
          networks: 5,
          steps: 7810,
          learningRate: 1,
        },
      },
    },
    {
      figure: 'Figure S3',
      activation: 'ReLU',
      net: ({ wStd, bStd }, { width, depth }, outputs) =>
        fullyConnected(
          Array.from({ length: depth }, () => width),
          outputs,
          { activation: Relu, wStd, bStd },
        ),
    },
  ),
)

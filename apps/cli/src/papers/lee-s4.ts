import { fullyConnected, Tanh } from '@ntk/stax'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { logitExperiment, logitSettings } from './lee-pairs/logits.js'

export const leeS4: Runnable = runnable(
  logitExperiment(
    {
      name: 'lee-s4',
      summary:
        'Cross-entropy on two classes: the logits of wider networks part later from those of linearizations',
      paper: `${lee2019}, Figure S4`,
      settings: logitSettings({
        data: 'cifar10',
        classes: [0, 1],
        train: 64,
        test: 64,
        widths: [32, 48, 64, 96, 128, 192, 256, 384, 512],
        networks: 5,
        steps: 256,
        learningRate: 0.5,
        depth: 4,
        momentum: 0,
        batch: null,
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 12,
          test: 16,
          widths: [32, 48, 64, 96, 128, 192],
          networks: 4,
          steps: 24,
          evaluations: 9,
          parted: 0.015,
          depth: 3,
        },
        standard: {},
        // The paper says neither the widths nor for how many steps it trained.
        paper: { train: 128, test: 128, widths: [128, 512, 2048, 8192], networks: 10, steps: 16_384 },
      },
    },
    {
      figure: 'Figure S4',
      activation: 'Tanh',
      net: ({ wStd, bStd }, { width, depth }, outputs) =>
        fullyConnected(
          Array.from({ length: depth }, () => width),
          outputs,
          { activation: Tanh, wStd, bStd },
        ),
    },
  ),
)

import { isDataName } from '../config/data.js'
import { type Runnable, runnable } from '../experiment/runnable.js'
import { samarin2020 } from './common.js'
import { pairExperiment } from './samarin/experiment.js'
import { figure6 } from './samarin/published.js'
import { pairSettings } from './samarin/settings.js'

export const samarin6: Runnable = runnable(
  pairExperiment(
    {
      name: 'samarin-6',
      summary:
        'Accuracies of AlexNet and its linearization against the width factor, on a folder of images (the paper: ten snakes of ImageNet) or on generated ones',
      paper: `${samarin2020}, Figure 6`,
      settings: pairSettings({
        data: 'glyphs',
        resize: 57,
        train: 1280,
        test: 400,
        factors: [0.0625, 0.125],
        networks: 3,
        epochs: 14,
        rates: [0.1],
        dropEvery: null,
        weightDecay: 5e-6,
        linearRate: 1,
      }),
      presets: {
        quick: { train: 160, test: 100, factors: [0.0625], batch: 8, epochs: 2, linearRate: null },
        standard: {},
        paper: {
          data: './snakes',
          resize: 256,
          crop: 224,
          train: 13_000,
          test: 500,
          factors: [1, 2, 3, 4],
          epochs: 100,
          rates: [1, 0.1, 0.01, 0.001],
          dropEvery: 30,
        },
      },
    },
    { architecture: 'alexnet', published: figure6, isPapers: ({ data }) => !isDataName(data) },
  ),
)

import { type Runnable, runnable } from '../experiment/runnable.js'
import { samarin2020 } from './common.js'
import { pairExperiment } from './samarin/experiment.js'
import { figure3 } from './samarin/published.js'
import { pairSettings } from './samarin/settings.js'

export const samarin3: Runnable = runnable(
  pairExperiment(
    {
      name: 'samarin-3',
      summary: 'Accuracies of LeNet and its linearization on MNIST against the width factor',
      paper: `${samarin2020}, Figure 3`,
      settings: pairSettings({
        data: 'mnist',
        resize: 14,
        train: 2000,
        test: 1000,
        factors: [1, 2, 4],
        networks: 3,
        epochs: 5,
        rates: [0.1, 0.01],
        dropEvery: null,
        weightDecay: 5e-5,
        linearRate: null,
      }),
      presets: {
        quick: {
          data: 'glyphs',
          resize: 12,
          train: 320,
          test: 200,
          factors: [1, 2],
          networks: 3,
          epochs: 8,
          rates: [0.2],
        },
        standard: {},
        paper: {
          resize: null,
          train: 60_000,
          test: 10_000,
          factors: [1, 2, 5, 10, 25, 60],
          epochs: 100,
          rates: [0.1, 0.01, 0.001],
        },
      },
    },
    { architecture: 'lenet', published: figure3, isPapers: ({ data }) => data === 'mnist' },
  ),
)

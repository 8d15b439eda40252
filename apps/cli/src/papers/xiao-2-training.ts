import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { regionExperiment } from './regions/experiment.js'
import { accuracyMaps } from './regions/figures.js'
import { regionFindings, trainedFindings } from './regions/findings.js'
import { evenly, regionSettings } from './regions/settings.js'

const kinds = ['CNN-F'] as const

export const xiao2Training: Runnable = runnable(
  regionExperiment(
    {
      name: 'xiao-2-training',
      summary: 'Training and test accuracy of trained CNN-F over weights and depth',
      paper: `${xiao2020}, Figure 2 (a, b)`,
      settings: regionSettings({
        data: 'mnist',
        train: 60,
        test: 100,
        side: 4,
        kinds: [...kinds],
        wVars: [0.06, 0.8, 1.8, 3.5],
        bVars: [0.1],
        depths: [1, 3, 8],
        rate: 0.25,
        steps: 100,
        repeats: 3,
        width: 16,
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 20,
          test: 40,
          side: 3,
          wVars: [0.06, 1, 3],
          depths: [1, 8],
          steps: 60,
          width: 16,
        },
        standard: {},
        paper: {
          data: 'cifar10',
          train: 1000,
          test: 1000,
          side: 32,
          wVars: evenly(0.5, 4, 20),
          depths: Array.from({ length: 20 }, (_, i) => 1 + 4 * i),
          rate: 0.1,
          steps: 1000,
          width: 256,
          batch: 256,
        },
      },
    },
    [...accuracyMaps(kinds, 1, 'train'), ...accuracyMaps(kinds, 1, 'test')],
    [...regionFindings(kinds, ['chaosTrain', 'orderTrain']), ...trainedFindings],
  ),
)

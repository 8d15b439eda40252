import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { regionExperiment } from './regions/experiment.js'
import { accuracyMaps, differenceMap } from './regions/figures.js'
import { regionFindings, stripFinding } from './regions/findings.js'
import { evenly, regionSettings } from './regions/settings.js'

const kinds = ['CNN-P', 'CNN-F'] as const

export const xiao2Kernels: Runnable = runnable(
  regionExperiment(
    {
      name: 'xiao-2-kernels',
      summary: 'Test accuracy of CNN-P, CNN-F and their difference over weights and depth, by kernels',
      paper: `${xiao2020}, Figure 2 (d, e, f)`,
      settings: regionSettings({
        data: 'mnist',
        train: 50,
        test: 80,
        side: 4,
        kinds: [...kinds],
        wVars: evenly(0.5, 5.5, 6),
        bVars: [0.1],
        depths: [1, 2, 4, 8, 16, 28],
        rate: 0.1,
        steps: 1000,
        repeats: 3,
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 24,
          test: 30,
          side: 3,
          wVars: [0.5, 1, 8],
          depths: [1, 3, 8, 28],
        },
        standard: {},
        paper: {
          data: 'cifar10',
          train: 1000,
          test: 1000,
          side: 32,
          wVars: evenly(0.5, 4, 20),
          depths: Array.from({ length: 20 }, (_, i) => 1 + 4 * i),
        },
      },
    },
    [...accuracyMaps(kinds, 1, 'test'), differenceMap],
    [stripFinding, ...regionFindings(kinds, ['chaosTrain', 'chaosTest', 'orderTrain'])],
  ),
)

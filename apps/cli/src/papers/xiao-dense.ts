import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { regionExperiment } from './regions/experiment.js'
import { accuracyMaps } from './regions/figures.js'
import { regionFindings } from './regions/findings.js'
import { evenly, regionSettings } from './regions/settings.js'

const kinds = ['FCN'] as const

export const xiaoDense: Runnable = runnable(
  regionExperiment(
    {
      name: 'xiao-dense',
      summary: 'Where fully connected networks train and generalize, over weights, biases and depth',
      paper: `${xiao2020}, Figure 6 and Section F.4`,
      settings: regionSettings({
        data: 'mnist',
        train: 250,
        test: 250,
        side: 28,
        kinds: [...kinds],
        wVars: evenly(0.6, 4.2, 10),
        bVars: [0.05, 0.2, 0.5],
        depths: [2, 4, 7, 12, 20, 33, 55],
        rate: 0.1,
        steps: 1000,
        repeats: 3,
      }),
      presets: {
        quick: {
          data: 'glyphs',
          train: 50,
          test: 80,
          side: 8,
          wVars: [0.5, 0.7, 0.9, 2.5, 3.2, 4],
          bVars: [0.05, 0.3],
          depths: [2, 5, 10, 20, 40],
        },
        standard: {},
        paper: {
          data: 'cifar10',
          train: 16000,
          test: 2000,
          side: 32,
          wVars: evenly(0.5, 4, 20),
          bVars: [0.05, 0.1, 0.2, 0.3, 0.5],
          depths: Array.from({ length: 20 }, (_, i) => 1 + 4 * i),
        },
      },
    },
    [...accuracyMaps(kinds, 5, 'test'), ...accuracyMaps(kinds, 5, 'train')],
    regionFindings(kinds, ['chaosTrain', 'chaosTest', 'orderTrain', 'trainPower', 'testPower', 'testPowerC']),
  ),
)

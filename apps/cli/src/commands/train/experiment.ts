import { defineExperiment, type Experiment } from '../../experiment/experiment.js'
import { sayDevice } from '../../networks/device.js'
import { trainFigures } from './figures.js'
import { type TrainNumbers, trainNumbers } from './numbers.js'
import { resolveTrain, type TrainConfig, trainHead } from './settings.js'
import { makeSetup, type Setup } from './setup.js'
import { type TrainStages, trainStages } from './stages.js'
import { trainStory } from './story.js'

/** `ntk train`: a network through training, and where it is asked for its linearization beside it. */
export const trainExperiment: Experiment<TrainConfig, Setup, TrainStages, TrainNumbers> = defineExperiment({
  ...trainHead,
  resolve: resolveTrain,
  setup: makeSetup,
  stages: trainStages,
  before: ({ config }, progress) => sayDevice(config, progress),
  numbers: trainNumbers,
  figures: trainFigures,
  findings: [],
  story: trainStory,
})

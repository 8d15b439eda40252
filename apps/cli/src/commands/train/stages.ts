import type { Stage } from '../../experiment/stage.js'
import type { Setup } from './setup.js'
import { type DataOutput, dataStage } from './stages/data.js'
import { type RateOutput, rateStage } from './stages/rate.js'
import { linearizedStage, networkStage, type TrainingOutput } from './stages/training.js'

/** The stages of `ntk train`, in the order in which they run. */
export type TrainStages = {
  readonly data: Stage<DataOutput>
  readonly rate: Stage<RateOutput>
  readonly network: Stage<TrainingOutput>
  readonly linearized: Stage<TrainingOutput> | null
}

export function trainStages(setup: Setup): TrainStages {
  const data = dataStage(setup)
  const rate = rateStage(setup, data)
  const network = networkStage(setup, data, rate)
  const linearized = setup.config.linearized ? linearizedStage(setup, data, rate, network) : null
  return { data, rate, network, linearized }
}

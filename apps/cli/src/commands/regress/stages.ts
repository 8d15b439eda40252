import type { Stage } from '../../experiment/stage.js'
import type { Setup } from './setup.js'
import { type CurveOutput, curveStage } from './stages/curve.js'
import { type DataOutput, dataStage } from './stages/data.js'
import { type FitOutput, fitStage } from './stages/fit.js'
import { type SaveOutput, saveModelStage } from './stages/save.js'

/** The stages of `ntk regress`, in the order in which they run. */
export type RegressStages = {
  readonly data: Stage<DataOutput>
  readonly fit: Stage<FitOutput>
  readonly curve: Stage<CurveOutput>
  readonly save: Stage<SaveOutput> | null
}

export function regressStages(setup: Setup): RegressStages {
  const data = dataStage(setup)
  const fit = fitStage(setup, data)
  const curve = curveStage(setup, data, fit)
  const { save } = setup.config
  return { data, fit, curve, save: save === undefined ? null : saveModelStage(setup, save, data, fit) }
}

import type { Stage } from '../../experiment/stage.js'
import { runKernels } from './kernels.js'
import type { Setup } from './setup.js'
import { type CurveOutput, curveStage } from './stages/curve.js'
import { type DataOutput, dataStage } from './stages/data.js'
import { type FitOutput, fitStage } from './stages/fit.js'

/** The stages of `ntk regress`, in the order in which they run. */
export type RegressStages = {
  readonly data: Stage<DataOutput>
  readonly fit: Stage<FitOutput>
  readonly curve: Stage<CurveOutput>
}

export function regressStages(setup: Setup): RegressStages {
  const data = dataStage(setup)
  const kernels = runKernels(setup.config.kernels)
  const fit = fitStage(setup, data, kernels)
  const curve = curveStage(setup, { data, fit }, kernels)
  return { data, fit, curve }
}

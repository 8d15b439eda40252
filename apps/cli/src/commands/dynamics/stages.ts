import type { Stage } from '../../experiment/stage.js'
import type { CurveOutput } from './curves.js'
import type { Setup } from './setup.js'
import { type DataOutput, dataStage } from './stages/data.js'
import { type EmpiricalOutput, empiricalStage } from './stages/empirical.js'
import { type InfiniteOutput, infiniteStage } from './stages/infinite.js'
import { type KernelsOutput, kernelsStage } from './stages/kernels.js'
import { type LimitOutput, limitStage } from './stages/limit.js'
import { closedFormStage } from './stages/prediction.js'
import { linearizedStage, networkStage } from './stages/training.js'
import { type WidthOutput, widthStage } from './stages/widths.js'

/** The stages of `ntk dynamics`, in the order in which they run. */
export type DynamicsStages = {
  readonly data: Stage<DataOutput>
  readonly kernels: Stage<KernelsOutput>
  readonly empirical: Stage<EmpiricalOutput>
  readonly closedForm: Stage<CurveOutput>
  readonly infinite: Stage<InfiniteOutput>
  readonly limit: Stage<LimitOutput> | null
  readonly network: Stage<CurveOutput>
  readonly linearized: Stage<CurveOutput>
  readonly widths: readonly Stage<WidthOutput>[]
}

export function dynamicsStages(setup: Setup): DynamicsStages {
  const data = dataStage(setup)
  const kernels = kernelsStage(setup, data)
  const empirical = empiricalStage(setup, data)
  const closedForm = closedFormStage(setup, data, empirical)
  const infinite = infiniteStage(setup, data, kernels, empirical)
  const limit = setup.config.training.limit ? limitStage(setup, data, kernels, empirical) : null
  const network = networkStage(setup, data, empirical)
  const linearized = linearizedStage(setup, data, empirical)
  const main = { data, kernels, empirical, closedForm, infinite, network }
  const widths = [...setup.sweep].map(([width, net]) => widthStage(setup, width, net, main))
  return { data, kernels, empirical, closedForm, infinite, limit, network, linearized, widths }
}

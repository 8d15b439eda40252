import { linearizedModel } from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { type Tensor, toBackend } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { applyOf } from '../../../networks/apply.js'
import { backendOf } from '../../../networks/device.js'
import { type CurveOutput, curveOutput } from '../curves.js'
import type { Setup } from '../setup.js'
import { initialParams, modelOf } from '../start.js'
import { trainCurve } from '../train-curve.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'

/** Trains the network itself. */
export function networkStage(
  setup: Setup,
  data: Stage<DataOutput>,
  empirical: Stage<EmpiricalOutput>,
): Stage<CurveOutput> {
  const title = 'training the network'
  return stage({
    name: 'network',
    title,
    needs: { data, empirical },
    async run(inputs, context) {
      const params = await toBackend(
        initialParams(setup, setup.net, inputs.data),
        await backendOf(setup.config),
      )
      const curve = await trainCurve(setup, inputs.data, context, {
        title,
        curve: 'network',
        width: setup.width,
        rate: inputs.empirical.values.learningRate,
        apply: modelOf(setup)(applyOf(setup.net), params).apply,
        params,
      })
      return curveOutput(setup, inputs.data, curve)
    },
  })
}

/** Trains the first-order Taylor expansion of the network in its parameters (Lee et al. 2019, Equation 4). */
export function linearizedStage(
  setup: Setup,
  data: Stage<DataOutput>,
  empirical: Stage<EmpiricalOutput>,
): Stage<CurveOutput> {
  const title = 'training the linearization'
  return stage({
    name: 'linearized',
    title,
    needs: { data, empirical },
    async run(inputs, context) {
      const params = await toBackend(
        initialParams(setup, setup.net, inputs.data),
        await backendOf(setup.config),
      )
      const model = modelOf(setup)(applyOf(setup.net), params)
      const { apply } = linearizedModel<Params<Tensor>>(model.apply, params)
      const curve = await trainCurve(setup, inputs.data, context, {
        title,
        curve: 'linearized',
        width: setup.width,
        rate: inputs.empirical.values.learningRate,
        apply,
        params,
      })
      return curveOutput(setup, inputs.data, curve)
    },
  })
}

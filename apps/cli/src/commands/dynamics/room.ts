import type { Spec } from '@ntk/stax'
import { type MemoryNeed, requireMemory } from '../../measures/memory.js'
import { couplesOutputs } from '../../networks/coupling.js'
import { imageNeeds, matrixNeed, parameterNeed } from '../../networks/needs.js'
import { imageShapeOf } from '../../networks/samples.js'
import { requireBuildable } from '../../networks/size.js'
import { networkSetting, withWidth } from '../../networks/spec.js'
import type { ResolvedDynamics } from './settings.js'

/** Parameters, their gradient, and what the optimizer makes of both. */
const copies = 3

/**
 * Refuses settings that cannot work on this machine, before anything is built or computed.
 *
 * @throws NtkError `config` naming the setting
 */
export function requireRoom(config: ResolvedDynamics, spec: Spec, outputs: number): void {
  const { data, training, dtype } = config
  const { setting, value } = networkSetting(config.network)
  requireBuildable(spec, setting)
  requireMemory([
    ...imageNeeds(data),
    ...kernelNeeds(config, outputs),
    {
      setting: 'training.evaluations (--evaluations)',
      value: String(training.evaluations),
      what: 'curves',
      bytes: 4 * 8 * Math.min(training.evaluations, training.steps + 1) * (data.train + data.test) * outputs,
    },
    parameterNeed({ spec, setting, value, copies }, dtype, imageShapeOf(data.name)),
  ])
  // All networks of a width at a time.
  for (const width of config.widths) {
    const one = {
      spec: withWidth(spec, width),
      setting: 'widths (--widths)',
      value: String(width),
      copies: copies * config.networks,
    }
    requireMemory([parameterNeed(one, dtype, imageShapeOf(data.name))])
  }
}

function kernelNeeds(config: ResolvedDynamics, outputs: number): MemoryNeed[] {
  const { train, test } = config.data
  // NNGP and NTK at infinite width, and that of the network with all pairs of outputs, where these are coupled.
  const own = couplesOutputs(train, outputs) ? outputs ** 2 : 1
  return [
    matrixNeed('data.train (--train)', train, 2 + own),
    matrixNeed('data.test (--test)', test, 1),
    {
      setting: train > test ? 'data.train (--train)' : 'data.test (--test)',
      value: String(Math.max(train, test)),
      what: 'kernels between both sets',
      bytes: (2 + own) * 8 * train * test,
    },
  ]
}

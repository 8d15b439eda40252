import { NtkError } from '@ntk/tensor'
import { hasOwnAxes } from '../steps/resolve-axes.js'
import type { KernelStep } from '../steps/step.js'

/** Throws NtkError 'unsupported' on what networks of several inputs or results do not take. */
export function refuseOfTrees(steps: readonly KernelStep[], used: Readonly<Record<string, boolean>>): void {
  const [name] = Object.entries(used).find(([, isUsed]) => isUsed) ?? []
  if (name === undefined && !hasOwnAxes(steps)) return
  throw new NtkError('unsupported', {
    what:
      name === undefined
        ? 'Kernels of networks with several inputs or results need samples first and channels last.'
        : `Kernels of networks with several inputs or results take no ${name}.`,
    got: name === undefined ? 'a layer with batchAxis, channelAxis or dimensionNumbers of its own' : name,
    fix:
      name === undefined
        ? 'Transpose the inputs, and leave the axes at their defaults.'
        : `Join the results to one (FanInSum, FanInConcat) of one input, or leave ${name} out.`,
  })
}

import { NtkError } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import type { KernelNet, KernelStep } from './step.js'

/** The steps of a network's kernel. Throws NtkError 'spec' on what has none. */
export function stepsOf(net: KernelNet): readonly KernelStep[] {
  const kernel: unknown = (net as KernelNet | null | undefined)?.kernel
  if (Array.isArray(kernel)) return net.kernel
  const given: unknown = net
  const isFunction = typeof given === 'function'
  throw new NtkError('spec', {
    what: 'A kernel needs a network: a layer of @ntk/stax, or { kernel } with its steps.',
    got: isFunction
      ? `the function ${given.name || 'without a name'}`
      : Array.isArray(given)
        ? 'a list'
        : show(given),
    fix: isFunction
      ? `Call it: ${given.name || 'net'}(...) is the layer.`
      : Array.isArray(given)
        ? 'Put layers together with serial(...), and build a spec with fromSpec.'
        : undefined,
  })
}

import type { KernelStep } from '@ntk/kernels-analytic'
import type { Layer } from '@ntk/stax'
import { NtkError } from '@ntk/tensor'

/** Names of the layers that have no kernel at infinite width, each once. */
export function finiteLayers(steps: readonly KernelStep[]): string[] {
  const names = steps.flatMap((step) => {
    if (step.kind === 'finiteOnly') return [step.layer]
    return step.kind === 'parallel' ? step.branches.flatMap(finiteLayers) : []
  })
  return [...new Set(names)]
}

/** @throws NtkError `unsupported` naming the layers that have no kernel at infinite width, and the way around */
export function requireInfinite(net: Layer): void {
  const names = finiteLayers(net.kernel)
  if (names.length === 0) return
  throw new NtkError('unsupported', {
    what: `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} no kernel at infinite width here.`,
    fix: 'Estimate it from finite networks, with its error bar: ntk kernel --monte-carlo 100 (the kernel of one of them: ntk empirical).',
  })
}

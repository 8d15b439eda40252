import type { KernelStep } from '@ntk/kernels-analytic'

/** A kernel that is known for samples first and channels last only; a layer with other axes says so. */
export function standardOnly(
  layer: string,
  { batchAxis, channelAxis }: { readonly batchAxis: number; readonly channelAxis: number },
  step: KernelStep,
): readonly KernelStep[] {
  if (batchAxis === 0 && channelAxis === -1) return [step]
  return [{ kind: 'finiteOnly', layer: `${layer} with batchAxis or channelAxis` }]
}

import { NtkError } from '@ntk/tensor'

/** The kernel of a layer that is known at finite width only here. */
export function noKernel(name: string): () => never {
  return () => {
    throw new NtkError('unsupported', {
      what: `${name} has no infinite-width kernel here; it runs at finite width.`,
      fix: 'Use its empirical kernel (empiricalNtkFn, monteCarloKernelFn of @ntk/kernels-empirical).',
    })
  }
}

import { NtkError, type Tensor } from '@ntk/tensor'
import { empiricalNngpFn } from './nngp.js'
import { empiricalNtkFn } from './ntk.js'
import type { CallOptions, NtkOptions } from './options.js'
import type { Apply, ParamsOf } from './parameters.js'

export interface EmpiricalKernels {
  readonly nngp?: Tensor
  readonly ntk?: Tensor
}

export interface EmpiricalKernelOptions extends CallOptions {
  /** Both unless given. */
  readonly get?: readonly ('nngp' | 'ntk')[] | undefined
}

type KernelFn<P> = (
  x1: Tensor,
  x2: Tensor | null,
  params: P,
  options?: EmpiricalKernelOptions,
) => Promise<EmpiricalKernels>

/** The empirical NNGP kernel and NTK of a network, those that `get` names; each as `empiricalNngpFn` and `empiricalNtkFn` give it. */
export function empiricalKernelFn<A extends Apply>(
  apply: A,
  options: NtkOptions = {},
): KernelFn<ParamsOf<A>> {
  const fns = { nngp: empiricalNngpFn(apply, options), ntk: empiricalNtkFn(apply, options) }
  return async (x1, x2, params, { get, ...call } = {}) => {
    const names: readonly ('nngp' | 'ntk')[] = get ?? ['nngp', 'ntk']
    const kernels: { nngp?: Tensor; ntk?: Tensor } = {}
    for (const name of names) {
      if (!Object.hasOwn(fns, name)) {
        throw new NtkError('option', { what: "get lists 'nngp' and 'ntk'.", got: String(name) })
      }
      kernels[name] = await fns[name](x1, x2, params, call)
    }
    return kernels
  }
}

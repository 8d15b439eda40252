import type { Tensor } from '@ntk/tensor'
import { ntkParts, setUp } from './ntk.js'
import type { CallOptions, NtkOptions } from './options.js'
import { type Apply, layerOf, type ParamsOf } from './parameters.js'

export interface PartsOptions extends NtkOptions {
  /** 'layer' (the default): parameters of one record belong together, as '[2]'; 'parameter': each alone; or a name for each path. */
  readonly by?: 'layer' | 'parameter' | ((path: string) => string) | undefined
}

type PartsFn<P> = (
  x1: Tensor,
  x2: Tensor | null,
  params: P,
  options?: CallOptions,
) => Promise<Readonly<Record<string, Tensor>>>

/**
 * The terms of the empirical NTK by what they are a derivative in (the sum over layers of Lee et al. 2019, Equation 4): one
 * kernel a part by its name, in the order of the parameters. Their sum is the kernel of `empiricalNtkFn`. All parts come
 * from one pass through the network.
 */
export function empiricalNtkPartsFn<A extends Apply>(
  apply: A,
  { by = 'layer', ...options }: PartsOptions = {},
): PartsFn<ParamsOf<A>> {
  const nameOf = by === 'layer' ? layerOf : by === 'parameter' ? (path: string) => path : by
  return async (x1, x2, params, call = {}) => {
    let names: string[] = []
    const task = setUp(apply, options, x1, x2, params, (paths) => {
      const all = paths.map(nameOf)
      names = [...new Set(all)]
      return all.map((name) => names.indexOf(name))
    })
    const kernels = await ntkParts(task, options, x1, x2, call)
    return Object.fromEntries(names.map((name, i) => [name, kernels[i] as Tensor]))
  }
}

import type { Tensor } from '@ntk/tensor'
import {
  aFunction,
  either,
  oneOf,
  optional,
  type RulesFor,
  readOptions,
  requireFunction,
} from '@ntk/tensor/options'
import type { Job, TiledResult } from '@ntk/tiles'
import { ntkJob, ntkTask, setUpChecked } from './ntk.js'
import { type CallOptions, type CallSinkOptions, callRules, type NtkOptions, ntkRules } from './options.js'
import { type Apply, layerOf, type ParamsOf } from './parameters.js'
import { walkEngines } from './walk.js'

type NameOf = (path: string) => string

export interface PartsOptions extends NtkOptions {
  /** 'layer' (the default): parameters of one record belong together, as '[2]'; 'parameter': each alone; or a name for each path. */
  readonly by?: 'layer' | 'parameter' | NameOf | undefined
}

const rules: RulesFor<PartsOptions> = {
  ...ntkRules,
  by: optional(either(oneOf(['layer', 'parameter']), aFunction<NameOf>())),
}

interface PartsFn<P> {
  (x1: Tensor, x2: Tensor | null | undefined, params: P, options: CallSinkOptions): Promise<TiledResult>
  (
    x1: Tensor,
    x2: Tensor | null | undefined,
    params: P,
    options?: CallOptions,
  ): Promise<Readonly<Record<string, Tensor>>>
}

/**
 * The terms of the empirical NTK by what they are a derivative in (the sum over layers of Lee et al. 2019, Equation 4): one
 * kernel a part by its name, in the order of the parameters. Their sum is the kernel of `empiricalNtkFn`. All parts come
 * from one pass through the network.
 */
export function empiricalNtkPartsFn<A extends Apply>(
  apply: A,
  options: PartsOptions = {},
): PartsFn<ParamsOf<A>> {
  const name = 'empiricalNtkPartsFn'
  requireFunction(apply, `apply of ${name}`)
  const { by = 'layer', ...o } = readOptions(name, rules, options)
  const nameOf = by === 'layer' ? layerOf : by === 'parameter' ? (path: string) => path : by
  const run = async (
    x1: Tensor,
    x2: Tensor | null = null,
    params: ParamsOf<A>,
    given: CallOptions | CallSinkOptions | undefined,
  ): Promise<TiledResult | Readonly<Record<string, Tensor>>> => {
    const { tile, ...call } = readOptions(name, callRules, given)
    let names: string[] = []
    const s = await setUpChecked(name, apply, o, x1, x2, params, (paths) => {
      const all = paths.map(nameOf)
      names = [...new Set(all)]
      return all.map((part) => names.indexOf(part))
    })
    const { task, size } = ntkTask(s, o, x1, x2, names, tile)
    const job = (): Promise<Job> =>
      ntkJob('parts of the empirical NTK', s, { ...o, names: s.paths.map(nameOf) }, x1, x2)
    const result = await walkEngines({ ...call, what: task.what, tasks: [task], size, job })
    if (call.sink !== undefined) return result
    const kernels: Record<string, Tensor> = {}
    for (const part of names) kernels[part] = await result.toTensor(part)
    return kernels
  }
  return run as PartsFn<ParamsOf<A>>
}

import type { Tensor } from '@ntk/tensor'
import { oneOrMore, type Rule, readOptions, requireFunction } from '@ntk/tensor/options'
import type { TiledResult } from '@ntk/tiles'
import { walkNngp } from './nngp.js'
import { walkNtk } from './ntk.js'
import { type CallOptions, type CallSinkOptions, callRules, type NtkOptions, ntkRules } from './options.js'
import type { Apply, ParamsOf } from './parameters.js'

export type EmpiricalName = 'nngp' | 'ntk'

/** What `get` takes: a name, or a list of names. */
export type EmpiricalNames = EmpiricalName | readonly EmpiricalName[]

/** One tensor for one name, a record for a list of names. */
export type EmpiricalKernels<G extends EmpiricalNames> = G extends readonly EmpiricalName[]
  ? { readonly [K in G[number]]: Tensor }
  : Tensor

export interface EmpiricalKernelOptions<G extends EmpiricalNames = EmpiricalNames> extends CallOptions {
  /** A name gives its tensor, a list a record; ['nngp', 'ntk'] unless given. */
  readonly get?: G | undefined
}

export interface EmpiricalKernelSinkOptions<G extends EmpiricalNames = EmpiricalNames>
  extends CallSinkOptions {
  readonly get?: G | undefined
}

/** The names in `get`. */
export type NamesIn<G extends EmpiricalNames> = G extends readonly EmpiricalName[]
  ? G[number]
  : G & EmpiricalName

export interface EmpiricalKernelFn<P> {
  <const G extends EmpiricalNames = readonly ['nngp', 'ntk']>(
    x1: Tensor,
    x2: Tensor | null | undefined,
    params: P,
    options: EmpiricalKernelSinkOptions<G>,
  ): Promise<TiledResult<NamesIn<G>>>
  <const G extends EmpiricalNames = readonly ['nngp', 'ntk']>(
    x1: Tensor,
    x2: Tensor | null | undefined,
    params: P,
    options?: EmpiricalKernelOptions<G>,
  ): Promise<EmpiricalKernels<G>>
}

const names: readonly EmpiricalName[] = ['nngp', 'ntk']

/** What `get` takes, for readers of options. */
export const getRule: Rule<EmpiricalNames> = oneOrMore<EmpiricalName>(names, names)

/** The empirical NNGP kernel and NTK of a network in one walk, those that `get` names; each as `empiricalNngpFn` and `empiricalNtkFn` give it. */
export function empiricalKernelFn<A extends Apply>(
  apply: A,
  options: NtkOptions = {},
): EmpiricalKernelFn<ParamsOf<A>> {
  const name = 'empiricalKernelFn'
  requireFunction(apply, `apply of ${name}`)
  const o = readOptions(name, ntkRules, options)
  const run = async (
    x1: Tensor,
    x2: Tensor | null = null,
    params: ParamsOf<A>,
    given: EmpiricalKernelOptions | EmpiricalKernelSinkOptions | undefined,
  ): Promise<unknown> => {
    const { get, tile, ...call } = readOptions(name, { get: getRule, ...callRules }, given)
    const wanted = names.filter((n) => (typeof get === 'string' ? n === get : get.includes(n)))
    const walk = { call, tile, x1, x2 }
    const result = await (wanted.includes('ntk')
      ? walkNtk(name, apply, o, params, { ...walk, nngp: wanted.includes('nngp') })
      : walkNngp(name, apply, o, params, walk))
    if (call.sink !== undefined) return result
    if (typeof get === 'string') return result.toTensor(get)
    const kernels: { nngp?: Tensor; ntk?: Tensor } = {}
    for (const n of get) kernels[n] = await result.toTensor(n)
    return kernels
  }
  return run as EmpiricalKernelFn<ParamsOf<A>>
}

import type { Tensor } from '@ntk/tensor'
import { oneOrMore, optional, positiveInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { type TileSink, type WalkCallOptions, type WalkProgress, walkRules } from '@ntk/tiles'
import { type At, atRule, type ResultAt } from './at.js'
import { maskConstantRule } from './masked-input.js'
import { patternRules } from './patterns.js'

export const kernelNames = ['nngp', 'ntk', 'cov1', 'cov2'] as const

/** What a kernel function can give: matrices [n1, n2, spatial...] and diagonal terms [n1, spatial...], [n2, spatial...]. */
export type KernelName = (typeof kernelNames)[number]

/** What `get` takes: a name, or a list of names. */
export type KernelNames = KernelName | readonly KernelName[]

/** The names in `get`. */
export type NamesIn<G extends KernelNames> = G extends readonly KernelName[] ? G[number] : G & KernelName

/** One tensor for one name, a record for a list of names. */
export type KernelResult<G extends KernelNames> = G extends readonly KernelName[]
  ? { readonly [K in G[number]]: Tensor }
  : Tensor

/** The arrays of a result in a sink: 'ntk', or 'ntk.block' where `at` names layers. */
export type ArraysIn<G extends KernelNames, A extends At> = A extends string
  ? `${NamesIn<G>}.${A}`
  : A extends readonly string[]
    ? `${NamesIn<G>}.${A[number]}`
    : NamesIn<G>

/** The same of a network of several values, by their places: 'ntk.0', 'ntk.1.0'; 'ntk' of one value. */
export type TreeArraysIn<G extends KernelNames, A extends At> = A extends undefined
  ? NamesIn<G> | `${NamesIn<G>}.${string}`
  : ArraysIn<G, A>

/** What a call gives: for one layer or the network's end what `get` says, for a list of layers a record of it by name. */
export type KernelResultAt<G extends KernelNames, A extends At> = ResultAt<A, KernelResult<G>>

interface CommonOptions<G extends KernelNames, A extends At> {
  /** What to compute: a name gives its tensor, a list a record; ['nngp', 'ntk'] unless given. */
  readonly get?: G | undefined
  /**
   * Layers with names (`named` of @ntk/stax, `namesOf(net)`) behind which it is computed, all in one pass: a name gives what `get` says of
   * that layer, a list a record by name. Absent: the network's end. Kernels are as they stand there, with all pairs of positions where
   * a layer further on needs them, else with equal ones.
   */
  readonly at?: A
  /** Rows of a tile of pairs; chosen to fit the cache unless given. Results do not depend on it but for rounding. */
  readonly tile?: number | undefined
  /**
   * Entries of x1 and x2 that equal this number, which may be NaN, are padding (sequences of unequal lengths, holes): they count as
   * 0, and so do covariances with positions of which all channels are padding, after every layer.
   */
  readonly maskConstant?: number | undefined
  /** Graphs of x1 and x2, for the layer `Aggregate`: see there. Of x1 with itself pattern1 is that of both sides. */
  readonly pattern1?: Tensor | null | undefined
  readonly pattern2?: Tensor | null | undefined
  /** Counts pairs of samples (with x2 null, those of one triangle of tiles). */
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined
  /** Ends the computation with NtkError 'aborted' at the next tile. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a kernel in memory. */
export interface KernelFnOptions<G extends KernelNames = KernelNames, A extends At = undefined>
  extends CommonOptions<G, A> {
  readonly sink?: undefined
  readonly shard?: undefined
}

/** Options of a kernel that goes to a sink, `directory` or `npyFiles` of @ntk/tiles/node: the call gives a handle that reads rows. */
export interface KernelSinkOptions<G extends KernelNames = KernelNames, A extends At = undefined>
  extends CommonOptions<G, A> {
  readonly sink: TileSink
  /** 'i/n': compute the i-th of n parts only, for processes that share a directory. */
  readonly shard?: string | undefined
}

/** Options of any kernel. */
export type AnyKernelOptions = KernelFnOptions<KernelNames, At> | KernelSinkOptions<KernelNames, At>

const rules = {
  get: oneOrMore<KernelName>(kernelNames, ['nngp', 'ntk']),
  at: atRule(),
  tile: optional(positiveInteger()),
  maskConstant: maskConstantRule(),
  ...patternRules,
  ...walkRules,
} satisfies RulesFor<AnyKernelOptions>

/** Options as they were read: `names` are those in `get`, in the order of `kernelNames`. */
export interface ReadKernelOptions extends WalkCallOptions {
  readonly get: KernelNames
  readonly names: readonly KernelName[]
  readonly at: At
  readonly tile: number | undefined
  readonly maskConstant: number | undefined
  readonly pattern1: Tensor | null
  readonly pattern2: Tensor | null
}

/** Throws NtkError 'option' unless the options make sense. */
export function readKernelOptions(options: AnyKernelOptions | undefined): ReadKernelOptions {
  const read = readOptions('kernelFn', rules, options)
  const wanted = typeof read.get === 'string' ? [read.get] : read.get
  return { ...read, names: kernelNames.filter((name) => wanted.includes(name)) }
}

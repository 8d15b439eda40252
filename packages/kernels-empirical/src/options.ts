import type { Tensor } from '@ntk/tensor'
import {
  aFunction,
  listOf,
  oneOf,
  optional,
  orNull,
  positiveInteger,
  type Rule,
  type RulesFor,
  rule,
} from '@ntk/tensor/options'
import {
  type TiledResult,
  type TileSink,
  type WalkCallOptions,
  type WalkProgress,
  walkRules,
} from '@ntk/tiles'
import type { AxesOptions } from './layout/axes.js'
import type { ParameterFilter } from './parameters.js'

export type Implementation =
  | 'auto'
  | 'jacobian-contraction'
  | 'ntk-vector-products'
  | 'structured-derivatives'

export interface EmpiricalOptions extends AxesOptions {
  /**
   * Absent: read off the program whether rows of x are independent; where they are not (batch normalization), all
   * rows are one sample. 0: each row is evaluated alone, come what may. null: rows are never taken to be independent.
   */
  readonly vmapAxes?: 0 | null | undefined
  /** Bound of the working memory beside the result, 1 GiB unless given. */
  readonly maxBytes?: number | undefined
}

export interface NtkOptions extends EmpiricalOptions {
  /** 'auto' (the default) counts the cost of each and takes the cheapest. */
  readonly implementation?: Implementation | undefined
  /** Parameters that count, by their path; all where absent. The readout of a `serial` of five: (path) => path.startsWith('[4]'). */
  readonly parameters?: ParameterFilter | undefined
}

interface CommonCallOptions {
  /** Samples a side of a tile at most; by `maxBytes` unless given. */
  readonly tile?: number | undefined
  /** Counts pairs of samples. */
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined
  /** Ends the computation with NtkError 'aborted' at the next tile. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call whose kernels stay in memory. */
export interface CallOptions extends CommonCallOptions {
  readonly sink?: undefined
  readonly shard?: undefined
}

/** Options of a call whose kernels go to a sink, `directory` or `npyFiles` of @ntk/tiles/node. */
export interface CallSinkOptions extends CommonCallOptions {
  readonly sink: TileSink
  /** 'i/n': compute the i-th of n parts only, for processes that share a directory. */
  readonly shard?: string | undefined
}

/**
 * A kernel of samples x1 [n1, ...] and x2 [n2, ...] (null or undefined: x1 again, and one triangle only) at parameters. With a sink it gives a
 * handle that reads rows.
 */
export interface EmpiricalFn<P, Name extends string> {
  (x1: Tensor, x2: Tensor | null | undefined, params: P, options: CallSinkOptions): Promise<TiledResult<Name>>
  (x1: Tensor, x2: Tensor | null | undefined, params: P, options?: CallOptions): Promise<Tensor>
}

/** Options of a call as they were read. */
export interface ReadCallOptions extends WalkCallOptions {
  readonly tile?: number | undefined
}

export const empiricalRules: RulesFor<EmpiricalOptions> = {
  traceAxes: optional(axisList()),
  diagonalAxes: optional(axisList()),
  vmapAxes: optional(orNull(rule<0>('0', (v) => v === 0))),
  maxBytes: optional(positiveInteger()),
}

function axisList(): Rule<readonly number[]> {
  return listOf(rule<number>('an axis', Number.isInteger), 'a list of axes of the output')
}

export const ntkRules: RulesFor<NtkOptions> = {
  ...empiricalRules,
  implementation: optional(
    oneOf<Implementation>(['auto', 'jacobian-contraction', 'ntk-vector-products', 'structured-derivatives']),
  ),
  parameters: optional(aFunction<ParameterFilter>()),
}

export const callRules: RulesFor<ReadCallOptions> = {
  tile: optional(positiveInteger()),
  ...walkRules,
}

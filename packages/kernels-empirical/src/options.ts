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
  /** Samples a side of a block at most; by `maxBytes` where absent. */
  readonly batchSize?: number | undefined
  /** Bound of the working memory beside the result, 1 GiB unless given. */
  readonly maxBytes?: number | undefined
}

export interface NtkOptions extends EmpiricalOptions {
  /** 'auto' (the default) counts the cost of each and takes the cheapest. */
  readonly implementation?: Implementation | undefined
  /** Parameters that count, by their path; all where absent. The readout of a `serial` of five: (path) => path.startsWith('[4]'). */
  readonly parameters?: ParameterFilter | undefined
}

export interface CallOptions {
  /** Blocks finished, of how many. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
  /** Throws NtkError 'aborted' between blocks. */
  readonly signal?: AbortSignal | undefined
}

import { NtkError, type Tensor } from '@ntk/tensor'

export const kernelNames = ['nngp', 'ntk', 'cov1', 'cov2'] as const

/** What a kernel function can give: matrices [n1, n2, spatial...] and diagonal terms [n1, spatial...], [n2, spatial...]. */
export type KernelName = (typeof kernelNames)[number]

/** One tensor for one name, a record for a list of names. */
export type KernelResult<G extends KernelName | readonly KernelName[]> = G extends readonly KernelName[]
  ? { readonly [K in G[number]]: Tensor }
  : Tensor

export interface KernelProgress {
  /** Pairs of samples finished and in all (with x2 null, those of one triangle of tiles). */
  readonly done: number
  readonly total: number
}

export interface KernelFnOptions<
  G extends KernelName | readonly KernelName[] = KernelName | readonly KernelName[],
> {
  /** What to compute: a name gives its tensor, a list a record; ['nngp', 'ntk'] unless given. */
  readonly get?: G
  /** Rows of a tile of pairs; chosen to fit the cache unless given. Results do not depend on it but for rounding. */
  readonly tile?: number
  readonly onProgress?: (progress: KernelProgress) => void
  /** Ends the computation with NtkError 'aborted' at the next tile. */
  readonly signal?: AbortSignal
}

/** Throws NtkError 'option' unless the options make sense; returns the names wanted. */
export function checkOptions(options: KernelFnOptions): readonly KernelName[] {
  const { get = ['nngp', 'ntk'], tile } = options
  const names = typeof get === 'string' ? [get] : get
  const unknown = names.find((name) => !kernelNames.includes(name))
  if (unknown !== undefined || names.length === 0) {
    throw new NtkError('option', {
      what: `get takes one or more of ${kernelNames.join(', ')}.`,
      got: unknown === undefined ? 'an empty list' : String(unknown),
    })
  }
  if (tile !== undefined && !(Number.isInteger(tile) && tile > 0)) {
    throw new NtkError('option', { what: 'tile needs a positive integer.', got: String(tile) })
  }
  return names
}

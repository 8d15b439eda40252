import type { TypedArray } from '../dtype.js'
import type { Params, Primitive } from '../primitives.js'
import type { HostTensor } from '../reference/host.js'
import type { Aval } from '../value.js'
import type { NativeBlas } from './native/types.js'

/** What the rules of one CPU backend share. */
export interface CpuContext {
  /** The machine's BLAS and LAPACK, looked for at the first call; null: use WebAssembly. */
  readonly blas: () => NativeBlas | null
}

/** Runs one primitive on host memory. Inputs are contiguous; results may alias them, and are never written to later. */
export type CpuRule<P extends Primitive> = (
  inputs: readonly HostTensor[],
  params: Params<P>,
  outputs: readonly Aval[],
  context: CpuContext,
) => TypedArray[]

export type CpuTable<P extends Primitive> = { readonly [Q in P]: CpuRule<Q> }

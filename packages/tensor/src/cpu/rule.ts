import type { Aval } from '../aval.js'
import type { Donation } from '../donation.js'
import type { TypedArray } from '../dtype.js'
import type { Inputs, Outputs, Params, Primitive } from '../primitives.js'
import type { HostTensor } from '../reference/host.js'
import type { NativeBlas } from './native/types.js'

/** What the rules of one CPU backend share. */
export interface CpuContext {
  /** The machine's BLAS and LAPACK, looked for at the first call; null: use WebAssembly. */
  readonly blas: () => NativeBlas | null
}

/**
 * Runs one primitive on host memory. Inputs are contiguous; results may alias them, and are never written to later. An input that was
 * given away may be taken and written over.
 */
export type CpuRule<P extends Primitive> = (
  inputs: Inputs<P, HostTensor>,
  params: Params<P>,
  outputs: Outputs<P, Aval>,
  context: CpuContext,
  donation: Donation | null,
) => Outputs<P, TypedArray>

export type CpuTable<P extends Primitive> = { readonly [Q in P]: CpuRule<Q> }

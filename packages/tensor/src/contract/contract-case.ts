import type { Backend } from '../backend.js'
import type { DType } from '../dtype.js'
import type { Primitive } from '../primitives.js'

/** One thing that a backend must do. */
export interface ContractCase {
  /** A sentence, unlike every other. */
  readonly name: string
  /** Null for what belongs to no primitive: buffers and claims. */
  readonly primitive: Primitive | null
  readonly dtype: DType | null
  /** Rejects with an error that says what differs; passes where the backend does not claim the primitive of this dtype. */
  run(backend: Backend): Promise<void>
}

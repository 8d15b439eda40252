import type { Aval } from './aval.js'
import type {
  CompositeInputs,
  CompositeName,
  CompositeOutputs,
  CompositeParams,
} from './composites/contracts.js'
import type { Donation } from './donation.js'
import type { DType, TypedArray } from './dtype.js'
import type { Inputs, Outputs, Params, Primitive } from './primitives.js'
import type { Shape } from './shape.js'

/** Opaque to everybody but its backend. */
export type BackendBuffer = object

/** What a backend sees of a Tensor. Contiguous and row-major; buffers may be shared between tensors, so never written to after they are handed out. */
export interface BackendTensor {
  readonly buffer: BackendBuffer
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * A fused kernel of a composite. `outputs` are what the contract says of these inputs. Null: not this case, decompose; then
 * nothing was taken from the donation.
 */
export type CompositeKernel<N extends CompositeName> = (
  inputs: CompositeInputs<N, BackendTensor>,
  params: CompositeParams<N>,
  outputs: CompositeOutputs<N, Aval>,
  donation: Donation | null,
) => CompositeOutputs<N, BackendBuffer> | null

/** The fused kernels that a backend has, by composite. */
export type CompositeKernels = { readonly [N in CompositeName]?: CompositeKernel<N> }

/** What a backend holds. */
export interface MemoryUse {
  readonly buffers: number
  readonly bytes: number
}

/**
 * A device that holds buffers and runs primitives. Issuing work is synchronous; reading is asynchronous, and
 * also synchronous where the device can. What it lacks it says: `supports` answers, and running an unsupported
 * op throws NtkError 'unsupported'. Nothing is demoted in silence.
 */
export interface Backend {
  /** For messages and `ntk doctor`: 'cpu', 'tfjs-wasm', ... */
  readonly name: string
  /** dtypes it can hold; a float32-only device lacks 'float64'. */
  readonly dtypes: readonly DType[]
  readonly composites: CompositeKernels
  /**
   * Whether the garbage collector frees buffers that nobody holds as soon as memory is short, so that scopes need not. False for
   * a device, whose memory the collector does not see.
   */
  readonly collected: boolean
  supports(primitive: Primitive, dtype: DType): boolean
  /** Takes ownership of `data` (the caller must not write to it afterwards). */
  upload(data: TypedArray, shape: Shape, dtype: DType): BackendBuffer
  read(tensor: BackendTensor): Promise<TypedArray>
  /** Null where the device cannot block. The result may alias the buffer: callers must not write to it. */
  readSync(tensor: BackendTensor): TypedArray | null
  /** The buffer is used no more. Comes once a buffer; others that share its memory stay valid. */
  free(buffer: BackendBuffer): void
  /** What is held now: buffers made and not freed. Null where the garbage collector alone knows. */
  memory(): MemoryUse | null
  /**
   * `outputs` were inferred by the shape rules; inputs were checked. Inputs are read only, but for those that the backend takes
   * from `donation`, over which it may write outputs. An output may be the very buffer object of an input whose elements it
   * has (a reshape); it is freed once, when the last tensor that holds it lets go.
   */
  run<P extends Primitive>(
    primitive: P,
    inputs: Inputs<P, BackendTensor>,
    params: Params<P>,
    outputs: Outputs<P, Aval>,
    donation?: Donation | null,
  ): Outputs<P, BackendBuffer>
}

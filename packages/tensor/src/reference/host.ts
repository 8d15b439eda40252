import type { DType, TypedArray } from '../dtype.js'
import type { Inputs, Outputs, Params, Primitive } from '../primitives.js'
import type { Shape } from '../shape.js'
import type { Aval } from '../aval.js'

/** A tensor in host memory, row-major. */
export interface HostTensor {
  readonly data: TypedArray
  readonly shape: Shape
  readonly dtype: DType
}

/** Evaluates one primitive on the host, plainly. `outputs` are what `infer` gave. */
export type HostRule<P extends Primitive> = (
  inputs: Inputs<P, HostTensor>,
  params: Params<P>,
  outputs: Outputs<P, Aval>,
) => Outputs<P, TypedArray>
export type HostTable<P extends Primitive> = { readonly [Q in P]: HostRule<Q> }

/** Calls f with every multi-index of `shape` in row-major order; the array is reused. */
export function eachIndex(shape: Shape, f: (index: readonly number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0)
  let size = 1
  for (const d of shape) size *= d
  for (let flat = 0; flat < size; flat++) {
    f(index, flat)
    for (let a = shape.length - 1; a >= 0; a--) {
      index[a] = (index[a] as number) + 1
      if ((index[a] as number) < (shape[a] as number)) break
      index[a] = 0
    }
  }
}

/** Strides of `shape` aligned to the trailing axes of a result of `rank`; 0 where it broadcasts. */
export function broadcastStrides(shape: Shape, rank: number): number[] {
  const out = new Array<number>(rank).fill(0)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    const d = shape[i] as number
    out[rank - shape.length + i] = d === 1 ? 0 : step
    step *= d
  }
  return out
}

/** Σ index · stride. */
export function offset(index: readonly number[], strides: readonly number[]): number {
  let at = 0
  for (let i = 0; i < strides.length; i++) at += (index[i] as number) * (strides[i] as number)
  return at
}

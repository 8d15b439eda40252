import {
  cast,
  cpuBackend,
  NtkError,
  type Shape,
  showShape,
  type Tensor,
  type TypedArray,
  tensorFromData,
  toBackend,
} from '@ntk/tensor'
import { firstNotFinite, requireFinite, requireFloats } from '@ntk/tensor/options'

/** A tensor in float64 on the CPU, where the linear algebra lives. Throws 'value', 'dtype', 'not-finite' with the argument's name. */
export async function onHost(x: Tensor, name: string): Promise<Tensor> {
  requireFloats(x, name)
  return inDouble(finite(await x.data(), x.shape, name), x.shape)
}

/** As `onHost`, at once, of a tensor that is on a host. */
export function onHostNow(x: Tensor, name: string): Tensor {
  requireFloats(x, name)
  return inDouble(finite(x.dataSync(), x.shape, name), x.shape)
}

/** Numbers as a tensor in float64 on the CPU, without a copy where they are in float64. */
export function inDouble(data: TypedArray, shape: Shape): Tensor {
  return tensorFromData(data instanceof Float64Array ? data : Float64Array.from(data), shape, cpuBackend())
}

/** Numbers, all finite. Throws NtkError 'not-finite' with the name and the place of the first that is not. */
export function finite(data: TypedArray, shape: Shape, name: string): TypedArray {
  requireFinite(data, shape, name, 'Remove or repair that row.')
  return data
}

/** What results are given as: the dtype and the backend of the data that a model was fitted to. */
export type Like = Pick<Tensor, 'dtype' | 'backend'>

/** A result of the host in the dtype and on the backend of data. Throws NtkError 'not-finite' where that cannot hold it. */
export async function like(x: Tensor, { dtype, backend }: Like): Promise<Tensor> {
  const typed = cast(x, dtype)
  if (firstNotFinite(typed.dataSync()) >= 0) throw beyondNumbers(dtype)
  return toBackend(typed, backend)
}

function beyondNumbers(dtype: string): NtkError {
  return new NtkError('not-finite', {
    what: `A prediction is beyond the numbers of ${dtype}.`,
    fix: 'Scale the targets: standardize: true.',
  })
}

export function shapeError(what: string, got: Shape, fix?: string): NtkError {
  return new NtkError('shape', { what, got: showShape(got), fix })
}

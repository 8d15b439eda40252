import {
  cast,
  cpuBackend,
  isFloat,
  NtkError,
  type Shape,
  showShape,
  type Tensor,
  type TypedArray,
  tensorFromData,
  toBackend,
} from '@ntk/tensor'
import { requireTensor } from '@ntk/tensor/options'

/** A tensor in float64 on the CPU, where the linear algebra lives. Throws 'value', 'dtype', 'not-finite' with the argument's name. */
export async function onHost(x: Tensor, name: string): Promise<Tensor> {
  requireTensor(x, name)
  if (!isFloat(x.dtype)) throw dtypeError(x, name)
  return inDouble(finite(await x.data(), x.shape, name), x.shape)
}

/** As `onHost`, at once, of a tensor that is on a host. */
export function onHostNow(x: Tensor, name: string): Tensor {
  requireTensor(x, name)
  if (!isFloat(x.dtype)) throw dtypeError(x, name)
  return inDouble(finite(x.dataSync(), x.shape, name), x.shape)
}

function dtypeError(x: Tensor, name: string): NtkError {
  return new NtkError('dtype', {
    what: `${name} needs float64 or float32.`,
    got: x.dtype,
    fix: "Convert with cast(x, 'float64').",
  })
}

/** Numbers as a tensor in float64 on the CPU, without a copy where they are in float64. */
export function inDouble(data: TypedArray, shape: Shape): Tensor {
  return tensorFromData(data instanceof Float64Array ? data : Float64Array.from(data), shape, cpuBackend())
}

/** Numbers, all finite. Throws NtkError 'not-finite' with the name and the place of the first that is not. */
export function finite(data: TypedArray, shape: Shape, name: string): TypedArray {
  const at = firstNotFinite(data)
  if (at < 0) return data
  throw new NtkError('not-finite', {
    what: `${name} needs finite numbers.`,
    got: `${data[at]} at ${showShape(indexOf(at, shape))}`,
    fix: 'Remove or repair that row.',
  })
}

function firstNotFinite(data: TypedArray): number {
  let test = 0
  // x − x is 0, unless x is NaN or infinite
  for (let i = 0; i < data.length; i++) test += (data[i] as number) - (data[i] as number)
  return test === 0 ? -1 : data.findIndex((v: number) => v - v !== 0)
}

function indexOf(at: number, shape: Shape): number[] {
  const index: number[] = []
  let rest = at
  for (const d of shape.toReversed()) {
    index.unshift(rest % d)
    rest = Math.floor(rest / d)
  }
  return index
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

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
} from '@ntk/tensor'
import { requireTensor } from '@ntk/tensor/options'

/** The numbers of a tensor of floats. Throws 'value' and 'dtype' with the argument's name. */
export function readFloats(x: Tensor, name: string): TypedArray {
  requireTensor(x, name)
  if (!isFloat(x.dtype)) {
    throw new NtkError('dtype', {
      what: `${name} needs float64 or float32.`,
      got: x.dtype,
      fix: "Convert with cast(x, 'float64').",
    })
  }
  return x.dataSync()
}

/** As `readFloats`, finite ones. Throws 'not-finite' with the argument's name and the place. */
export function readFinite(x: Tensor, name: string): TypedArray {
  const data = readFloats(x, name)
  const at = firstNotFinite(data)
  if (at >= 0) {
    throw new NtkError('not-finite', {
      what: `${name} needs finite numbers.`,
      got: `${data[at]} at ${showShape(indexOf(at, x.shape))}`,
    })
  }
  return data
}

/** Numbers as a tensor in float64 on the CPU, without a copy where they are in float64. */
export function inDouble(data: TypedArray, shape: Shape): Tensor {
  return tensorFromData(data instanceof Float64Array ? data : new Float64Array(data), shape, cpuBackend())
}

/** A tensor in float64 on the CPU, where the linear algebra lives: without a copy where it is that. Errors as `readFinite`. */
export function onHost(x: Tensor, name: string): Tensor {
  return inDouble(readFinite(x, name), x.shape)
}

function firstNotFinite(data: TypedArray): number {
  let test = 0
  // x − x is 0, unless x is NaN or infinite
  for (let i = 0; i < data.length; i++) test += (data[i] as number) - (data[i] as number)
  return test === 0 ? -1 : data.findIndex((v: number) => v - v !== 0)
}

function indexOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = at
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const d = shape[axis] as number
    index.unshift(rest % d)
    rest = Math.floor(rest / d)
  }
  return index
}

/** A result of the host as `like` is: its dtype and backend. Throws NtkError 'not-finite' where that cannot hold it. */
export function fromHost(x: Tensor, like: Tensor): Tensor {
  const typed = cast(x, like.dtype)
  const at = firstNotFinite(typed.dataSync())
  if (at >= 0) {
    throw new NtkError('not-finite', {
      what: `A prediction is beyond the numbers of ${like.dtype}.`,
      got: `${x.dataSync()[at]} in float64`,
      fix: 'Look for steps that diverge at their learning rate, and for kernels or outputs of extreme size.',
    })
  }
  return like.backend === typed.backend ? typed : tensorFromData(typed.dataSync(), typed.shape, like.backend)
}

export function shapeError(what: string, got: readonly number[], fix?: string): NtkError {
  return new NtkError('shape', { what, got: showShape(got), fix })
}

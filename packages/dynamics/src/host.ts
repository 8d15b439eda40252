import {
  cast,
  cpuBackend,
  NtkError,
  type Shape,
  showShape,
  type Tensor,
  type TypedArray,
  tensorFromData,
} from '@ntk/tensor'
import { firstNotFinite, requireFinite, requireFloats } from '@ntk/tensor/options'

/** The numbers of a tensor of floats. Throws 'value' and 'dtype' with the argument's name. */
export function readFloats(x: Tensor, name: string): TypedArray {
  requireFloats(x, name)
  return x.dataSync()
}

/** As `readFloats`, finite ones. Throws 'not-finite' with the argument's name and the place. */
export function readFinite(x: Tensor, name: string): TypedArray {
  const data = readFloats(x, name)
  requireFinite(data, x.shape, name)
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

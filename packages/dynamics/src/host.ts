import {
  cast,
  cpuBackend,
  isFloat,
  NtkError,
  showShape,
  type Tensor,
  type TypedArray,
  tensorFromData,
} from '@ntk/tensor'
import { requireTensor } from '@ntk/tensor/options'

/** A tensor in float64 on the CPU, where the linear algebra lives. Throws 'value', 'dtype' and 'not-finite' with the argument's name. */
export function onHost(x: Tensor, name: string): Tensor {
  requireTensor(x, name)
  if (!isFloat(x.dtype)) {
    throw new NtkError('dtype', {
      what: `${name} needs float64 or float32.`,
      got: x.dtype,
      fix: "Convert with cast(x, 'float64').",
    })
  }
  const data = x.dataSync()
  const at = data.findIndex((v: number) => v - v !== 0)
  if (at >= 0) {
    throw new NtkError('not-finite', {
      what: `${name} needs finite numbers.`,
      got: `${data[at]} at ${showShape(indexOf(at, x.shape))}`,
    })
  }
  const double: TypedArray = data instanceof Float64Array ? data : Float64Array.from(data)
  return tensorFromData(double, x.shape, cpuBackend())
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

/** A result of the host as `like` is: its dtype and backend. */
export function fromHost(x: Tensor, like: Tensor): Tensor {
  const typed = cast(x, like.dtype)
  return like.backend === typed.backend ? typed : tensorFromData(typed.dataSync(), typed.shape, like.backend)
}

export function shapeError(what: string, got: readonly number[], fix?: string): NtkError {
  return new NtkError('shape', { what, got: showShape(got), fix })
}

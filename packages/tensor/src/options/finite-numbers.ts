import { isFloat } from '../dtype.js'
import { NtkError } from '../errors.js'
import { type Shape, showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { requireTensor } from './a-tensor.js'

/** Throws NtkError 'value' unless an argument is a tensor, 'dtype' unless it is one of floats. */
export function requireFloats(x: unknown, name: string): asserts x is Tensor {
  requireTensor(x, name)
  if (isFloat(x.dtype)) return
  throw new NtkError('dtype', {
    what: `${name} needs float64 or float32.`,
    got: x.dtype,
    fix: "Convert with cast(x, 'float64').",
  })
}

/** Throws NtkError 'not-finite' with the place of the first number of an array of that shape that is not finite. */
export function requireFinite(data: ArrayLike<number>, shape: Shape, name: string, fix?: string): void {
  const at = firstNotFinite(data)
  if (at < 0) return
  throw new NtkError('not-finite', {
    what: `${name} needs finite numbers.`,
    got: `${data[at]} at ${showShape(placeOf(at, shape))}`,
    fix,
  })
}

/** Where the first number is that is NaN or infinite; -1 where all are finite. */
export function firstNotFinite(data: ArrayLike<number>): number {
  let test = 0
  // x − x is 0, unless x is NaN or infinite: one sum without a branch looks at hundreds of millions of numbers.
  for (let i = 0; i < data.length; i++) test += (data[i] as number) - (data[i] as number)
  let at = test === 0 ? data.length : 0
  while (at < data.length && (data[at] as number) - (data[at] as number) === 0) at++
  return at === data.length ? -1 : at
}

function placeOf(at: number, shape: Shape): number[] {
  const index: number[] = []
  let rest = at
  for (const d of shape.toReversed()) {
    index.unshift(rest % d)
    rest = Math.floor(rest / d)
  }
  return index
}

import { reshape, type Shape, showShape, sizeOf, type Tensor, transpose } from '@ntk/tensor'
import { shapeError } from '../host.js'
import { readTraceAxes } from '../layout.js'

/**
 * How a kernel acts on outputs [n, ...]: as a matrix [n p, n p] on `p` outputs that it couples, the same for each of `q` that it serves
 * alike. In its order outputs are [n p, q].
 */
export interface OutputOrder {
  readonly p: number
  readonly q: number
  /** Kernels [n, m], [n, m, p, p] or, axis by axis, [n, m, a, a, b, b, ...] as [n, m] or [n, m, p, p]. Throws NtkError 'shape'. */
  joined(kernel: Tensor, name: string): Tensor
  /** Numbers of outputs [m, ...] in the order of the kernel, and back. */
  toKernel(x: Float64Array): Float64Array
  toOutputs(x: Float64Array): Float64Array
}

/**
 * The order for outputs of a shape. `traceAxes` are axes of the outputs over which the kernel was averaged: it serves them alike. Without
 * them a kernel [n, n] serves all outputs, any other couples all. Throws NtkError 'axis' and 'shape'.
 */
export function outputOrder(
  outputs: Shape,
  kernel: Shape,
  traceAxes: number | readonly number[] | undefined,
): OutputOrder {
  const axes = outputs.map((_, i) => i).slice(1)
  const traced =
    traceAxes === undefined ? (kernel.length === 2 ? axes : []) : readTraceAxes(traceAxes, outputs)
  const coupled = axes.filter((a) => !traced.includes(a))
  const sizes = coupled.map((a) => outputs[a] as number)
  const p = sizeOf(sizes)
  const q = sizeOf(traced.map((a) => outputs[a] as number))
  const index = permutation(outputs.slice(1), [...coupled, ...traced.toSorted((a, b) => a - b)])
  const width = p * q
  return {
    p,
    q,
    joined(x, name) {
      const pairs = x.shape.slice(2)
      const fits = [sizes, [p]].some(
        (want) =>
          pairs.length === 2 * want.length &&
          want.every((d, i) => pairs[2 * i] === d && pairs[2 * i + 1] === d),
      )
      if (!fits && !(p === 1 && pairs.length === 0)) {
        const per = p === 1 ? '' : `, ${p}, ${p}`
        throw shapeError(
          `${name} needs a shape [n, m${per}]: of outputs ${showShape(outputs)} it couples ${p} a sample.`,
          x.shape,
          'Name the axes over which the kernel was averaged as traceAxes.',
        )
      }
      if (pairs.length <= 2) return p === 1 ? reshape(x, x.shape.slice(0, 2)) : x
      const half = Array.from({ length: pairs.length / 2 }, (_, i) => 2 + 2 * i)
      const apart = transpose(x, [0, 1, ...half, ...half.map((a) => a + 1)])
      return reshape(apart, [x.shape[0] as number, x.shape[1] as number, p, p])
    },
    toKernel: (x) =>
      index === null ? x : x.map((_, i) => x[i - (i % width) + (index[i % width] as number)] as number),
    toOutputs(x) {
      if (index === null) return x
      const out = new Float64Array(x.length)
      for (let i = 0; i < x.length; i++) out[i - (i % width) + (index[i % width] as number)] = x[i] as number
      return out
    },
  }
}

/** Where each output stands, seen in the order of `axes` (counted with the samples' axis); null where that is as they stand. */
function permutation(shape: Shape, axes: readonly number[]): readonly number[] | null {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)))
  let index = [0]
  for (const axis of axes) {
    const size = shape[axis - 1] as number
    index = index.flatMap((at) =>
      Array.from({ length: size }, (_, i) => at + i * (strides[axis - 1] as number)),
    )
  }
  return index.every((at, i) => at === i) ? null : index
}

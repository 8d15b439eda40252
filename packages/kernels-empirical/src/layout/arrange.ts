import { type Shape, stridesOf, type TypedArray } from '@ntk/tensor'
import type { Floats } from '@ntk/tiles'
import { kernelShape, type OutputLayout, offsetsOf } from './axes.js'

/** Axes of a kernel after those of the samples, and which of them change places where the samples do. */
export interface PairAxes {
  readonly trailing: Shape
  readonly exchanged: readonly (readonly [number, number])[]
}

/** Of each output axis k, k' where it is free (which change places), k where it is diagonal, nothing where it is traced. */
export function pairAxes(layout: OutputLayout): PairAxes {
  const exchanged: (readonly [number, number])[] = []
  let at = 0
  for (const role of layout.role) {
    if (role === 'free') exchanged.push([at, at + 1])
    at += role === 'free' ? 2 : role === 'diagonal' ? 1 : 0
  }
  return { trailing: kernelShape(layout, 1, 1).slice(2), exchanged }
}

/** A block [diagonal, free, m, free', n] times `factor` (1 / the size of the traced axes), as a part [m, n, k, k', ...] of a kernel. */
export function arrangeBlock(
  layout: OutputLayout,
  block: TypedArray,
  [m, n]: readonly [number, number],
  factor: number,
): Floats {
  const strides = stridesOf(kernelShape(layout, m, n))
  const data = block instanceof Float32Array ? new Float32Array(block.length) : new Float64Array(block.length)
  const [diagonal, left, right] = outputOffsets(layout, strides.slice(2))
  const [rowStride, columnStride] = strides as [number, number]
  let source = 0
  for (const d of diagonal) {
    for (const f of left) {
      for (let i = 0; i < m; i++) {
        for (const g of right) {
          const target = d + f + g + i * rowStride
          for (let j = 0; j < n; j++) data[target + j * columnStride] = factor * (block[source++] as number)
        }
      }
    }
  }
  return data
}

/** Places of diagonal entries, and of free ones on the left and on the right, among the trailing axes of a kernel. */
function outputOffsets({ shape, role }: OutputLayout, strides: Shape): [Int32Array, Int32Array, Int32Array] {
  const diagonal: [number[], number[]] = [[], []]
  const left: [number[], number[]] = [[], []]
  const right: [number[], number[]] = [[], []]
  let at = 0
  shape.forEach((k, i) => {
    const groups = role[i] === 'free' ? [left, right] : role[i] === 'diagonal' ? [diagonal] : []
    for (const [sizes, steps] of groups) {
      sizes.push(k)
      steps.push(strides[at++] as number)
    }
  })
  return [offsetsOf(...diagonal), offsetsOf(...left), offsetsOf(...right)]
}

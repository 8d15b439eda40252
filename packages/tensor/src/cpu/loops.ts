/**
 * Nests of loops over strided operands. Loops in this engine run over as few axes as the memory allows: axes that
 * every operand walks without a gap are merged, and axes of size 1 go.
 */
import type { Shape } from '../shape.js'

export interface Loops {
  readonly shape: readonly number[]
  /** For each operand its stride along each axis, in elements. */
  readonly strides: readonly (readonly number[])[]
}

/** The same elements in the same order over fewer axes. */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): Loops {
  const outShape: number[] = []
  const outStrides: number[][] = strides.map(() => [])
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] as number
    if (size === 1) continue
    const last = outShape.length - 1
    const joins = last >= 0 && strides.every((s, k) => outStrides[k]?.[last] === (s[axis] as number) * size)
    if (joins) {
      outShape[last] = (outShape[last] as number) * size
      strides.forEach((s, k) => {
        ;(outStrides[k] as number[])[last] = s[axis] as number
      })
    } else {
      outShape.push(size)
      strides.forEach((s, k) => outStrides[k]?.push(s[axis] as number))
    }
  }
  return { shape: outShape, strides: outStrides }
}

/**
 * Calls `f` once for every index of the first `depth` axes, in order, with each operand's place in `at`, which starts
 * as given and is reused.
 */
export function walk(loops: Loops, depth: number, at: number[], f: (at: readonly number[]) => void): void {
  const { shape, strides } = loops
  for (let axis = 0; axis < depth; axis++) if (shape[axis] === 0) return
  const index = new Array<number>(depth).fill(0)
  const operands = at.length
  for (;;) {
    f(at)
    let axis = depth - 1
    for (; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1
      const size = shape[axis] as number
      if (next < size) {
        index[axis] = next
        for (let k = 0; k < operands; k++) {
          at[k] = (at[k] as number) + ((strides[k] as number[])[axis] as number)
        }
        break
      }
      index[axis] = 0
      for (let k = 0; k < operands; k++) {
        at[k] = (at[k] as number) - ((strides[k] as number[])[axis] as number) * (size - 1)
      }
    }
    if (axis < 0) return
  }
}

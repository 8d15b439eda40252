import type { Shape } from '@ntk/tensor'

/** Strides over one shape, with as few axes as say the same. */
export interface Collapsed {
  readonly sizes: Shape
  readonly strides: readonly Shape[]
}

/** Joins neighbouring axes that every list of strides walks through in one step, and drops axes of size 1. */
export function collapse(shape: Shape, strides: readonly Shape[]): Collapsed {
  const sizes: number[] = []
  const out: number[][] = strides.map(() => [])
  shape.forEach((size, axis) => {
    if (size === 1) return
    const last = sizes.length - 1
    const joins = last >= 0 && strides.every((own, k) => out[k]?.[last] === (own[axis] as number) * size)
    if (joins) sizes[last] = (sizes[last] as number) * size
    else sizes.push(size)
    strides.forEach((own, k) => {
      const target = out[k] as number[]
      target[sizes.length - 1] = own[axis] as number
    })
  })
  return { sizes, strides: out }
}

/** The strides of `from` broadcast to a shape of `rank` axes: aligned at the end, 0 where an axis is repeated. */
export function broadcastStrides(from: Shape, rank: number): number[] {
  const out = new Array<number>(rank).fill(0)
  let step = 1
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const size = from[axis] as number
    if (size !== 1) out[rank - from.length + axis] = step
    step *= size
  }
  return out
}

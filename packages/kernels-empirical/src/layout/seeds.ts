import { allocate, broadcastTo, constantFromData, type DType, sizeOf, type Tensor } from '@ntk/tensor'
import type { OutputLayout } from './axes.js'

/** One-hot cotangents [b, 1, k...] of one sample's output entries, in the order (diagonal, trace, free). */
export function sampleSeeds({ order, shape }: OutputLayout, dtype: DType): Tensor {
  const size = order.length
  const data = allocate(dtype, size * size)
  order.forEach((at, b) => {
    data[b * size + at] = 1
  })
  return constantFromData(data, [size, 1, ...shape])
}

/** Cotangents of outputs [n, k...] for all entries: [b, n, k...], of all samples at once where they are independent. */
export function seeds(layout: OutputLayout, n: number, independent: boolean, dtype: DType): Tensor {
  if (independent) return broadcastTo(sampleSeeds(layout, dtype), [layout.order.length, n, ...layout.shape])
  // One sample with outputs (n, k...): entries (diagonal, trace, n, free).
  const { order, shape, diagonal, trace, free } = layout
  const size = sizeOf(shape)
  const entries = order.length * n
  const data = allocate(dtype, entries * size * n)
  let b = 0
  for (let dt = 0; dt < diagonal * trace; dt++) {
    for (let i = 0; i < n; i++) {
      for (let f = 0; f < free; f++) data[b++ * size * n + i * size + (order[dt * free + f] as number)] = 1
    }
  }
  return constantFromData(data, [entries, n, ...shape])
}

import { sizeOf } from '../../shape.js'
import type { FloatArray } from '../wasm/index.js'
import { type ConvGeometry, placesOf } from './patches.js'

/**
 * A convolution in which every output sees one channel: a product of matrices would have a column or two. Runs over
 * channels, which are contiguous, innermost; sums in float64.
 */
export function depthwise(
  g: ConvGeometry,
  x: FloatArray,
  w: FloatArray,
  out: FloatArray,
  samples: number,
  channels: number,
  outs: number,
): void {
  const rank = g.outSizes.length
  const multiple = outs / channels
  const taps = sizeOf(g.window)
  const positions = sizeOf(g.outSizes)
  const tables = g.window.map((_, axis) => placesOf(g, axis))
  const sums = new Float64Array(outs)
  const index = new Array<number>(rank).fill(0)
  for (let sample = 0, to = 0; sample < samples; sample++) {
    for (let position = 0; position < positions; position++, to += outs) {
      sums.fill(0)
      for (let t = 0; t < taps; t++) {
        let from = sample * g.sampleStride
        for (let a = rank - 1, rest = t; a >= 0 && from >= 0; a--) {
          const count = g.window[a] as number
          const place = (tables[a] as Int32Array)[(index[a] as number) * count + (rest % count)] as number
          rest = Math.floor(rest / count)
          from = place < 0 ? -1 : from + place
        }
        if (from < 0) continue
        const weight = t * outs
        if (multiple === 1) {
          for (let o = 0; o < outs; o++)
            sums[o] = (sums[o] as number) + (x[from + o] as number) * (w[weight + o] as number)
          continue
        }
        for (let c = 0, o = 0; c < channels; c++) {
          const v = x[from + c] as number
          for (let k = 0; k < multiple; k++, o++)
            sums[o] = (sums[o] as number) + v * (w[weight + o] as number)
        }
      }
      out.set(sums, to)
      for (let a = rank - 1; a >= 0; a--) {
        index[a] = (index[a] as number) + 1
        if ((index[a] as number) < (g.outSizes[a] as number)) break
        index[a] = 0
      }
    }
  }
}

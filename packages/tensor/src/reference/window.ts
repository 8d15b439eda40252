import { allocate, type TypedArray } from '../dtype.js'
import type { WindowParams, WindowParamsRecord } from '../primitives.js'
import { type Shape, sizeOf, stridesOf } from '../shape.js'
import { eachIndex, type HostTable, type HostTensor } from './host.js'

/** Calls f(window, place in x) for every element of x that each window covers, windows in order, taps in order. */
function eachCovered(shape: Shape, windows: Shape, p: WindowParamsRecord, f: (window: number, inX: number) => void): void {
  const strides = stridesOf(shape)
  eachIndex(windows, (index, flat) => {
    eachIndex(p.window, (tap) => {
      let from = 0
      for (let a = 0; a < shape.length; a++) {
        const place =
          (index[a] as number) * (p.strides[a] as number) + (tap[a] as number) * (p.windowDilation[a] as number) - (p.padding[a]?.[0] as number)
        const step = p.baseDilation[a] as number
        if (place < 0 || place % step !== 0 || place / step >= (shape[a] as number)) return
        from += (place / step) * (strides[a] as number)
      }
      f(flat, from)
    })
  })
}

/** Place in x of the first maximum of each window; −1 where a window covers nothing. */
function firstMaxima(x: HostTensor, windows: Shape, p: WindowParamsRecord): Int32Array {
  const best = new Int32Array(sizeOf(windows)).fill(-1)
  eachCovered(x.shape, windows, p, (window, from) => {
    const b = best[window] as number
    if (b < 0 || (x.data[from] as number) > (x.data[b] as number)) best[window] = from
    else if (Number.isNaN(x.data[from]) && !Number.isNaN(x.data[b])) best[window] = from
  })
  return best
}

export const windows: HostTable<keyof WindowParams> = {
  windowSum: ([x], p, [out]) => {
    const { shape, dtype } = out
    const total = new Float64Array(sizeOf(shape))
    eachCovered(x.shape, shape, p, (window, from) => {
      total[window] = (total[window] as number) + (x.data[from] as number)
    })
    const result = allocate(dtype, total.length)
    result.set(total)
    return [result]
  },
  windowMax: ([x], p, [out]) => {
    const { shape, dtype } = out
    const result: TypedArray = allocate(dtype, sizeOf(shape)).fill(dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY)
    firstMaxima(x, shape, p).forEach((from, window) => {
      if (from >= 0) result[window] = x.data[from] as number
    })
    return [result]
  },
  windowGatherMax: ([x, t], p, [out]) => {
    const { shape, dtype } = out
    const result = allocate(dtype, sizeOf(shape))
    firstMaxima(x, shape, p).forEach((from, window) => {
      if (from >= 0) result[window] = t.data[from] as number
    })
    return [result]
  },
  windowScatterMax: ([x, ct], p, [out]) => {
    const { shape, dtype } = out
    const result = allocate(dtype, sizeOf(shape))
    firstMaxima(x, ct.shape, p).forEach((from, window) => {
      if (from >= 0) result[from] = (result[from] as number) + (ct.data[window] as number)
    })
    return [result]
  },
}

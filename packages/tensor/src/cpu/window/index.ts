import type { Aval } from '../../aval.js'
import { allocate, allocateDirty, type DType, isFloat, type TypedArray } from '../../dtype.js'
import type { WindowParams, WindowParamsRecord } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import { type Shape, sizeOf } from '../../shape.js'
import type { CpuTable } from '../rule.js'
import type { FloatArray } from '../wasm/index.js'
import { type Windows, windowGatherMax, windowMax, windowScatterMax, windowsOf } from '../wasm/window.js'
import { type AxisWindows, axisWindows, firstMaxima, maxWindows, sumWindows } from './axis.js'

const sizeAfter = (w: AxisWindows): number => w.outer * w.windows * w.inner

/** Applies the windows axis by axis; sums of float32 stay in float64 until the last. */
function fold(
  x: HostTensor,
  out: Aval,
  p: WindowParamsRecord,
  initial: number,
  wide: boolean,
  f: (w: AxisWindows, x: TypedArray, out: TypedArray) => void,
): [TypedArray] {
  const axes = axisWindows(x.shape, out.shape, p)
  let from = x.data
  axes.forEach((w, i) => {
    const dtype: DType = wide && out.dtype === 'float32' && i < axes.length - 1 ? 'float64' : out.dtype
    const to = allocate(dtype, sizeAfter(w))
    if (initial !== 0) to.fill(initial)
    f(w, from, to)
    from = to
  })
  return [from]
}

function maxima(x: HostTensor, windows: Shape, p: WindowParamsRecord): Int32Array {
  let best: Int32Array | null = null
  for (const w of axisWindows(x.shape, windows, p)) {
    const next: Int32Array = new Int32Array(sizeAfter(w))
    firstMaxima(w, x.data, best, next)
    best = next
  }
  return best ?? Int32Array.from({ length: sizeOf(windows) }, (_, i) => i)
}

/** The windows as the vectorized kernels take them; null where they do not. */
const fastWindows = ({ shape, dtype }: HostTensor, counts: Shape, p: WindowParamsRecord): Windows | null =>
  isFloat(dtype) ? windowsOf(shape, counts, p) : null

export const windows: CpuTable<keyof WindowParams> = {
  windowSum: ([x], p, [out]) => fold(x, out, p, 0, true, sumWindows),
  windowMax: ([x], p, [out]) => {
    const fast = fastWindows(x, out.shape, p)
    if (fast !== null) {
      const result = allocateDirty(out.dtype, sizeOf(out.shape)) as FloatArray
      windowMax(fast, x.data as FloatArray, result)
      return [result]
    }
    const lowest = out.dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY
    return fold(x, out, p, lowest, false, maxWindows)
  },
  windowGatherMax: ([x, t], p, [{ shape, dtype }]) => {
    const fast = fastWindows(x, shape, p)
    if (fast !== null) {
      const result = allocateDirty(dtype, sizeOf(shape)) as FloatArray
      windowGatherMax(fast, x.data as FloatArray, t.data as FloatArray, result)
      return [result]
    }
    const result = allocate(dtype, sizeOf(shape))
    const best = maxima(x, shape, p)
    const { data } = t
    for (let i = 0; i < result.length; i++)
      if ((best[i] as number) >= 0) result[i] = data[best[i] as number] as number
    return [result]
  },
  windowScatterMax: ([x, { data, shape: windowsShape }], p, [{ shape, dtype }]) => {
    const fast = fastWindows(x, windowsShape, p)
    if (fast !== null) {
      const result = allocateDirty(dtype, sizeOf(shape)) as FloatArray
      windowScatterMax(fast, x.data as FloatArray, data as FloatArray, result)
      return [result]
    }
    const result = allocate(dtype, sizeOf(shape))
    const best = maxima(x, windowsShape, p)
    for (let i = 0; i < data.length; i++) {
      const to = best[i] as number
      if (to >= 0) result[to] = (result[to] as number) + (data[i] as number)
    }
    return [result]
  },
}

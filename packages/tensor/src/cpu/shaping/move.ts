import type { Aval } from '../../aval.js'
import { allocate, allocateDirty, type TypedArray } from '../../dtype.js'
import { broadcastStrides, type HostTensor, offset } from '../../reference/host.js'
import { type Shape, sizeOf, stridesOf } from '../../shape.js'
import { copyStrided } from '../copy.js'
import type { CpuTable } from '../rule.js'

type Moves = 'reshape' | 'transpose' | 'broadcastTo' | 'slice' | 'reverse' | 'pad' | 'concatenate'

/** A new contiguous array of the elements of x that the strides reach. */
function pick(x: HostTensor, at: number, strides: readonly number[], out: Aval): [TypedArray] {
  const result = allocateDirty(out.dtype, sizeOf(out.shape))
  copyStrided(x.data, at, strides, result, 0, stridesOf(out.shape), out.shape)
  return [result]
}

/** The elements of x broadcast to a shape; x's own array where nothing repeats. */
export function expand(x: HostTensor, shape: Shape): TypedArray {
  if (x.data.length === sizeOf(shape)) return x.data
  const result = allocateDirty(x.dtype, sizeOf(shape))
  copyStrided(x.data, 0, broadcastStrides(x.shape, shape.length), result, 0, stridesOf(shape), shape)
  return result
}

export const moves: CpuTable<Moves> = {
  reshape: ([x]) => [x.data],
  transpose: ([x], { perm }, [out]) => {
    const strides = stridesOf(x.shape)
    return pick(
      x,
      0,
      perm.map((p) => strides[p] as number),
      out,
    )
  },
  broadcastTo: ([x], { shape }) => [expand(x, shape)],
  slice: ([x], { start, limit, strides: steps }, [out]) => {
    const { data, shape } = x
    if (sizeOf(out.shape) === data.length) return [data]
    const strides = stridesOf(shape)
    const first = shape.findIndex((d, i) => d !== 1 && !(start[i] === 0 && limit[i] === d && steps[i] === 1))
    const scaled = strides.map((s, i) => s * (steps[i] as number))
    // A cut along the first axis that matters is one run.
    const whole = shape.every((d, i) => i <= first || (start[i] === 0 && limit[i] === d && steps[i] === 1))
    if (whole && steps[first] === 1 && sizeOf(shape.slice(0, first)) === 1) {
      const at = (start[first] as number) * (strides[first] as number)
      return [data.slice(at, at + sizeOf(out.shape))]
    }
    return pick(x, offset(start, strides), scaled, out)
  },
  reverse: ([x], { axes }, [out]) => {
    const { shape } = x
    const strides = stridesOf(shape)
    let at = 0
    for (const a of axes) at += Math.max(0, (shape[a] as number) - 1) * (strides[a] as number)
    return pick(
      x,
      at,
      strides.map((s, i) => (axes.includes(i) ? -s : s)),
      out,
    )
  },
  pad: ([{ data, shape }], { low, interior, value }, [out]) => {
    const target = out.shape
    const result = allocate(out.dtype, sizeOf(target))
    if (value !== 0 || Object.is(value, -0)) result.fill(value)
    const [ss, ds] = [stridesOf(shape), stridesOf(target)]
    const kept: number[] = []
    const [steps, jumps]: [number[], number[]] = [[], []]
    let [from, to] = [0, 0]
    for (let a = 0; a < shape.length; a++) {
      const step = (interior[a] as number) + 1
      const [lo, d, t] = [low[a] as number, shape[a] as number, target[a] as number]
      // elements i with 0 <= lo + i step < t
      const first = lo < 0 ? Math.ceil(-lo / step) : 0
      const end = Math.min(d, Math.ceil((t - lo) / step))
      kept.push(Math.max(0, end - first))
      from += first * (ss[a] as number)
      to += (lo + first * step) * (ds[a] as number)
      steps.push(ss[a] as number)
      jumps.push(step * (ds[a] as number))
    }
    copyStrided(data, from, steps, result, to, jumps, kept)
    return [result]
  },
  concatenate: (inputs, { axis }, [{ shape, dtype }]) => {
    const result = allocateDirty(dtype, sizeOf(shape))
    const ds = stridesOf(shape)
    let at = 0
    for (const x of inputs) {
      copyStrided(x.data, 0, stridesOf(x.shape), result, at, ds, x.shape)
      at += (x.shape[axis] as number) * (ds[axis] as number)
    }
    return [result]
  },
}

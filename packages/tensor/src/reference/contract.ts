import { allocate, type TypedArray } from '../dtype.js'
import type { ContractParams } from '../primitives.js'
import { type Shape, sizeOf, stridesOf } from '../shape.js'
import { eachIndex, type HostTable, type HostTensor, offset } from './host.js'

const at = (values: Shape, axes: Shape): number[] => axes.map((a) => values[a] as number)

export const contraction: HostTable<keyof ContractParams> = {
  dotGeneral: ([x, y], p, [out]) => {
    const [sx, sy] = [stridesOf(x.shape), stridesOf(y.shape)]
    const free = (t: HostTensor, used: Shape): number[] => t.shape.map((_, i) => i).filter((i) => !used.includes(i))
    const fx = free(x, [...p.lhsBatch, ...p.lhsContract])
    const fy = free(y, [...p.rhsBatch, ...p.rhsContract])
    const none = (n: number): number[] => new Array<number>(n).fill(0)
    // strides of x and y over the output's axes [batch, fx, fy], then over the contracted axes
    const ox = [...at(sx, p.lhsBatch), ...at(sx, fx), ...none(fy.length)]
    const oy = [...at(sy, p.rhsBatch), ...none(fx.length), ...at(sy, fy)]
    const [cx, cy] = [at(sx, p.lhsContract), at(sy, p.rhsContract)]
    const contracted = at(x.shape, p.lhsContract)
    const result = allocate(out.dtype, sizeOf(out.shape))
    // int32 wraps exactly, which sums of doubles above 2^53 would not
    const step =
      x.dtype === 'int32'
        ? (t: number, u: number, v: number): number => (t + Math.imul(u, v)) | 0
        : (t: number, u: number, v: number): number => t + u * v
    eachIndex(out.shape, (index, flat) => {
      const [bx, by] = [offset(index, ox), offset(index, oy)]
      let total = 0
      eachIndex(contracted, (k) => {
        total = step(total, x.data[bx + offset(k, cx)] as number, y.data[by + offset(k, cy)] as number)
      })
      result[flat] = total
    })
    return [result]
  },
  convGeneralDilated: ([x, w], p, [out]) => {
    const rank = p.strides.length
    const [sx, sw] = [stridesOf(x.shape), stridesOf(w.shape)]
    const { shape } = out
    const result: TypedArray = allocate(out.dtype, sizeOf(shape))
    const taps = w.shape.slice(0, rank)
    const perGroup = w.shape[rank] as number
    const outs = w.shape[rank + 1] as number
    eachIndex(shape, (index, flat) => {
      const o = index[rank + 1] as number
      const channel = p.featureGroups > 1 ? Math.floor(o / (outs / p.featureGroups)) * perGroup : 0
      const sample = (index[0] as number) + Math.floor(o / (outs / p.batchGroups)) * (shape[0] as number) * Number(p.batchGroups > 1)
      let total = 0
      eachIndex(taps, (tap) => {
        let from = sample * (sx[0] as number)
        let weight = o
        for (let a = 0; a < rank; a++) {
          const place =
            (index[a + 1] as number) * (p.strides[a] as number) + (tap[a] as number) * (p.rhsDilation[a] as number) - (p.padding[a]?.[0] as number)
          const step = p.lhsDilation[a] as number
          if (place < 0 || place % step !== 0 || place / step >= (x.shape[a + 1] as number)) return
          from += (place / step) * (sx[a + 1] as number)
          weight += (tap[a] as number) * (sw[a] as number)
        }
        for (let c = 0; c < perGroup; c++) {
          total += (x.data[from + channel + c] as number) * (w.data[weight + c * outs] as number)
        }
      })
      result[flat] = total
    })
    return [result]
  },
}

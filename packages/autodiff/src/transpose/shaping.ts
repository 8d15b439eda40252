import { bind1, eachOf, pad, reshape, type ShapeParams, slice, transpose } from '@ntk/tensor'
import { unbroadcast, zerosOf } from '../core/tangent.js'
import { known, notLinear, type TransposeTable } from './rule.js'

/** The permutation that undoes `perm`. */
export function inversePermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length)
  perm.forEach((p, i) => {
    inverse[p] = i
  })
  return inverse
}

export const shaping: TransposeTable<keyof ShapeParams> = {
  ...eachOf(['iota', 'full'], notLinear),
  reshape: ([ct], [x]) => [reshape(ct, x.shape)],
  transpose: ([ct], _, { perm }) => [transpose(ct, inversePermutation(perm))],
  broadcastTo: ([ct], [x]) => [unbroadcast(ct, x.shape)],
  slice: ([ct], [x], { start, strides }) => {
    const { shape } = ct
    const interior = strides.map((s) => s - 1)
    const widths = x.shape.map((d, i): [number, number] => {
      const [count, step, low] = [shape[i] as number, strides[i] as number, start[i] as number]
      return [low, d - low - (count === 0 ? 0 : (count - 1) * step + 1)]
    })
    return [pad(ct, widths, { interior })]
  },
  // undo the edges (a crop gives zeros back), then drop the gaps
  pad: ([ct], _, { low, high, interior }) => {
    const edges = low.map((l, i): [number, number] => [-l, -(high[i] as number)])
    const whole = edges.every(([l, h]) => l === 0 && h === 0) ? ct : pad(ct, edges)
    return [slice(whole, ...interior.map((gap): [null, null, number] => [null, null, gap + 1]))]
  },
  concatenate: ([ct], inputs, { axis }) => {
    let at = 0
    return inputs.map((x) => {
      const start = at
      at += x.shape[axis] as number
      if (x.value !== null) return null
      return slice(ct, ...x.shape.map((_, i): [number, number] | null => (i === axis ? [start, at] : null)))
    })
  },
  reverse: ([ct], _, params) => [bind1('reverse', [ct], params)],
  gather: ([ct], [x, indices], params) => {
    const nothing = zerosOf(x, ct)
    return [bind1('scatterAdd', [nothing, known('gather', indices), ct], params), null]
  },
  scatterAdd: ([ct], [operand, indices, updates], params) => [
    operand.value === null ? ct : null,
    null,
    updates.value === null ? bind1('gather', [ct, known('scatterAdd', indices)], params) : null,
  ],
}

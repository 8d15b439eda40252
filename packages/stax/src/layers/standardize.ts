import {
  add,
  broadcastTo,
  cast,
  div,
  equal,
  logicalNot,
  maximum,
  mean,
  sqrt,
  square,
  sub,
  sum,
  type Value,
  where,
} from '@ntk/tensor'

/** (x − mean)/√(variance + epsilon) over axes; where a mask is given, of what is not padding; 0 where that is 0/0. */
export function standardize<V extends Value>(
  x: V,
  axis: readonly number[],
  epsilon: number,
  mask?: Value | undefined,
): V {
  const over = { axis, keepDims: true }
  const average = mask === undefined ? (y: V): V => mean(y, over) : (y: V): V => meanOfRest(y, mask, over)
  const centred = sub(x, average(x))
  const variance = average(square(centred))
  const total = epsilon === 0 ? where(equal(variance, 0), 1, variance) : add(variance, epsilon)
  return div(centred, sqrt(total))
}

/** The mean of what is not padding; 0 where all is. */
export function meanOfRest<V extends Value>(
  x: V,
  mask: Value,
  over: { readonly axis: readonly number[]; readonly keepDims?: boolean },
): V {
  const there: Value = cast(logicalNot(broadcastTo(mask, x.shape)), x.dtype)
  const total = sum(where<Value>(mask, 0, x), over)
  return div<Value>(total, maximum(sum(there, over), 1)) as V
}

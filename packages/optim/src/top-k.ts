import {
  all,
  argMax,
  cast,
  constantFromData,
  equal,
  expandDims,
  greater,
  less,
  logicalAnd,
  logicalOr,
  mean,
  NtkError,
  sameShape,
  showShape,
  sum,
  type Tensor,
  type Value,
  where,
} from '@ntk/tensor'
import { requireInteger, requireValue } from '@ntk/tensor/options'
import { areLabels, oneHotOf } from './labels.js'
import type { Loss } from './loss.js'

/**
 * A metric: the share of samples whose class is among the k largest outputs, of equal ones the first. Targets are probabilities or one-hot
 * [n, ..., classes], whose largest is the class, or int32 labels [n, ...]. A sample with NaN is not right. `topKAccuracy(1)` is `accuracy`
 * of two or more outputs. Throws NtkError 'value' where there are no more than k outputs, for then all are right.
 */
export function topKAccuracy(k: number): Loss {
  requireInteger(k, 'k of topKAccuracy', 1)
  return (f: Tensor, y: Tensor) => {
    requireValue(f, 'The outputs that topKAccuracy takes')
    requireValue(y, 'The targets that topKAccuracy takes')
    const target = areLabels(f, y) ? oneHotOf('topKAccuracy', f, y) : y
    if (!sameShape(f.shape, target.shape) || f.shape.length < 2) {
      throw new NtkError('shape', {
        what: 'topKAccuracy needs outputs [n, ..., classes], and targets of that shape or int32 labels [n, ...].',
        got: `${showShape(f.shape)} and ${showShape(y.shape)}`,
      })
    }
    const classes = f.shape.at(-1) as number
    if (classes <= k) {
      throw new NtkError('value', {
        what: `topKAccuracy(${k}) needs more than ${k} outputs, for of fewer all are among the largest.`,
        got: String(classes),
      })
    }
    const numbers = all(logicalAnd<Value>(equal<Value>(f, f), equal<Value>(target, target)), { axis: -1 })
    const places = constantFromData(
      Int32Array.from({ length: classes }, (_, i) => i),
      [classes],
      f.backend,
    )
    const label = expandDims(argMax(target), -1)
    const own: Value = sum(where<Value>(equal<Value>(label, places), f, 0), { axis: -1, keepDims: true })
    const ahead = logicalOr<Value>(
      greater<Value>(f, own),
      logicalAnd<Value>(equal<Value>(f, own), less<Value>(places, label)),
    )
    const rank = sum(cast(ahead, f.dtype), { axis: -1 })
    return mean(cast(logicalAnd<Value>(less<Value>(rank, k), numbers), f.dtype)) as Tensor
  }
}

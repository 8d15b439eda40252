import { type Tf, type TfTensor, toFloat } from './rule.js'

export type PairOp = (tf: Tf, a: TfTensor, b: TfTensor) => TfTensor
export type AxesOp = (tf: Tf, x: TfTensor, axes: number[]) => TfTensor

/** A NaN of either operand wins, whatever the device's own maximum does with it. */
function pairwise(f: PairOp): PairOp {
  return (tf, a, b) => {
    const best = f(tf, a, b)
    if (a.dtype !== 'float32') return best
    const sum = tf.add(a, b)
    // NaN from a sum of opposite infinities is none of the operands'
    const isNaN = tf.logicalOr(tf.notEqual(a, a), tf.notEqual(b, b))
    return tf.where(isNaN, sum, best)
  }
}

/** A NaN wins, whatever the device's own reduction does with it. */
function overAxes(f: AxesOp): AxesOp {
  return (tf, x, axes) => {
    const best = f(tf, x, axes)
    if (x.dtype !== 'float32') return best
    // as a maximum of numbers: bools are reduced wrongly over inner axes on WebGPU
    const anyNaN = tf.greater(tf.max(toFloat(tf, tf.notEqual(x, x)), axes), 0)
    const flat = [best.size]
    const marked = tf.where(
      tf.reshape(anyNaN, flat),
      tf.mul(tf.onesLike(tf.reshape(best, flat)), Number.NaN),
      tf.reshape(best, flat),
    )
    return tf.reshape(marked, best.shape)
  }
}

/** The larger and the smaller of two, element by element. */
export const larger: PairOp = pairwise((tf, a, b) => tf.maximum(a, b))
export const smaller: PairOp = pairwise((tf, a, b) => tf.minimum(a, b))

/** The largest and the smallest over axes. */
export const largest: AxesOp = overAxes((tf, x, axes) => tf.max(x, axes))
export const smallest: AxesOp = overAxes((tf, x, axes) => tf.min(x, axes))

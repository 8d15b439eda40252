import type { Primitive } from '@ntk/tensor'
import { type Plain, unary } from './elementwise.js'
import type { TfTable } from './rule.js'

/** Comparisons of bools, which TensorFlow's kernels do not take, as those of 0 and 1. */
function asNumbers(rule: Plain<2> | null): Plain<2> | null {
  if (rule === null) return null
  return {
    ...rule,
    kernels: [...rule.kernels, 'Cast'],
    run: (tf, [a, b], params, outputs) =>
      a.dtype === 'bool'
        ? rule.run(tf, [tf.cast(a, 'int32'), tf.cast(b, 'int32')], params, outputs)
        : rule.run(tf, [a, b], params, outputs),
  }
}

/**
 * What is else on TensorFlow's library. Of its own functions, arcsine and logistic are off by up to 5e-7 of the result and arccosine by
 * 2.8e-7, in 200,000 places; these by 3.1e-7, 1.8e-7 and 2.7e-7.
 */
export function tensorflowRules(rules: TfTable<Primitive>): Partial<TfTable<Primitive>> {
  return {
    lt: asNumbers(rules.lt),
    le: asNumbers(rules.le),
    gt: asNumbers(rules.gt),
    ge: asNumbers(rules.ge),
    // asin(x) = atan2(x, √(1 − x²)) and acos(x) = atan2(√(1 − x²), x)
    asin: unary('Atan2', (tf, x) => tf.atan2(x, tf.sqrt(tf.mul(tf.sub(1, x), tf.add(1, x))))),
    acos: unary('Atan2', (tf, x) => tf.atan2(tf.sqrt(tf.mul(tf.sub(1, x), tf.add(1, x))), x)),
    logistic: unary('Exp', (tf, x) => tf.div(1, tf.add(1, tf.exp(tf.neg(x))))),
  }
}

import type { Tf, TfTensor } from './rule.js'

/**
 * Quotient rounded to zero and remainder with the sign of the dividend, of int32 [n]; both are 0 where the divisor is. Devices
 * divide integers by floor, or in float32, or trap: here float32 gives a first quotient, whose remainder in wrapping int32
 * arithmetic gives a second, and then both are right or one off.
 */
export function divideIntegers(
  tf: Tf,
  a: TfTensor,
  b: TfTensor,
): { quotient: TfTensor; remainder: TfTensor } {
  const zero = tf.zerosLike(a)
  const one = tf.onesLike(a)
  const none = tf.equal(b, zero)
  const divisor = tf.where(none, one, b)
  const asFloat = (t: TfTensor): TfTensor => tf.cast(t, 'float32')
  // 2^31 as a float is no int32
  const estimate = (r: TfTensor): TfTensor =>
    tf.cast(tf.clipByValue(tf.div(asFloat(r), asFloat(divisor)), -2147483520, 2147483520), 'int32')
  const first = estimate(a)
  const rest = tf.sub(a, tf.mul(first, divisor))
  const second = estimate(rest)
  const quotient = tf.add(first, second)
  const remainder = tf.sub(rest, tf.mul(second, divisor))
  const negative = (t: TfTensor): TfTensor => tf.less(t, zero)
  // one step of the quotient away from zero
  const step = tf.where(tf.notEqual(negative(a), negative(divisor)), tf.neg(one), one)
  const towards = tf.mul(step, divisor)
  // −|t| is an int32 for every t
  const below = (t: TfTensor): TfTensor => tf.minimum(t, tf.sub(zero, t))
  const tooLarge = tf.logicalAnd(tf.notEqual(remainder, zero), tf.notEqual(negative(remainder), negative(a)))
  const tooSmall = tf.logicalAnd(tf.logicalNot(tooLarge), tf.lessEqual(below(remainder), below(divisor)))
  const change = tf.where(tooSmall, step, tf.where(tooLarge, tf.sub(zero, step), zero))
  const moved = tf.where(
    tooSmall,
    tf.sub(remainder, towards),
    tf.where(tooLarge, tf.add(remainder, towards), remainder),
  )
  return {
    quotient: tf.where(none, zero, tf.add(quotient, change)),
    remainder: tf.where(none, zero, moved),
  }
}

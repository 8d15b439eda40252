import { evaluate, evaluateParts, interpolate, type Polynomial, wide } from './polynomial.js'
import type { Tf, TfTensor } from './rule.js'

interface Fits {
  /** e^{v²} erfc(v) in 1/(1 + v), for v up to 2, and (1 + v) times it beyond: smooth, and never near zero. */
  readonly near: Polynomial
  readonly far: Polynomial
  /** erf(v)/v in v², for |v| ≤ 1. */
  readonly odd: Polynomial
  /** erfInv(v)/v in w = −log(1 − v²), and for large w in its root. */
  readonly centre: Polynomial
  readonly tail: Polynomial
}

const range = { near: 2, erfc: 10.2, centre: 5, tail: 17 }

let made: Fits | null = null

/** Fitted once to the CPU engine's float64 functions. */
function fits(): Fits {
  made ??= {
    near: interpolate((list) => scaled(list, 0), 1 / (1 + range.near), 1 / 1.5, 9),
    far: interpolate((list) => scaled(list, 1), 1 / (1 + range.erfc), 1 / (1 + range.near), 9),
    odd: interpolate(
      (list) => {
        const at = list.map(Math.sqrt)
        const values = wide('erfc', at)
        return at.map((v, i) => (1 - (values[i] as number)) / v)
      },
      0,
      1,
      7,
    ),
    centre: interpolate((list) => ratios(list), 0, range.centre, 8),
    tail: interpolate(
      (list) => ratios(list.map((r) => r * r)),
      Math.sqrt(range.centre),
      Math.sqrt(range.tail),
      8,
    ),
  }
  return made
}

/** (1 + v)^power e^{v²} erfc(v) at 1/(1 + v) = t. */
function scaled(list: readonly number[], power: number): number[] {
  const at = list.map((t) => 1 / t - 1)
  const values = wide('erfc', at)
  return at.map((v, i) => (1 + v) ** power * Math.exp(v * v) * (values[i] as number))
}

/** erfInv(v)/v at −log(1 − v²) = w. */
function ratios(list: readonly number[]): number[] {
  const at = list.map((w) => Math.sqrt(-Math.expm1(-w)))
  const values = wide('erfInv', at)
  return at.map((v, i) => (values[i] as number) / v)
}

/** erfc for v ≥ 0.5 (smaller ones count as 0.5): e^{−v²} with v² in two parts, whose first is exact, times a smooth function. */
function tailOf(tf: Tf, v: TfTensor): TfTensor {
  // beyond, erfc is below the smallest normal float32
  const x = tf.clipByValue(v, 0.5, range.erfc)
  const high = tf.div(tf.floor(tf.mul(x, 256)), 256)
  const first = tf.exp(tf.neg(tf.square(high)))
  const rest = tf.neg(tf.mul(tf.sub(x, high), tf.add(x, high)))
  const less = tf.mul(first, tf.expm1(rest))
  const onePlus = tf.add(x, 1)
  const t = tf.div(1, onePlus)
  // (first + less)(mean + rise), the largest product last, so that few roundings are of the size of the result
  const times = (fit: Polynomial): TfTensor => {
    const { mean, rise } = evaluateParts(tf, fit, t)
    const small = tf.add(tf.mul(first, rise), tf.mul(less, tf.add(rise, mean)))
    return tf.add(tf.mul(first, mean), small)
  }
  const value = tf.where(tf.less(x, range.near), times(fits().near), tf.div(times(fits().far), onePlus))
  return tf.where(tf.greater(v, range.erfc), tf.zerosLike(v), value)
}

/** erf for |x| ≤ 1. */
function centreOf(tf: Tf, x: TfTensor): TfTensor {
  const near = tf.clipByValue(x, -1, 1)
  return tf.mul(near, evaluate(tf, fits().odd, tf.square(near)))
}

const carryNaN = (tf: Tf, x: TfTensor, value: TfTensor): TfTensor => tf.where(tf.notEqual(x, x), x, value)

/** erf of float32 [n] to about two units in the last place. */
export function erfOf(tf: Tf, x: TfTensor): TfTensor {
  const size = tf.abs(x)
  const far = tf.sub(1, tailOf(tf, size))
  const signed = tf.where(tf.less(x, 0), tf.neg(far), far)
  return carryNaN(tf, x, tf.where(tf.less(size, 1), centreOf(tf, x), signed))
}

/** erfc of float32 [n], relative to itself in the tail too. */
export function erfcOf(tf: Tf, x: TfTensor): TfTensor {
  const tail = tailOf(tf, tf.abs(x))
  const far = tf.where(tf.less(x, 0), tf.sub(2, tail), tail)
  return carryNaN(tf, x, tf.where(tf.less(tf.abs(x), 0.5), tf.sub(1, centreOf(tf, x)), far))
}

/** The inverse of erf, of float32 [n]: a fit, and a step of Newton's method on erf(y) = x, in the tail on erfc(y) = 1 − x. */
export function erfInvOf(tf: Tf, x: TfTensor): TfTensor {
  const size = tf.abs(x)
  const open = tf.minimum(size, 1 - 2 ** -24)
  const w = tf.neg(tf.log(tf.mul(tf.sub(1, open), tf.add(1, open))))
  const ratio = tf.where(
    tf.less(w, range.centre),
    evaluate(tf, fits().centre, tf.minimum(w, range.centre)),
    evaluate(tf, fits().tail, tf.sqrt(tf.maximum(w, range.centre))),
  )
  const guess = tf.mul(open, ratio)
  const error = tf.where(
    tf.less(open, 0.5),
    tf.sub(erfOf(tf, guess), open),
    tf.sub(tf.sub(1, open), erfcOf(tf, guess)),
  )
  const slope = tf.mul(tf.exp(tf.neg(tf.square(guess))), 2 / Math.sqrt(Math.PI))
  const y = tf.sub(guess, tf.div(error, slope))
  const finite = tf.where(tf.equal(size, 1), tf.fill(x.shape, Number.POSITIVE_INFINITY), y)
  const signed = tf.where(tf.less(x, 0), tf.neg(finite), finite)
  return tf.where(tf.lessEqual(size, 1), signed, tf.fill(x.shape, Number.NaN))
}

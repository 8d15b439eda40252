import { evaluate, interpolate, type Polynomial } from './polynomial.js'
import type { Tf, TfTensor } from './rule.js'

const quarter = Math.PI / 4

interface Fits {
  /** sin(r)/r and cos(r) in r², for |r| ≤ π/4. */
  readonly sine: Polynomial
  readonly cosine: Polynomial
}

let made: Fits | null = null

function fits(): Fits {
  const ratio = (s: number): number => (s === 0 ? 1 : Math.sin(Math.sqrt(s)) / Math.sqrt(s))
  made ??= {
    sine: interpolate((list) => list.map(ratio), 0, quarter ** 2 + 1e-3, 4),
    cosine: interpolate((list) => list.map((s) => Math.cos(Math.sqrt(s))), 0, quarter ** 2 + 1e-3, 5),
  }
  return made
}

/** π/2 in three parts (Cody & Waite 1980): multiples of the first two by integers below 2^13 are exact in float32. */
const halves = ((): readonly number[] => {
  const parts: number[] = []
  let rest = Math.PI / 2
  for (const bits of [10, 11, 24]) {
    const unit = 2 ** (Math.floor(Math.log2(rest)) + 1 - bits)
    const part = Math.trunc(rest / unit) * unit
    parts.push(part)
    rest -= part
  }
  return parts
})()

/** Arguments up to here are reduced exactly enough; beyond, sine and cosine are NaN rather than wrong. */
const largest = 2 ** 13

/** x = k π/2 + r with |r| ≤ π/4. */
function reduced(tf: Tf, x: TfTensor): { r: TfTensor; quadrant: TfTensor } {
  const k = tf.round(tf.mul(x, 2 / Math.PI))
  const r = halves.reduce((rest, part) => tf.sub(rest, tf.mul(k, part)), x)
  const quadrant = tf.sub(k, tf.mul(tf.floor(tf.div(k, 4)), 4))
  return { r, quadrant }
}

/** sin of x + shift π/2, of float32 [n]. */
function shifted(tf: Tf, x: TfTensor, shift: 0 | 1): TfTensor {
  const { r, quadrant } = reduced(tf, x)
  const square = tf.square(r)
  const sine = tf.mul(r, evaluate(tf, fits().sine, square))
  const cosine = evaluate(tf, fits().cosine, square)
  const turn = shift === 0 ? quadrant : tf.add(quadrant, 1)
  const odd = tf.logicalOr(tf.equal(turn, 1), tf.equal(turn, 3))
  const value = tf.where(odd, cosine, sine)
  const down = tf.logicalOr(tf.equal(turn, 2), tf.equal(turn, 3))
  const signed = tf.where(down, tf.neg(value), value)
  return tf.where(tf.lessEqual(tf.abs(x), largest), signed, tf.fill(x.shape, Number.NaN))
}

/** For devices whose own functions are off by up to 2^-11, as WGSL allows. */
export const sinOf = (tf: Tf, x: TfTensor): TfTensor => shifted(tf, x, 0)
export const cosOf = (tf: Tf, x: TfTensor): TfTensor => shifted(tf, x, 1)
export const tanOf = (tf: Tf, x: TfTensor): TfTensor => tf.div(sinOf(tf, x), cosOf(tf, x))

/** acos from asin, without cancellation near 1 and −1. */
export function acosOf(tf: Tf, x: TfTensor): TfTensor {
  const size = tf.abs(x)
  const near = tf.mul(tf.asin(tf.sqrt(tf.mul(tf.sub(1, size), 0.5))), 2)
  const far = tf.where(tf.less(x, 0), tf.sub(Math.PI, near), near)
  return tf.where(tf.less(size, 0.5), tf.sub(Math.PI / 2, tf.asin(x)), far)
}

/** tanh from expm1, which keeps the digits of small arguments. */
export function tanhOf(tf: Tf, x: TfTensor): TfTensor {
  const shrunk = tf.expm1(tf.mul(tf.abs(x), -2))
  const size = tf.neg(tf.div(shrunk, tf.add(shrunk, 2)))
  const signed = tf.where(tf.less(x, 0), tf.neg(size), size)
  return tf.where(tf.notEqual(x, x), x, signed)
}

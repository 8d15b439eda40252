import { hostBackend, type TypedArray } from '@ntk/tensor'
import type { Tf, TfTensor } from './rule.js'

/** A polynomial on [low, high], in u = (2 v − low − high)/(high − low), lowest power first. */
export interface Polynomial {
  readonly low: number
  readonly high: number
  readonly coefficients: readonly number[]
}

/** A float64 function of the CPU engine. */
export function wide(primitive: 'erfc' | 'erfInv', values: readonly number[]): TypedArray {
  const host = hostBackend()
  const aval = { shape: [values.length], dtype: 'float64' } as const
  const buffer = host.upload(Float64Array.from(values), aval.shape, aval.dtype)
  const [result] = host.run(primitive, [{ buffer, ...aval }], {}, [aval])
  return host.readSync({ buffer: result, ...aval }) ?? new Float64Array(0)
}

/** The polynomial through f at Chebyshev's nodes, which is near the best of its degree. */
export function interpolate(
  f: (values: readonly number[]) => ArrayLike<number>,
  low: number,
  high: number,
  degree: number,
): Polynomial {
  const n = degree + 1
  const angles = Array.from({ length: n }, (_, i) => (Math.PI * (i + 0.5)) / n)
  const values = f(angles.map((angle) => (low + high + (high - low) * Math.cos(angle)) / 2))
  // T_0, T_1, ... as powers of u: T_{k+1} = 2 u T_k − T_{k−1}
  let [last, now] = [[0, -1], [1]] as [number[], number[]]
  let beforeFirst = true
  const coefficients = new Array<number>(n).fill(0)
  for (let k = 0; k < n; k++) {
    const weight =
      ((k === 0 ? 1 : 2) / n) *
      angles.reduce((sum, angle, i) => sum + (values[i] as number) * Math.cos(k * angle), 0)
    now.forEach((c, power) => {
      coefficients[power] = (coefficients[power] as number) + weight * c
    })
    const next = [0, ...now].map(
      (c, power) => (beforeFirst ? 1 : 2) * c - (beforeFirst ? 0 : (last[power] ?? 0)),
    )
    ;[last, now, beforeFirst] = [now, next, false]
  }
  return { low, high, coefficients }
}

/** Its values by Horner's rule on the device, as the constant term and the rest. */
export function evaluateParts(
  tf: Tf,
  { low, high, coefficients }: Polynomial,
  v: TfTensor,
): { mean: number; rise: TfTensor } {
  const u = tf.mul(tf.sub(v, (low + high) / 2), 2 / (high - low))
  const top = coefficients.length - 1
  let sum: TfTensor = tf.fill(v.shape, coefficients[top] as number)
  for (let power = top - 1; power >= 1; power--) sum = tf.add(tf.mul(sum, u), coefficients[power] as number)
  return { mean: Math.fround(coefficients[0] as number), rise: tf.mul(sum, u) }
}

/** Its values. */
export function evaluate(tf: Tf, fit: Polynomial, v: TfTensor): TfTensor {
  const { mean, rise } = evaluateParts(tf, fit, v)
  return tf.add(rise, mean)
}

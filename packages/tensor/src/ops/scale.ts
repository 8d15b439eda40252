import type { Value } from '../value.js'
import { div, equal, logicalOr, maximum, minimum, pow, where } from './binary.js'
import { floor, isFinite, log, logicalNot } from './unary.js'

/** Exponents whose powers of two, and their inverses, both dtypes hold without loss. */
const largest = (x: Value): number => (x.dtype === 'float64' ? 1022 : 126)

/**
 * The power of two at or below each size (a number not below 0), within the range of its dtype; 1 where the size is 0,
 * infinite or NaN. Dividing by it and multiplying with it loses nothing. It is constant under differentiation.
 */
export function powerOfTwoNear<V extends Value>(size: V): V {
  const plain = where(logicalOr(logicalNot(isFinite(size)), equal(size, 0)), 1, size)
  const exponent = floor(div(log(plain), Math.LN2))
  return pow(2, maximum(minimum(exponent, largest(size)), -largest(size)))
}

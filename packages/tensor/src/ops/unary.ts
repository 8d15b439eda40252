import { bind1 } from '../bind.js'
import type { Value } from '../value.js'
import { lift } from './lift.js'

/** -x, element by element. */
export function neg<V extends Value>(x: V): V {
  return bind1('neg', [x], {})
}

/** |x|, element by element. */
export function abs<V extends Value>(x: V): V {
  return bind1('abs', [x], {})
}

/** -1, 0 or 1; NaN stays NaN, element by element. */
export function sign<V extends Value>(x: V): V {
  return bind1('sign', [x], {})
}

/** √x; NaN below 0, element by element. */
export function sqrt<V extends Value>(x: V): V {
  return bind1('sqrt', [x], {})
}

/** 1/√x, element by element. */
export function rsqrt<V extends Value>(x: V): V {
  return bind1('rsqrt', [x], {})
}

/** e^x, element by element. */
export function exp<V extends Value>(x: V): V {
  return bind1('exp', [x], {})
}

/** e^x − 1, exact near 0, element by element. */
export function expm1<V extends Value>(x: V): V {
  return bind1('expm1', [x], {})
}

/** natural logarithm, element by element. */
export function log<V extends Value>(x: V): V {
  return bind1('log', [x], {})
}

/** log(1 + x), exact near 0, element by element. */
export function log1p<V extends Value>(x: V): V {
  return bind1('log1p', [x], {})
}

/** sine of x in radians, element by element. */
export function sin<V extends Value>(x: V): V {
  return bind1('sin', [x], {})
}

/** cosine of x in radians, element by element. */
export function cos<V extends Value>(x: V): V {
  return bind1('cos', [x], {})
}

/** tangent of x in radians, element by element. */
export function tan<V extends Value>(x: V): V {
  return bind1('tan', [x], {})
}

/** in [−π/2, π/2]; NaN outside [−1, 1], element by element. */
export function asin<V extends Value>(x: V): V {
  return bind1('asin', [x], {})
}

/** in [0, π]; NaN outside [−1, 1], element by element. */
export function acos<V extends Value>(x: V): V {
  return bind1('acos', [x], {})
}

/** in [−π/2, π/2], element by element. */
export function atan<V extends Value>(x: V): V {
  return bind1('atan', [x], {})
}

/** hyperbolic sine, element by element. */
export function sinh<V extends Value>(x: V): V {
  return bind1('sinh', [x], {})
}

/** hyperbolic cosine, element by element. */
export function cosh<V extends Value>(x: V): V {
  return bind1('cosh', [x], {})
}

/** hyperbolic tangent, element by element. */
export function tanh<V extends Value>(x: V): V {
  return bind1('tanh', [x], {})
}

/** inverse hyperbolic sine, element by element. */
export function asinh<V extends Value>(x: V): V {
  return bind1('asinh', [x], {})
}

/** NaN below 1, element by element. */
export function acosh<V extends Value>(x: V): V {
  return bind1('acosh', [x], {})
}

/** NaN outside [−1, 1], element by element. */
export function atanh<V extends Value>(x: V): V {
  return bind1('atanh', [x], {})
}

/** 2/√π ∫₀ˣ e^{−t²} dt, element by element. */
export function erf<V extends Value>(x: V): V {
  return bind1('erf', [x], {})
}

/** 1 − erf(x), exact in the tail, element by element. */
export function erfc<V extends Value>(x: V): V {
  return bind1('erfc', [x], {})
}

/** the inverse of erf; ±∞ at ±1, element by element. */
export function erfInv<V extends Value>(x: V): V {
  return bind1('erfInv', [x], {})
}

/** 1 / (1 + e^{−x}), element by element. */
export function logistic<V extends Value>(x: V): V {
  return bind1('logistic', [x], {})
}

/** the integer at or below x, element by element. */
export function floor<V extends Value>(x: V): V {
  return bind1('floor', [x], {})
}

/** the integer at or above x, element by element. */
export function ceil<V extends Value>(x: V): V {
  return bind1('ceil', [x], {})
}

/** to the nearest integer, ties to even, element by element. */
export function round<V extends Value>(x: V): V {
  return bind1('round', [x], {})
}

/** bool: neither infinite nor NaN, element by element. */
export function isFinite<V extends Value>(x: V): V {
  return bind1('isFinite', [x], {})
}

/** Logical not of a bool tensor. */
export function logicalNot<V extends Value>(x: V): V {
  return bind1('not', [x], {})
}

/** x². */
export function square<V extends Value>(x: V): V {
  return bind1('mul', [x, x], {})
}

/** max(x, 0). */
export function relu<V extends Value>(x: V): V {
  return bind1('max', lift(x, 0), {})
}

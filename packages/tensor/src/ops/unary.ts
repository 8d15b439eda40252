import { bind1 } from '../bind.js'
import type { Value } from '../value.js'
import { lift } from './lift.js'

/** -x, element by element. */
export function neg<V extends Value>(x: V): V {
  return bind1('neg', [x], {}) as V
}

/** |x|, element by element. */
export function abs<V extends Value>(x: V): V {
  return bind1('abs', [x], {}) as V
}

/** -1, 0 or 1; NaN stays NaN, element by element. */
export function sign<V extends Value>(x: V): V {
  return bind1('sign', [x], {}) as V
}

/** √x; NaN below 0, element by element. */
export function sqrt<V extends Value>(x: V): V {
  return bind1('sqrt', [x], {}) as V
}

/** 1/√x, element by element. */
export function rsqrt<V extends Value>(x: V): V {
  return bind1('rsqrt', [x], {}) as V
}

/** e^x, element by element. */
export function exp<V extends Value>(x: V): V {
  return bind1('exp', [x], {}) as V
}

/** e^x − 1, exact near 0, element by element. */
export function expm1<V extends Value>(x: V): V {
  return bind1('expm1', [x], {}) as V
}

/** natural logarithm, element by element. */
export function log<V extends Value>(x: V): V {
  return bind1('log', [x], {}) as V
}

/** log(1 + x), exact near 0, element by element. */
export function log1p<V extends Value>(x: V): V {
  return bind1('log1p', [x], {}) as V
}

/** sine of x in radians, element by element. */
export function sin<V extends Value>(x: V): V {
  return bind1('sin', [x], {}) as V
}

/** cosine of x in radians, element by element. */
export function cos<V extends Value>(x: V): V {
  return bind1('cos', [x], {}) as V
}

/** tangent of x in radians, element by element. */
export function tan<V extends Value>(x: V): V {
  return bind1('tan', [x], {}) as V
}

/** in [−π/2, π/2]; NaN outside [−1, 1], element by element. */
export function asin<V extends Value>(x: V): V {
  return bind1('asin', [x], {}) as V
}

/** in [0, π]; NaN outside [−1, 1], element by element. */
export function acos<V extends Value>(x: V): V {
  return bind1('acos', [x], {}) as V
}

/** in [−π/2, π/2], element by element. */
export function atan<V extends Value>(x: V): V {
  return bind1('atan', [x], {}) as V
}

/** hyperbolic sine, element by element. */
export function sinh<V extends Value>(x: V): V {
  return bind1('sinh', [x], {}) as V
}

/** hyperbolic cosine, element by element. */
export function cosh<V extends Value>(x: V): V {
  return bind1('cosh', [x], {}) as V
}

/** hyperbolic tangent, element by element. */
export function tanh<V extends Value>(x: V): V {
  return bind1('tanh', [x], {}) as V
}

/** inverse hyperbolic sine, element by element. */
export function asinh<V extends Value>(x: V): V {
  return bind1('asinh', [x], {}) as V
}

/** NaN below 1, element by element. */
export function acosh<V extends Value>(x: V): V {
  return bind1('acosh', [x], {}) as V
}

/** NaN outside [−1, 1], element by element. */
export function atanh<V extends Value>(x: V): V {
  return bind1('atanh', [x], {}) as V
}

/** 2/√π ∫₀ˣ e^{−t²} dt, element by element. */
export function erf<V extends Value>(x: V): V {
  return bind1('erf', [x], {}) as V
}

/** 1 − erf(x), exact in the tail, element by element. */
export function erfc<V extends Value>(x: V): V {
  return bind1('erfc', [x], {}) as V
}

/** the inverse of erf; ±∞ at ±1, element by element. */
export function erfInv<V extends Value>(x: V): V {
  return bind1('erfInv', [x], {}) as V
}

/** 1 / (1 + e^{−x}), element by element. */
export function logistic<V extends Value>(x: V): V {
  return bind1('logistic', [x], {}) as V
}

/** the integer at or below x, element by element. */
export function floor<V extends Value>(x: V): V {
  return bind1('floor', [x], {}) as V
}

/** the integer at or above x, element by element. */
export function ceil<V extends Value>(x: V): V {
  return bind1('ceil', [x], {}) as V
}

/** to the nearest integer, ties to even, element by element. */
export function round<V extends Value>(x: V): V {
  return bind1('round', [x], {}) as V
}

/** bool: neither infinite nor NaN, element by element. */
export function isFinite<V extends Value>(x: V): V {
  return bind1('isFinite', [x], {}) as V
}

/** Logical not of a bool tensor. */
export function logicalNot<V extends Value>(x: V): V {
  return bind1('not', [x], {}) as V
}

/** x². */
export function square<V extends Value>(x: V): V {
  return bind1('mul', [x, x], {}) as V
}

/** max(x, 0). */
export function relu<V extends Value>(x: V): V {
  return bind1('max', lift([x, 0]), {}) as V
}

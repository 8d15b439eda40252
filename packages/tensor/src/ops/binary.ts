/** Binary ops: shapes broadcast from the last axis, dtypes must be equal, plain numbers adapt to the tensor they meet. */
import { bind1 } from '../bind.js'
import type { Value } from '../value.js'
import { lift } from './lift.js'

/** a + b. */
export function add<V extends Value>(a: V | number, b: V | number): V {
  return bind1('add', lift(a, b), {})
}

/** a − b. */
export function sub<V extends Value>(a: V | number, b: V | number): V {
  return bind1('sub', lift(a, b), {})
}

/** a · b. */
export function mul<V extends Value>(a: V | number, b: V | number): V {
  return bind1('mul', lift(a, b), {})
}

/** a / b; int32 truncates toward zero, and gives 0 where b is 0: integers have no infinity. */
export function div<V extends Value>(a: V | number, b: V | number): V {
  return bind1('div', lift(a, b), {})
}

/** the remainder with the sign of a; NaN where b is 0, and 0 for int32, which has no NaN. */
export function rem<V extends Value>(a: V | number, b: V | number): V {
  return bind1('rem', lift(a, b), {})
}

/** the larger; NaN if either is NaN. */
export function maximum<V extends Value>(a: V | number, b: V | number): V {
  return bind1('max', lift(a, b), {})
}

/** the smaller; NaN if either is NaN. */
export function minimum<V extends Value>(a: V | number, b: V | number): V {
  return bind1('min', lift(a, b), {})
}

/** a^b of floats. */
export function pow<V extends Value>(a: V | number, b: V | number): V {
  return bind1('pow', lift(a, b), {})
}

/** the angle of the point (b, a) in (−π, π]. */
export function atan2<V extends Value>(a: V | number, b: V | number): V {
  return bind1('atan2', lift(a, b), {})
}

/** bool: a = b. */
export function equal<V extends Value>(a: V | number, b: V | number): V {
  return bind1('eq', lift(a, b), {})
}

/** bool: a ≠ b. */
export function notEqual<V extends Value>(a: V | number, b: V | number): V {
  return bind1('ne', lift(a, b), {})
}

/** bool: a < b. */
export function less<V extends Value>(a: V | number, b: V | number): V {
  return bind1('lt', lift(a, b), {})
}

/** bool: a ≤ b. */
export function lessEqual<V extends Value>(a: V | number, b: V | number): V {
  return bind1('le', lift(a, b), {})
}

/** bool: a > b. */
export function greater<V extends Value>(a: V | number, b: V | number): V {
  return bind1('gt', lift(a, b), {})
}

/** bool: a ≥ b. */
export function greaterEqual<V extends Value>(a: V | number, b: V | number): V {
  return bind1('ge', lift(a, b), {})
}

/** both, of bool. */
export function logicalAnd<V extends Value>(a: V | number, b: V | number): V {
  return bind1('and', lift(a, b), {})
}

/** either, of bool. */
export function logicalOr<V extends Value>(a: V | number, b: V | number): V {
  return bind1('or', lift(a, b), {})
}

/** exactly one, of bool. */
export function logicalXor<V extends Value>(a: V | number, b: V | number): V {
  return bind1('xor', lift(a, b), {})
}

/** a where `condition` (bool) holds, b elsewhere. */
export function where<V extends Value>(condition: V, a: V | number, b: V | number): V {
  return bind1('select', [condition, ...lift(a, b)], {})
}

/** x held inside [low, high]; `high` where low is above it, as in NumPy. */
export function clip<V extends Value>(x: V, low: number, high: number): V {
  return minimum(maximum(x, low), high)
}

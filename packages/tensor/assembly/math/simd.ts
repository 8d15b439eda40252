/** Small words for two float64 lanes. */

@inline
export function splat(x: f64): v128 {
  return f64x2.splat(x)
}

@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b)
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b)
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b)
}

@inline
export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b)
}

/** a b + c, rounded twice. */
@inline
export function mad(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c)
}

/** a where the mask is set, else b. */
@inline
export function pick(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask)
}

/** The magnitude of a with the sign of b. */
@inline
export function copysign(a: v128, b: v128): v128 {
  return v128.bitselect(b, a, i64x2.splat(0x8000000000000000))
}

/** The lanes as integers (two's complement in the low bits) of a float64 rounded by adding 1.5 2^52. */
export const SHIFT: f64 = 6755399441055744.0

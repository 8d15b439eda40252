/** Small words for two float64 lanes. */

@inline
export function splat(x: f64): v128 {
  return f64x2.splat(x)
}

/**
 * Both lanes a constant that lies in memory: one load, where the engine would build an immediate out of four
 * instructions. Constants are therefore written as `memory.data<f64>([value])`.
 */
@inline
export function lit(address: usize): v128 {
  return v128.load64_splat(address)
}

export const HALF: usize = memory.data<f64>([0.5])
export const ONE: usize = memory.data<f64>([1])
export const TWO: usize = memory.data<f64>([2])
/** 2^-54: below it x is its own sine, tangent, ... to the last bit. */
export const TINY: usize = memory.data<f64>([5.551115123125783e-17])
const SIGN: usize = memory.data<u64>([0x8000000000000000])

/** The sign bit of both lanes. */
@inline
export function signBit(): v128 {
  return v128.load64_splat(SIGN)
}

const MAGNITUDE: usize = memory.data<u64>([0x7fffffffffffffff])

@inline
export function magnitude(a: v128): v128 {
  return v128.and(a, v128.load64_splat(MAGNITUDE))
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
  return v128.bitselect(b, a, signBit())
}

/** 1.5 2^52: a float64 that had it added carries its nearest integer in the low bits. */
export const SHIFT: usize = memory.data<f64>([6755399441055744.0])

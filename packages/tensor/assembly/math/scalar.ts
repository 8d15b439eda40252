import { erfc, erfInv } from './erf'

// One element at a time: musl's functions as AssemblyScript's NativeMath brings them. No engine's Math takes part.

export function tan64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.tan(load<f64>(p)))
}

export function asin64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.asin(load<f64>(p)))
}

export function acos64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.acos(load<f64>(p)))
}

export function atan64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.atan(load<f64>(p)))
}

export function sinh64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.sinh(load<f64>(p)))
}

export function cosh64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.cosh(load<f64>(p)))
}

export function asinh64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.asinh(load<f64>(p)))
}

export function acosh64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.acosh(load<f64>(p)))
}

export function atanh64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, NativeMath.atanh(load<f64>(p)))
}

export function erfc64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, erfc(load<f64>(p)))
}

export function erfInv64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 8) store<f64>(p, erfInv(load<f64>(p)))
}

/** a[i] = a[i] ** b[i] as IEEE 754 has it: 1 ** NaN and (-1) ** Infinity are 1, unlike in JavaScript. */
export function pow64(a: usize, b: usize, n: i32): void {
  const end = a + ((<usize>n) << 3)
  for (; a < end; a += 8) {
    const x = load<f64>(a)
    const y = load<f64>(b)
    const one = x == 1 || (x == -1 && NativeMath.abs(y) == Infinity)
    store<f64>(a, one ? 1 : NativeMath.pow(x, y))
    b += 8
  }
}

import { add, cos, mul, NtkError, sin, sub, Tensor, type Value } from '@ntk/tensor'

/** A number, or a scalar tensor or tracer in its place: hyperparameters may be either, so that kernels have gradients in them. */
export type Num = number | Value

/** Options with values allowed in place of their numbers. */
export type Nums<O> = { readonly [K in keyof O]: O[K] extends number ? Num : O[K] }

/** a b. */
export function times(a: Num, b: Num): Num {
  return typeof a === 'number' && typeof b === 'number' ? a * b : mul<Value>(a, b)
}

/** a + b. */
export function plus(a: Num, b: Num): Num {
  return typeof a === 'number' && typeof b === 'number' ? a + b : add<Value>(a, b)
}

/** a − b. */
export function minus(a: Num, b: Num): Num {
  return typeof a === 'number' && typeof b === 'number' ? a - b : sub<Value>(a, b)
}

/** a². */
export function squared(a: Num): Num {
  return times(a, a)
}

/** cos a. */
export function cosine(a: Num): Num {
  return typeof a === 'number' ? Math.cos(a) : cos(a)
}

/** sin a. */
export function sine(a: Num): Num {
  return typeof a === 'number' ? Math.sin(a) : sin(a)
}

/** Throws NtkError 'value' on a value in place of a number. */
export function asNumber(a: Num): number {
  if (typeof a === 'number') return a
  throw new NtkError('value', { what: 'This option takes a number.', got: 'a tensor or tracer' })
}

/** |a|, for what only chooses how fine to compute; 1 of a tracer, which has no number. */
export function sizeOfNum(a: Num): number {
  if (typeof a === 'number') return Math.abs(a)
  const numbers = Tensor.isInstance(a) ? a.backend.readSync(a) : null
  return numbers === null ? 1 : Math.abs(numbers[0] as number)
}

import type { InputArity, OutputArity, Primitive } from '@ntk/tensor'

/** Tuples by their length, in which at least one value is there and null stands for the others. */
interface SomeTuples<V> {
  readonly 0: readonly []
  readonly 1: readonly [V]
  readonly 2: readonly [V, V | null] | readonly [null, V]
  readonly 3: readonly [V, V | null, V | null] | readonly [null, V, V | null] | readonly [null, null, V]
  readonly many: readonly (V | null)[]
}

/** A V for at least one input of a primitive, null for the others. */
export type SomeInputs<P extends Primitive, V> = SomeTuples<V>[InputArity<P>]
/** A V for at least one output of a primitive, null for the others. */
export type SomeOutputs<P extends Primitive, V> = SomeTuples<V>[OutputArity<P>]
/** A V for at least one of two operands. */
export type SomeOfTwo<V> = SomeTuples<V>[2]

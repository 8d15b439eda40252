/** Tuples by their length. 'many' is a list of any length. */
export interface Tuples<V> {
  readonly 0: readonly []
  readonly 1: readonly [V]
  readonly 2: readonly [V, V]
  readonly 3: readonly [V, V, V]
  readonly many: readonly V[]
}

/** How many inputs a primitive takes. */
export type Arity = keyof Tuples<unknown>

/** As `Tuples`, of the outputs: whoever is given them owns the list. */
export interface OutputTuples<V> {
  readonly 1: [V]
  readonly 2: [V, V]
}

/** f of each input, in a tuple of the same length. */
export function mapInputs<N extends Arity, V, W>(
  inputs: Tuples<V>[N],
  f: (input: V, index: number) => W,
): Tuples<W>[N] {
  // Array.map does not say that it keeps the length.
  return inputs.map(f) as Tuples<W>[Arity] as Tuples<W>[N]
}

/** f of each output, in a tuple of the same length. */
export function mapOutputs<N extends keyof OutputTuples<unknown>, V, W>(
  outputs: OutputTuples<V>[N],
  f: (output: V, index: number) => W,
): OutputTuples<W>[N] {
  return outputs.map(f) as OutputTuples<W>[N]
}

/** f of each output and its companion, in a tuple of the same length. */
export function zipOutputs<N extends keyof OutputTuples<unknown>, V, U, W>(
  outputs: OutputTuples<V>[N],
  others: OutputTuples<U>[N],
  f: (output: V, other: U) => W,
): OutputTuples<W>[N] {
  return outputs.map((output, i) => f(output, others[i] as U)) as OutputTuples<W>[N]
}

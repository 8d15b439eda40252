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

// These run for every op: loops, which cost less than `map` with a function on one or two elements.

/** f of each input, in a tuple of the same length. */
export function mapInputs<N extends Arity, V, W>(
  inputs: Tuples<V>[N],
  f: (input: V, index: number) => W,
): Tuples<W>[N] {
  const list: readonly V[] = inputs
  const out = new Array<W>(list.length)
  for (let i = 0; i < out.length; i++) out[i] = f(list[i] as V, i)
  return out as Tuples<W>[Arity] as Tuples<W>[N]
}

/** f of each output, in a tuple of the same length. */
export function mapOutputs<N extends keyof OutputTuples<unknown>, V, W>(
  outputs: OutputTuples<V>[N],
  f: (output: V, index: number) => W,
): OutputTuples<W>[N] {
  const list: readonly V[] = outputs
  const out = new Array<W>(list.length)
  for (let i = 0; i < out.length; i++) out[i] = f(list[i] as V, i)
  return out as OutputTuples<W>[keyof OutputTuples<unknown>] as OutputTuples<W>[N]
}

/** f of each output and its companion, in a tuple of the same length. */
export function zipOutputs<N extends keyof OutputTuples<unknown>, V, U, W>(
  outputs: OutputTuples<V>[N],
  others: OutputTuples<U>[N],
  f: (output: V, other: U) => W,
): OutputTuples<W>[N] {
  const companions: readonly U[] = others
  return mapOutputs(outputs, (output: V, i) => f(output, companions[i] as U))
}

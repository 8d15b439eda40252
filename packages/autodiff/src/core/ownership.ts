import { Tensor, type Value } from '@ntk/tensor'

/** Gradients whose memory nobody else has. */
const alone = new WeakSet<object>()

/**
 * Whether the memory of this gradient belongs to nobody else: it was made by the backward pass, and is no part of the
 * inputs, of what the pass keeps, or of another gradient. Whoever gets true may write there, and is the last to: asked
 * again, the answer is false. For optimizers that write new parameters where the gradients were.
 */
export function claimMemory(gradient: Value): boolean {
  return alone.delete(gradient)
}

/**
 * Marks those of a pass's results that are alone in their memory, and takes the mark from what went into the pass. `known`
 * are all tensors that the pass was given: what ops make of them is new memory, or (reshaped) theirs. Null: not all are
 * known, and nothing is marked.
 */
export function markAlone(results: readonly (Value | null)[], known: readonly Value[] | null): void {
  const holders = new Map<object, number>()
  const hold = (x: Value | null, count: number): void => {
    if (!Tensor.isInstance(x)) return
    alone.delete(x)
    holders.set(x.buffer, (holders.get(x.buffer) ?? 0) + count)
  }
  for (const x of known ?? []) hold(x, 2)
  for (const x of results) hold(x, 1)
  if (known === null) return
  for (const x of results) if (Tensor.isInstance(x) && holders.get(x.buffer) === 1) alone.add(x)
}

import { cpuBackend, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'

/** A count of updates in an optimizer's state. It lives on the host, for schedules are functions of plain numbers. */
export function count(n: number): Tensor {
  return tensorFromData(Int32Array.of(n), [], cpuBackend())
}

/** The number of a count. Throws NtkError 'value' where the state of `owner` has something else in its place. */
export function readCount(state: unknown, owner: string): number {
  if (typeof state === 'object' && state !== null && 'item' in state && 'size' in state && state.size === 1) {
    return (state as Tensor).item()
  }
  throw new NtkError('value', {
    what: `The state of ${owner} must hold a count of updates, a tensor of one integer.`,
    got: show(state),
    fix: 'Give the state that its init or its last update gave.',
  })
}

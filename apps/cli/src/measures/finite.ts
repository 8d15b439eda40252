import { NtkError, type Tensor } from '@ntk/tensor'
import { firstNotFinite } from '@ntk/tensor/options'

/**
 * Refuses an array that holds NaN or an infinity.
 *
 * @param what names it: `The ntk of these inputs`
 * @throws NtkError `not-finite` naming the number and its row
 */
export async function requireFinite(array: Tensor, what: string, fix: string): Promise<void> {
  const data = await array.data()
  const at = firstNotFinite(data)
  if (at < 0) return
  const row = Math.floor(at / (array.size / (array.shape[0] ?? 1)))
  throw new NtkError('not-finite', {
    what: `${what} holds a number that is not finite.`,
    got: `${data[at]} in sample ${row}`,
    fix,
  })
}

/** What to do about outputs or kernels that have left the range of their numbers. */
export const scaleDown = 'Scale the inputs down, or take smaller standard deviations (--w-std, --b-std).'

import { allocate } from '../../dtype.js'

/** Numbers that are held between calls, 64 MB: what the system charges for new pages is a tenth of a factorization. */
const most = 2 ** 23

let kept: Float64Array | null = null

/** Work space with anything in it, until the next call. */
export function scratch(length: number): Float64Array {
  if (kept !== null && kept.length >= length) return kept.subarray(0, length)
  const made = allocate('float64', length) as Float64Array
  if (length <= most) kept = made
  return made
}

import type { Slopes } from '../activations/slopes.js'
import { type Num, times } from '../numbers.js'
import type { Source } from '../places.js'

/** One function after another, as a function of the source. */
export function composed(
  outer: Slopes<Num> | undefined,
  inner: Source<unknown>['by'],
): Source<unknown>['by'] {
  if (outer === undefined || inner === 'other') return 'other'
  const { a: m, b } = inner
  if (m === 1 && b === 1) return outer
  if (typeof m !== 'number' || m !== b) return 'other'
  // A negative factor exchanges the sides.
  const [low, high] = m < 0 ? [outer.b, outer.a] : [outer.a, outer.b]
  return { a: times(low, m), b: times(high, m) }
}

import { equal, greater, where } from '../ops/binary.js'
import { lift } from '../ops/lift.js'
import type { Value } from '../value.js'
import type { Composite } from './composite.js'

/** 1 where a is larger, 1/2 at a tie, 0 elsewhere (and for NaN): the derivative of the maximum; a backend may do it in one pass. */
export const shareOfLargerComposite: Composite<'shareOfLarger'> = {
  name: 'shareOfLarger',
  decompose: ([a, b]) => {
    const scalar = (value: number): Value => lift(a, value)[1]
    return [where(greater(a, b), scalar(1), where(equal(a, b), scalar(0.5), scalar(0)))]
  },
}

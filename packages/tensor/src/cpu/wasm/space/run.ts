import type { SpaceParams } from '../../../composites/contracts.js'
import { isPlain } from './instructions.js'
import { mixedKernel } from './mixed.js'
import type { Product } from './position-maps.js'
import { type Samples, type SpaceResult, type Wanted } from './samples.js'
import { runSegment } from './segment.js'

/**
 * K and Θ of pairs of samples, from the data to the end of the steps; null where a product of two variances leaves the range of
 * float64. The contract is `spaceKernel` of composites/contracts.ts.
 */
export function spaceKernel(
  a: Samples,
  b: Samples,
  params: SpaceParams,
  wanted: Wanted,
  multiply: Product,
): SpaceResult | null {
  const { steps, end, ntk } = params
  if (!steps.every(isPlain)) return mixedKernel(a, b, params, wanted, multiply)
  return runSegment({
    a,
    b,
    wanted,
    ntk,
    steps,
    end,
    from: { kind: 'data' },
    space: a.space,
    variances: null,
  })
}

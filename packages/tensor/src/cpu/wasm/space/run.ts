import type { SpaceParams } from '../../../composites/contracts.js'
import { spaceParts } from '../../../composites/space-parts.js'
import { isPlain, type PlainStep } from './instructions.js'
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
  const { steps, end, ntk, part } = params
  const of = spaceParts(params, a.space)
  if (part === undefined && of > 1) {
    const one = (index: number) => spaceKernel(a, b, { ...params, part: { index, of } }, wanted, multiply)
    let sum = one(0)
    for (let index = 1; index < of && sum !== null; index++) sum = added(sum, one(index))
    return sum
  }
  if (!steps.every(isPlain)) return mixedKernel(a, b, params, wanted, multiply)
  const run = (of1: Samples, of2: Samples): SpaceResult | null =>
    runSegment({
      a: of1,
      b: of2,
      wanted,
      ntk,
      steps,
      end,
      from: { kind: 'data' },
      space: a.space,
      variances: null,
      part: part ?? null,
    })
  if (!steps.every(isHomogeneous)) return run(a, b)
  const first = inUnits(a)
  const second = a === b ? first : inUnits(b)
  const result = run(first.samples, second.samples)
  return result === null ? null : scaled(result, wanted, first.sizes, second.sizes)
}

function added(x: SpaceResult, y: SpaceResult | null): SpaceResult | null {
  if (y === null) return null
  const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, k) => v + (b[k] as number))
  return { nngp: sum(x.nngp, y.nngp), ntk: x.ntk === null || y.ntk === null ? null : sum(x.ntk, y.ntk) }
}

/** Whether a step makes c K of c K. */
const isHomogeneous = (step: PlainStep): boolean => {
  if (step.kind === 'window') return step.bVar === 0 && (step.tangent?.bias ?? 0) === 0
  if (step.kind === 'sum') return step.branches.every((branch) => branch.every(isHomogeneous))
  return step.kind === 'norm' ? step.epsilon === 0 : step.kind === 'abRelu'
}

/**
 * Samples divided by their mean size: in a homogeneous network that is all the same, and those that are alike but for their brightness
 * have small deficits then (assembly/dual/space-abrelu.ts).
 */
function inUnits(samples: Samples): { readonly samples: Samples; readonly sizes: Float64Array } {
  const width = samples.x.length / samples.n
  const x = Float64Array.from(samples.x)
  const sizes = Float64Array.from({ length: samples.n }, (_, i) => {
    const own = x.subarray(i * width, (i + 1) * width)
    let most = 0
    for (let k = 0; k < width; k++) most = Math.max(most, Math.abs(own[k] as number))
    if (!(most > 0 && most < Infinity)) return 1
    let total = 0
    for (let k = 0; k < width; k++) total += ((own[k] as number) / most) ** 2
    const size = most * Math.sqrt(total / width)
    for (let k = 0; k < width; k++) own[k] = (own[k] as number) / size
    return size
  })
  return { samples: { ...samples, x }, sizes }
}

function scaled(
  { nngp, ntk }: SpaceResult,
  wanted: Wanted,
  sizes1: Float64Array,
  sizes2: Float64Array,
): SpaceResult {
  const own = wanted === 'own'
  const columns = sizes2.length
  const back = (x: Float64Array): Float64Array =>
    x.map((v, k) => {
      const [i, j] = own ? [k, k] : [Math.floor(k / columns), k % columns]
      return v * ((sizes1[i] as number) * (sizes2[j] as number))
    })
  return { nngp: back(nngp), ntk: ntk === null ? null : back(ntk) }
}

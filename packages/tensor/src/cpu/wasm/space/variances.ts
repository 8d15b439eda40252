import type { SeriesParams } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import { linesSize, reaches, seriesSize, termsUpTo, writeSeries } from '../dual/series.js'
import { layout } from '../dual/steps.js'
import type { Engine } from '../engine.js'
import { type ClosedActivation, type Instruction, isTransfer, positiveBefore } from './instructions.js'
import { normalized } from './norm.js'
import { type GroupSum, sizesAfter, sumsOfPositions } from './plan.js'
import { encodeClosed, taps, weightAfter } from './program.js'
import { type Samples } from './samples.js'

/** Products of two variances are formed, and of their product differences. */
const [large, small] = [2 ** 400, 2 ** -400]

/** Variances of some samples on their way through the steps: [positions, capacity], capacity a multiple of 8. */
export interface Variances {
  readonly capacity: number
  /** Before each step that reads them, and their roots; of a norm, what it divides by; of a series, nothing of use. */
  readonly before: readonly Float64Array[]
  readonly roots: readonly Float64Array[]
  /** At the end. */
  readonly last: Float64Array
  /** Whether all products of two are in the range of float64. */
  readonly inRange: boolean
}

/** The sums of each window for equal positions: along the last axis first, then from the first on. */
export function positionSums(steps: readonly Instruction[], space: Shape): GroupSum[][] {
  const sizes = sizesAfter(steps, space)
  const known = new Map<string, GroupSum>()
  return steps.map((step, s) => {
    if (step.kind !== 'window') return []
    let shape = sizes[s] as Shape
    const rank = shape.length
    const order = [rank - 1, ...Array.from({ length: rank - 1 }, (_, i) => i)].slice(0, step.axes.length)
    return order.map((axis) => {
      const key = `${axis} ${shape} ${JSON.stringify(step.axes[axis])}`
      const sum = known.get(key) ?? sumsOfPositions(shape, axis, step.axes[axis] ?? [])
      known.set(key, sum)
      shape = shape.with(axis, step.axes[axis]?.[0]?.length ?? 0)
      return sum
    })
  })
}

/** Places for samples, a multiple of 8. */
export const capacityFor = (samples: number): number => Math.ceil(samples / 8) * 8

/** Σ_c x² over the channels, divided by their number, [positions, capacity]: channels in the order of the pairs. */
export function ownProducts({ x, n: samples, channels }: Samples, capacity: number): Float64Array {
  const positions = x.length / samples / channels
  const out = new Float64Array(positions * capacity)
  for (let i = 0; i < samples; i++) {
    for (let p = 0; p < positions; p++) {
      const at = (i * positions + p) * channels
      let total = 0
      for (let c = 0; c < channels; c++) {
        const v = x[at + c] as number
        total = v * v + total
      }
      out[p * capacity + i] = total / channels
    }
  }
  return out
}

function isInRange(step: ClosedActivation, variances: Float64Array): boolean {
  const scale = step.kind === 'erf' ? Math.max(1, step.b ** 2) : 1
  const least = step.kind === 'erf' ? 0 : small
  return variances.every((v) => v * scale <= large && (v === 0 || v >= least))
}

/** Variances of samples, [positions, capacity], through all steps, by the operations that a pair of equal samples takes. */
export function variancesOf(
  e: Engine,
  steps: readonly Instruction[],
  sums: readonly (readonly GroupSum[])[],
  sizes: readonly Shape[],
  start: Float64Array,
  samples: number,
): Variances {
  const capacity = capacityFor(samples)
  let here = start
  const [before, roots]: [Float64Array[], Float64Array[]] = [[], []]
  const slots = new Map<number, Float64Array>()
  const positive = positiveBefore(steps)
  let inRange = true
  steps.forEach((step, s) => {
    if (isTransfer(step)) {
      const there = slots.get(step.slot) ?? here
      if (step.kind === 'save') slots.set(step.slot, here)
      else here = step.kind === 'load' ? there : here.map((v, i) => v + (there[i] as number))
      return
    }
    if (step.kind === 'norm') {
      before.push(here)
      const { scale, variances } = normalized(here, step, sizes[s] as Shape, capacity)
      roots.push(scale)
      here = variances
      return
    }
    if (step.kind === 'window') {
      const weight = step.wVar / taps(step)
      if (weightAfter(steps, s - 1) === null) here = here.map((v) => weight * v)
      for (const sum of sums[s] ?? []) here = summed(e, here, sum, capacity)
      if (step.bVar !== 0) here = here.map((v) => v + step.bVar)
      return
    }
    before.push(here)
    if (step.kind === 'series') {
      const { low, high } = extremes(here, samples, capacity)
      inRange &&= reaches(step.table, low, high)
      if (!inRange) return
      roots.push(here)
      here = behindSeries(e, step, here, high, weightAfter(steps, s) ?? 1)
      return
    }
    inRange &&= isInRange(step, here)
    const [kind, p, q, r] = encodeClosed(step)
    const n = here.length
    const allot = layout(e.base)
    const [src, root, dst] = [allot(n), allot(n), allot(n)]
    e.reserve(allot(0) - e.base)
    e.f64().set(here, src / 8)
    e.call.spaceVariances(
      kind,
      src,
      root,
      dst,
      n,
      p,
      q,
      r,
      positive[s] === true ? 1 : 0,
      weightAfter(steps, s) ?? 1,
    )
    roots.push(e.f64().slice(root / 8, root / 8 + n))
    here = e.f64().slice(dst / 8, dst / 8 + n)
  })
  return { capacity, before, roots, last: here, inRange }
}

function summed(e: Engine, x: Float64Array, { groups, table }: GroupSum, capacity: number): Float64Array {
  const allot = layout(e.base)
  const n = groups * capacity
  const [src, dst, at] = [allot(x.length), allot(n), allot(table.length)]
  e.reserve(allot(0) - e.base)
  e.f64().set(x, src / 8)
  e.i32().set(table, at / 4)
  e.call.sumGroups(src, dst, groups, at, capacity * 8)
  return e.f64().slice(dst / 8, dst / 8 + n)
}

/** The smallest and the largest variance of the samples, without the columns that fill up. */
export function extremes(
  variances: Float64Array,
  samples: number,
  capacity: number,
): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, 0]
  for (let from = 0; from < variances.length; from += capacity) {
    for (let i = from; i < from + samples; i++) {
      const v = variances[i] as number
      // NaN stays.
      low = Math.min(low, v)
      high = Math.max(high, v)
    }
  }
  return { low, high }
}

/** The variances behind a step by series, times w. */
function behindSeries(
  e: Engine,
  { table }: SeriesParams,
  variances: Float64Array,
  high: number,
  w: number,
): Float64Array {
  const n = variances.length
  const terms = termsUpTo(table, high)
  const allot = layout(e.base)
  const [at, src, dst, block] = [allot(seriesSize(table)), allot(n), allot(n), allot(linesSize(n, terms))]
  e.reserve(allot(0) - e.base)
  writeSeries(e, table, at)
  e.f64().set(variances, src / 8)
  e.call.seriesVariances(at, src, dst, n, block, terms.counts, terms.lines, 0, w, 0)
  return e.f64().slice(dst / 8, dst / 8 + n)
}

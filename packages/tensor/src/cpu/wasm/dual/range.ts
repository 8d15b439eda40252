import type { StackStep } from '../../../composites/contracts.js'
import type { FloatArray } from '../types.js'
import { reaches, squaresBetween } from './series.js'

/** Products of two variances are formed, and of their product differences: beyond these they may leave float64's range. */
const large = 2 ** 400
const small = 2 ** -400

/** Variances from the smallest but 0 to the largest. */
export interface Range {
  readonly low: number
  readonly high: number
  /** Whether there are any of 0. */
  readonly zero: boolean
}

type MonotoneStep = Exclude<StackStep, { readonly kind: 'series' }>

/** The variance after a step, which grows with the one before. */
function after(step: MonotoneStep, q: number): number {
  switch (step.kind) {
    case 'affine':
      return step.wVar * q + step.bVar
    case 'abRelu':
      return ((step.a ** 2 + step.b ** 2) / 2) * q
    case 'stop':
      return q
    case 'profile':
      return step.gain * q
    case 'erf': {
      const v = step.b ** 2 * q
      return step.a ** 2 * (2 / Math.PI) * Math.atan2(2 * v, Math.sqrt(1 + 4 * v)) + step.c ** 2
    }
  }
}

function rangeAfter(step: StackStep, { low, high, zero }: Range): Range {
  const of = (from: number, to: number): readonly [number, number] =>
    step.kind === 'series' ? squaresBetween(step.table, from, to) : [after(step, from), after(step, to)]
  const [least, most] = low <= high ? of(low, high) : [low, high]
  const fromZero = zero ? of(0, 0)[0] : 0
  return {
    low: fromZero > 0 ? Math.min(least, fromZero) : least,
    high: Math.max(most, fromZero),
    zero: zero && fromZero === 0,
  }
}

function rangeOf(variances: readonly FloatArray[]): Range {
  let low = Number.POSITIVE_INFINITY
  let high = 0
  let zero = false
  for (const set of variances) {
    for (let i = 0; i < set.length; i++) {
      const v = set[i] as number
      if (v === 0) zero = true
      else if (v < low) low = v
      if (!(v <= high)) high = v
    }
  }
  return { low, high, zero }
}

/** Whether a step can be taken with these variances. */
function isInRange(step: StackStep, { low, high, zero }: Range): boolean {
  if (step.kind === 'affine' || step.kind === 'stop') return true
  if (step.kind === 'series') return reaches(step.table, zero ? 0 : low, high)
  // A small variance beside the 1 of erf is nothing; beside another small one it is all there is.
  const smallest = step.kind === 'erf' ? 0 : small
  const scale = step.kind === 'erf' ? Math.max(1, step.b ** 2) : 1
  return high * scale <= large && low >= smallest
}

/**
 * The variances before each step, or null where a step cannot be taken: where products of two of them leave the range of float64, or
 * one is beyond the table of a series.
 */
export function rangesOf(steps: readonly StackStep[], ...variances: readonly FloatArray[]): Range[] | null {
  const ranges: Range[] = []
  let range = rangeOf(variances)
  for (const step of steps) {
    if (!isInRange(step, range)) return null
    ranges.push(range)
    range = rangeAfter(step, range)
  }
  return ranges
}

/** Whether all steps can be taken. */
export function productsInRange(steps: readonly StackStep[], ...variances: readonly FloatArray[]): boolean {
  return rangesOf(steps, ...variances) !== null
}

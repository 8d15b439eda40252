import type { DualStep } from '../../../composites/contracts.js'
import type { FloatArray } from '../types.js'

/** Products of two variances are formed, and of their product differences: beyond these they may leave float64's range. */
const large = 2 ** 400
const small = 2 ** -400

/** The variance after a step. */
function after(step: DualStep, q: number): number {
  switch (step.kind) {
    case 'affine':
      return step.wVar * q + step.bVar
    case 'abRelu':
      return ((step.a ** 2 + step.b ** 2) / 2) * q
    case 'profile':
      return step.gain * q
    case 'erf': {
      const v = step.b ** 2 * q
      return step.a ** 2 * (2 / Math.PI) * Math.atan2(2 * v, Math.sqrt(1 + 4 * v)) + step.c ** 2
    }
  }
}

/**
 * Whether all products that the steps form of two variances are in the range of float64. Every step's variance grows with the one
 * before, so that the smallest and the largest tell.
 */
export function productsInRange(steps: readonly DualStep[], ...variances: readonly FloatArray[]): boolean {
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
  for (const step of steps) {
    if (step.kind !== 'affine') {
      // A small variance beside the 1 of erf is nothing; beside another small one it is all there is.
      const smallest = step.kind === 'erf' ? 0 : small
      const scale = step.kind === 'erf' ? Math.max(1, step.b ** 2) : 1
      if (!(high * scale <= large) || low < smallest) return false
    }
    low = after(step, low)
    high = after(step, high)
    const fromZero = zero ? after(step, 0) : 0
    if (fromZero > 0) {
      zero = false
      low = Math.min(low, fromZero)
    }
  }
  return true
}

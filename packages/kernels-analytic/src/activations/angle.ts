import { stopGradient } from '@ntk/autodiff'
import { add, atan2, div, equal, greater, logicalAnd, mul, sqrt, sub, type Value, where } from '@ntk/tensor'
import type { PairCovariances } from './activation.js'
import { squaredSine } from './deficit.js'
import { pairDeterminant, scaledPair } from './pair.js'

/**
 * θ = atan2(√(q11 q22 − q²), q), the angle between two Gaussian pre-activations (π/2 where one has no variance), and the root. At
 * equal and opposite inputs the root is cut out of the derivative. With a deficit, √ takes its digits.
 */
export function angleOf(covariances: PairCovariances): { readonly angle: Value; readonly root: Value } {
  // Angles do not depend on scales, and the root goes with them.
  const { q, q11, q22, scale1, scale2 } = scaledPair(covariances, { small: true })
  const ofCovariances = pairDeterminant(q, q11, q22)
  const { deficit } = covariances
  const determinant =
    deficit === undefined
      ? ofCovariances
      : add(ofCovariances, stopGradient(sub(mul(mul(q11, q22), squaredSine(deficit)), ofCovariances)))
  const apart = greater(determinant, 0)
  const sine = where(apart, sqrt(where(apart, determinant, 1)), 0)
  // atan2(1, 0) has a derivative, atan2(0, 0) has none.
  const degenerate = logicalAnd(equal(sine, 0), equal(q, 0))
  return { angle: atan2(where(degenerate, 1, sine), q), root: div(div(sine, scale1), scale2) }
}

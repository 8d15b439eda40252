import { NtkError } from '@ntk/tensor'
import type { Coordinates } from './coordinates.js'
import type { KernelFlow } from './kernel-flow.js'
import type { LossDerivatives } from './loss-derivatives.js'
import { newtonStep } from './newton.js'
import { negligible } from './newton-iterated.js'
import { combine, norm } from './vector.js'

/** A look at how far training still has to go. */
export interface Remaining {
  /** The step of Newton's method in z to where the gradient is 0. */
  readonly step: Float64Array
  /** Its length in outputs, and that of what has moved until now. */
  readonly distance: number
  readonly moved: number
  /** Whether the directions in which the loss does not curve upwards have no gradient either, but for rounding. */
  readonly restful: boolean
}

/** What remains from outputs and z at the time t. Null where Newton's method has no step there. */
function remaining(
  coordinates: Coordinates,
  loss: LossDerivatives,
  outputs: Float64Array,
  z: Float64Array,
  t: number,
  firstGradient: number,
): Remaining | null {
  const { shares, q } = coordinates
  const newton = newtonStep(coordinates, loss.hessian(outputs), loss.gradient(outputs))
  if (newton === null) return null
  const { u, left } = newton
  const moved = norm(coordinates.move(z))
  const step = u.map((v, i) => v / Math.sqrt(shares[Math.floor(i / q)] as number))
  // what rounding leaves moves by t times itself until t
  const restful = left <= negligible * firstGradient && t * left <= 1e-3 * moved
  return { step, distance: norm(u), moved, restful }
}

/** The share of what has moved within which Newton's method takes over from the flow, and that within which training has ended. */
const [near, there] = [1e-2, 1e-13]

/** How much later the next look is, and the latest one, in units of the loss's rate at the start. */
const [later, latest] = [4, 1e30]

/**
 * Finds where a flow ends. `arrived` is for `integrate`: it follows the flow until Newton's method is near the end of it, and then takes its last steps, so that
 * of several ends it is the one to which the flow leads. Throws NtkError 'diverged' where there is none: outputs that still move after 1e30 times the time of
 * the fastest direction; 'no-convergence' where the last step of Newton's method found no solution.
 */
export function steadyState(
  coordinates: Coordinates,
  loss: LossDerivatives,
  flow: KernelFlow,
): { arrived(t: number, state: Float64Array): boolean; end(): Float64Array } {
  const unit = flow.rate > 0 ? 1 / flow.rate : 1
  let next = unit
  let found: Float64Array | null = null
  let unsolved = false
  const firstGradient = norm(loss.gradient(flow.outputs(0, flow.start)))
  const polish = (t: number, state: Float64Array): Float64Array | null => {
    let z = Float64Array.from(flow.position(state))
    const velocity = flow.velocity(state)
    if (
      velocity !== null &&
      !(norm(coordinates.move(velocity)) <= near * flow.friction * norm(coordinates.move(z)))
    )
      return null
    // where the velocity at the start has faded
    const shift = combine(flow.outputs(Infinity, state), [-1], [coordinates.move(z)])
    const at = (place: Float64Array): Float64Array => combine(shift, [1], [coordinates.move(place)])
    let before = Infinity
    for (let i = 0; i < 20; i++) {
      const look = remaining(coordinates, loss, at(z), z, t, firstGradient)
      unsolved = look === null
      if (look === null || !look.restful || !(look.distance <= near * look.moved || look.distance === 0))
        return null
      if (look.distance <= there * look.moved || look.distance >= 0.5 * before)
        return look.distance <= 1e-9 * look.moved ? z : null
      before = look.distance
      z = combine(z, [1], [look.step]) as Float64Array<ArrayBuffer>
    }
    return null
  }
  return {
    arrived(t, state) {
      if (firstGradient === 0 && flow.velocity(state) === null) {
        found = flow.position(state)
        return true
      }
      if (t < next) return false
      if (t > latest * unit) throw unsolved ? notSolved() : noSteadyState(coordinates, flow, state)
      next = later * t
      found = polish(t, state)
      return found !== null
    },
    end: () => found ?? flow.position(flow.start),
  }
}

function noSteadyState({ move }: Coordinates, flow: KernelFlow, state: Float64Array): NtkError {
  const moved = move(flow.position(state)).reduce((a, v) => Math.max(a, Math.abs(v)), 0)
  return new NtkError('diverged', {
    what: 'Training under this loss has no end: outputs go on moving for ever, as those of cross-entropy on labels that the kernel can separate.',
    got: `outputs moved by up to ${moved.toPrecision(3)} and none at rest`,
    fix: 'Take a finite t, labels that are probabilities between 0 and 1, or a loss with a minimum.',
  })
}

function notSolved(): NtkError {
  return new NtkError('no-convergence', {
    what: 'The end of training was not found: conjugate gradients on the curvature of the loss come to no solution.',
    got: "no step of Newton's method at the latest time",
    fix: 'Take a late finite t, or add to the kernel with diagReg.',
  })
}

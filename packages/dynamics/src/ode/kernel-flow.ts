import type { Coordinates } from './coordinates.js'
import { curvatureOf, denseUnknowns } from './curvature.js'
import type { Hessian, LossDerivatives } from './loss-derivatives.js'
import type { Linearization, Problem } from './problem.js'
import { combine, norm } from './vector.js'

/** Heavy-ball momentum in the time of the coordinates. */
export interface Momentum {
  /** a = (m − 1) / √η, in that time: below 0. */
  readonly friction: number
  /** Velocity of the outputs at the start [n k]; null for rest. It fades as e^{a t} by itself, also where the kernel could not have made it. */
  readonly velocity: Float64Array | null
}

export interface Tolerances {
  readonly relative: number
  /** In units of the outputs. */
  readonly absolute: number
}

/** Training as a differential equation of z [r q], with momentum of z and its velocity w [2 r q]. */
export interface KernelFlow extends Problem {
  readonly start: Float64Array
  /** |a|: the rate at which velocities fade; 0 without momentum. */
  readonly friction: number
  /** z of a state. */
  position(state: Float64Array): Float64Array
  /** w of a state; null without momentum. */
  velocity(state: Float64Array): Float64Array | null
  /** Outputs [n k]. */
  outputs(t: number, state: Float64Array): Float64Array
  /** An estimate of the largest rate at the start, for the first step; 0 where the loss is flat there. */
  readonly rate: number
}

/**
 * ż = −Aᵀ ∇L(f0 + A z), or with momentum ż = w, ẇ = a w − Aᵀ ∇L(f0 + φ q0 + A z) with φ = (e^{a t} − 1) / a, from z = 0. `dense`: see `curvatureOf`.
 */
export function kernelFlow(
  coordinates: Coordinates,
  loss: LossDerivatives,
  f0: Float64Array,
  momentum: Momentum | null,
  tolerances: Tolerances,
  dense: number = denseUnknowns,
): KernelFlow {
  const size = coordinates.rank * coordinates.q
  const position = (state: Float64Array): Float64Array =>
    momentum === null ? state : state.subarray(0, size)
  const velocity = (state: Float64Array): Float64Array | null =>
    momentum === null ? null : state.subarray(size)
  const outputs = (t: number, state: Float64Array): Float64Array => {
    const moved = combine(f0, [1], [coordinates.move(position(state))])
    if (momentum === null || momentum.velocity === null) return moved
    return combine(moved, [drift(momentum.friction, t)], [momentum.velocity])
  }
  const force = (f: Float64Array): Float64Array => coordinates.pull(loss.gradient(f)).map((v) => -v)
  const linearize = (t: number, state: Float64Array): Linearization => {
    const hessian = loss.hessian(outputs(t, state))
    const { shifted } = curvatureOf(coordinates, hessian, dense)
    if (momentum === null) return { shifted, timeSlope: null }
    return {
      timeSlope: timeSlopeOf(coordinates, hessian, momentum, t),
      // of J = [[0, 1], [−M, a]]: (I + c² / (1 − c a) M) x = r1 + c / (1 − c a) r2, and v = (x − r1) / c
      shifted(c) {
        const weight = c / (1 - c * momentum.friction)
        const solve = shifted(c * weight)
        if (solve === null) return null
        return (r) => {
          const first = r.subarray(0, size)
          const x = solve(combine(first, [weight], [r.subarray(size)]))
          const out = new Float64Array(2 * size)
          out.set(x)
          for (let i = 0; i < size; i++) out[size + i] = ((x[i] as number) - (first[i] as number)) / c
          return out
        }
      },
    }
  }
  const rate = rateOf(loss.hessian(f0), loss.outputs)
  return {
    start: new Float64Array(momentum === null ? size : 2 * size),
    friction: Math.abs(momentum?.friction ?? 0),
    rate: momentum === null ? rate : Math.sqrt(rate) - momentum.friction,
    position,
    velocity,
    outputs,
    linearize,
    slope(t, state) {
      const pushed = force(outputs(t, state))
      if (momentum === null) return pushed
      const w = state.subarray(size)
      const out = new Float64Array(2 * size)
      out.set(w)
      out.set(combine(pushed, [momentum.friction], [w]), size)
      return out
    },
    errorOf: errorMeasure(coordinates, position, velocity, momentum?.friction ?? 0, tolerances),
  }
}

/** (e^{a t} − 1) / a. */
export function drift(friction: number, t: number): number {
  return friction === 0 ? t : Math.expm1(friction * t) / friction
}

/** ∂/∂t of the force, by the drift of the velocity at the start: (0, −Aᵀ ∇²L q0 e^{a t}). */
function timeSlopeOf(
  { pull }: Coordinates,
  hessian: Hessian,
  { velocity, friction }: Momentum,
  t: number,
): Float64Array | null {
  if (velocity === null) return null
  const pushed = pull(hessian.times(velocity))
  const out = new Float64Array(2 * pushed.length)
  const decay = -Math.exp(friction * t)
  out.set(
    pushed.map((v) => v * decay),
    pushed.length,
  )
  return out
}

/** The largest row sum of magnitudes of the blocks, a bound of their eigenvalues. */
function rateOf({ blocks }: Hessian, k: number): number {
  let largest = 0
  for (let from = 0; from < blocks.length; from += k) {
    let sum = 0
    for (let i = from; i < from + k; i++) sum += Math.abs(blocks[i] as number)
    if (sum > largest) largest = sum
  }
  return largest
}

/**
 * The larger of the errors of z (in the norm of the kernel's space, which bounds errors at all points) and of A z (on the training set), each against its own
 * size, so that it is free of units; and with momentum that of the velocity, as far as it will become one of z.
 */
function errorMeasure(
  { move }: Coordinates,
  position: KernelFlow['position'],
  velocity: KernelFlow['velocity'],
  friction: number,
  { relative, absolute }: Tolerances,
): Problem['errorOf'] {
  const known = new WeakMap<Float64Array, readonly [z: number, moved: number]>()
  const sizesOf = (state: Float64Array): readonly [number, number] => {
    const before = known.get(state)
    if (before !== undefined) return before
    const z = position(state)
    const sizes = [norm(z), norm(move(z))] as const
    known.set(state, sizes)
    return sizes
  }
  return (error, y, next) => {
    const [z, moved] = sizesOf(y)
    const [zNext, movedNext] = sizesOf(next)
    const e = position(error)
    const free = absolute * Math.sqrt(e.length)
    const largest = Math.max(z, zNext)
    const measure = (size: number, scale: number): number =>
      size === 0 ? 0 : size / (relative * scale + free)
    const measures = [measure(norm(e), largest), measure(norm(move(e)), Math.max(moved, movedNext))]
    const [v, vNext, vError] = [velocity(y), velocity(next), velocity(error)]
    if (v !== null && vNext !== null && vError !== null) {
      measures.push(measure(norm(vError), Math.max(norm(v), norm(vNext), Math.abs(friction) * largest)))
    }
    return measures.some(Number.isNaN) ? Number.NaN : Math.max(...measures)
  }
}

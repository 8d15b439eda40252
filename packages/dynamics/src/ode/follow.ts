import { NtkError, type Tensor } from '@ntk/tensor'
import type { LossFn } from '../steps/loss.js'
import type { Coordinates } from './coordinates.js'
import { denseUnknowns } from './curvature.js'
import { type Course, integrate, methods, type Stepwise } from './integrate.js'
import { drift, type KernelFlow, kernelFlow } from './kernel-flow.js'
import { type LossDerivatives, lossDerivatives } from './loss-derivatives.js'
import type { OdeMethod } from './options.js'
import type { OutputOrder } from './outputs.js'
import type { Start } from './start.js'
import { steadyState } from './steady.js'

/** A kernel made ready for outputs of a shape. */
export interface System {
  readonly order: OutputOrder
  readonly coordinates: Coordinates
}

export interface Follow {
  readonly learningRate: number
  readonly momentum: number | null
  readonly method: OdeMethod
  readonly relativeTolerance: number
  readonly absoluteTolerance: number
  readonly maxSteps: number
}

/** A training at a time, in coordinates of the kernel. */
export interface Moment {
  readonly z: Float64Array
  /** Its velocity in the time t √η; null without momentum. */
  readonly w: Float64Array | null
  /** How far outputs went by the velocity that they started with, in units of that velocity; and what is left of it. */
  readonly drift: number
  readonly fading: number
}

/** Follows training to each of some times, and to the latest of them, in the order in which they are asked for. */
export function* follow(
  { order, coordinates }: System,
  loss: LossFn,
  labels: Tensor,
  start: Start,
  settings: Follow,
  times: readonly number[],
): Stepwise<readonly Moment[]> {
  const { learningRate, relativeTolerance: relative, absoluteTolerance: absolute } = settings
  const momentum = settings.momentum === null || settings.momentum === 0 ? null : settings.momentum
  const numbers = (x: Tensor): Float64Array => order.toKernel(Float64Array.from(x.dataSync()))
  const f0 = numbers(start.fTrain)
  const derivatives = lossDerivatives(loss, labels, f0, start.fTrain.shape, order)
  // the time of the coordinates: s η t, and √(s η) t with momentum, where a velocity is by √s smaller than in t √η
  const root = Math.sqrt(coordinates.scale)
  const friction = momentum === null ? 0 : (momentum - 1) / Math.sqrt(learningRate)
  const flow = kernelFlow(
    coordinates,
    derivatives,
    f0,
    momentum === null
      ? null
      : {
          friction: friction / root,
          velocity: start.qTrain && numbers(start.qTrain).map((v) => v / root),
        },
    { relative, absolute },
  )
  const unit = momentum === null ? learningRate * coordinates.scale : Math.sqrt(learningRate) * root
  const moments = new Map<number, Moment>()
  const momentOf = (t: number, state: Float64Array): Moment => ({
    z: flow.position(state),
    w: flow.velocity(state)?.map((v) => v * root) ?? null,
    drift: drift(friction, t * Math.sqrt(learningRate)),
    fading: Math.exp(friction * t * Math.sqrt(learningRate)),
  })
  const finite = [...new Set(times.filter((t) => t !== Infinity))].toSorted((a, b) => a - b)
  const course: Course = {
    times: finite.map((t) => inRange(t * unit, t)),
    firstStep: (0.1 * relative ** 0.2) / (flow.rate > 0 ? flow.rate : 1),
    method: settings.method === 'auto' ? null : methods[settings.method],
    worth: worthOf(coordinates, derivatives),
    maxSteps: settings.maxSteps,
    unit,
  }
  if (coordinates.rank === 0) {
    return times.map((t) => momentOf(t, flow.start))
  }
  if (finite.length === times.length) {
    const { states } = yield* integrate(flow, flow.start, course)
    finite.forEach((t, i) => moments.set(t, momentOf(t, states[i] as Float64Array)))
  } else {
    const [end, states] = yield* toTheEnd(coordinates, derivatives, flow, course)
    finite.forEach((t, i) => moments.set(t, momentOf(t, states[i] as Float64Array)))
    const rest = momentOf(Infinity, flow.start)
    moments.set(Infinity, { ...rest, z: end })
  }
  return times.map((t) => moments.get(t) as Moment)
}

function* toTheEnd(
  coordinates: Coordinates,
  loss: LossDerivatives,
  flow: KernelFlow,
  course: Course,
): Stepwise<[end: Float64Array, states: readonly Float64Array[]]> {
  const { arrived, end } = steadyState(coordinates, loss, flow)
  const { states } = yield* integrate(flow, flow.start, { ...course, until: arrived })
  return [end(), states]
}

function inRange(time: number, t: number): number {
  if (Number.isFinite(time)) return time
  throw new NtkError('value', {
    what: 'A training time, times the learning rate and the largest eigenvalue of the kernel, needs to be a number.',
    got: `t: ${t}, which makes it infinite`,
    fix: 'Take an earlier t, or Infinity.',
  })
}

/** How many explicit steps must be left for a few hundred implicit ones to cost less, by counted operations. */
function worthOf({ rank, q, vectors }: Coordinates, { outputs }: LossDerivatives): number {
  const rows = vectors.shape[0] as number
  const unknowns = rank * q
  const call = 3e5
  const product = 4 * rows * rank * q
  const explicit = 7 * (product + call)
  const factor = 2 * rows * rank * rank * q * q + unknowns ** 3 / 3
  const solves = unknowns <= denseUnknowns ? factor + 16 * unknowns ** 2 : 8 * 40 * product
  const implicit = 8 * (product + call) + (outputs + 1) * call + solves
  return Math.max(100, (300 * implicit) / explicit)
}

import { NtkError } from '@ntk/tensor'
import { dormandPrince } from './dormand-prince.js'
import type { Method, Problem, Step } from './problem.js'
import { rodas } from './rosenbrock.js'

/** Methods by name. */
export const methods: Readonly<Record<'dormandPrince' | 'rodas', Method>> = { dormandPrince, rodas }

export interface Course {
  /** Times at which y is wanted, ascending, none below 0. */
  readonly times: readonly number[]
  readonly firstStep: number
  /** Null: Dormand-Prince, and Rodas5P from where that is held back by stability. */
  readonly method: Method | null
  /** How many explicit steps must be left for an implicit method to be the cheaper one. */
  readonly worth: number
  readonly maxSteps: number
  /** What one unit of the user's time is in that of the equation, for messages; 1 unless given. */
  readonly unit?: number | undefined
  /** Goes on beyond the last time until this is true, which it is asked after each step. */
  readonly until?: ((t: number, y: Float64Array, slope: Float64Array) => boolean) | undefined
}

export interface Integrated {
  /** y at each of the times. */
  readonly states: readonly Float64Array[]
  /** Where the integration ended: at the last time, or where `until` was true. */
  readonly end: Float64Array
  readonly steps: number
  /** Steps of each method, by name. */
  readonly taken: Readonly<Record<string, number>>
}

/** Steps in which the explicit method was at the edge of its stability, until it counts as held back by it. */
const patience = 12

/** The least and the largest factor by which a step changes from one to the next. */
const [shrink, grow] = [0.1, 8]

/** Work that pauses before each of its steps, with the number of those taken, so that whoever walks through it may stop there. */
export type Stepwise<T> = Generator<number, T, void>

/** Work without a pause. */
export function atOnce<T>(work: Stepwise<T>): T {
  while (true) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

/**
 * Solves dy/dt = f from y at t = 0 in steps of controlled error: one integration for all times, between steps by the continuous
 * solution, at the last one by a step that ends there. Throws NtkError 'diverged' where y leaves the range of numbers, 'no-convergence' after
 * `maxSteps` steps, and where steps become too small to add to t.
 */
export function* integrate(problem: Problem, start: Float64Array, course: Course): Stepwise<Integrated> {
  const { times, maxSteps, until } = course
  const last = times.at(-1) ?? 0
  const endless = until !== undefined
  const states: Float64Array[] = []
  const taken: Record<string, number> = {}
  let method = course.method ?? dormandPrince
  let [t, y, h] = [0, start, course.firstStep]
  let slope = problem.slope(0, y)
  let [steps, pressed, previous] = [0, 0, 1]
  let rejected = false
  while (times[states.length] === 0) states.push(y)
  if (last === 0 && until?.(t, y, slope) === true) return { states, end: y, steps, taken }
  const end = endless ? Infinity : last
  while (t < end) {
    if (steps >= maxSteps) throw tooManySteps(t / (course.unit ?? 1), steps)
    // 1.01: no step is left that only rounding made
    const toEnd = !endless && t + 1.01 * h >= last
    const size = toEnd ? last - t : h
    if (t + size === t) throw tooSmall(t / (course.unit ?? 1))
    yield steps
    steps++
    const step = method.step(problem, t, y, slope, size)
    const error = step === null ? Infinity : problem.errorOf(step.error, y, step.y)
    if (step === null || !(error <= 1)) {
      h = size * (Number.isFinite(error) ? Math.max(shrink, safe(method, error)) : shrink)
      rejected = true
      continue
    }
    const next = toEnd ? last : t + size
    while (states.length < times.length && (times[states.length] as number) <= next) {
      const share = ((times[states.length] as number) - t) / size
      states.push(share >= 1 ? step.y : step.at(share))
    }
    taken[method.name] = (taken[method.name] ?? 0) + 1
    const wanted = factorOf(method, error, previous)
    const factor = Math.min(rejected ? 1 : grow, Math.max(shrink, wanted))
    previous = Math.max(error, 1e-10)
    rejected = false
    h = toEnd ? Math.max(h, size * factor) : size * factor
    ;[t, y] = [next, step.y]
    slope = step.slope ?? problem.slope(t, y)
    if (t >= last && until?.(t, y, slope) === true) break
    if (course.method === null && method === dormandPrince) {
      pressed = atTheEdge(step, method, size) ? pressed + 1 : Math.max(0, pressed - 1)
      const left = endless ? Infinity : (last - t) / h
      if (pressed >= patience && left > course.worth) method = rodas
    }
  }
  return { states, end: y, steps, taken }
}

function safe({ errorOrder }: Method, error: number): number {
  return error === 0 ? grow : 0.9 * error ** (-1 / errorOrder)
}

/** How much longer the next step may be; with a look at the error of the step before where stability may limit steps, so that they do not swing (Gustafsson 1991). */
function factorOf(method: Method, error: number, previous: number): number {
  if (method.stableTo === Infinity) return safe(method, error)
  return safe(method, error ** 0.85 / Math.max(previous, 1e-4) ** 0.2)
}

function atTheEdge({ rate }: Step, { stableTo }: Method, h: number): boolean {
  return rate * h > 0.75 * stableTo
}

function tooManySteps(t: number, steps: number): NtkError {
  return new NtkError('no-convergence', {
    what: 'The differential equation of training needs more steps than maxSteps allows.',
    got: `${steps} steps, which came to t = ${t.toPrecision(6)}`,
    fix: 'Look for a loss with kinks, or one whose gradient is lost in rounding at late times; or take a larger maxSteps or relativeTolerance, or an earlier t.',
  })
}

function tooSmall(t: number): NtkError {
  return new NtkError('diverged', {
    what: 'Training diverges: no step of its differential equation is small enough to go on.',
    got: `t = ${t.toPrecision(6)}`,
    fix: 'Look for a loss without lower bound, or with a jump or NaN at the outputs that training reaches; or take an earlier t.',
  })
}

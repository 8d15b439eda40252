import { NtkError } from '@ntk/tensor'
import { type Along, strongWolfe } from './line-search.js'

/** A function and its gradient at a point. */
export interface Evaluation {
  readonly value: number
  readonly gradient: Float64Array
}

export interface LbfgsOptions {
  /** Bounds of each variable; none where absent. */
  readonly lower?: ArrayLike<number>
  readonly upper?: ArrayLike<number>
  /** Iterations at most. */
  readonly iterations?: number
  /** It ends where no free variable's derivative is above this. */
  readonly tolerance?: number
  /** It ends where an iteration lowers the value by less than this share of it. */
  readonly relative?: number
}

export interface Minimum extends Evaluation {
  readonly x: Float64Array
  readonly iterations: number
  readonly evaluations: number
  /** Why it ended: a vanishing gradient, a value that no longer falls, no step that lowers it, or the last iteration. */
  readonly because: 'gradient' | 'value' | 'step' | 'iterations'
}

/** Pairs of steps and changes of the gradient that the inverse Hessian is made of. */
const memory = 10

interface Pair {
  readonly s: Float64Array
  readonly y: Float64Array
}

interface Point extends Along, Evaluation {
  readonly x: Float64Array
}

/**
 * A minimum of a smooth function, by L-BFGS with a strong-Wolfe line search (Nocedal and Wright 2006, algorithms 7.4, 3.5, 3.6). Bounds are kept
 * by projection: a variable at its bound whose derivative points outwards rests, the others move until the next bound. Where the function is NaN or
 * infinite it is not entered. Throws NtkError 'not-finite' where it starts there.
 */
export async function lbfgs(
  f: (x: Float64Array) => Evaluation | Promise<Evaluation>,
  start: Float64Array,
  { lower, upper, iterations = 100, tolerance = 1e-6, relative = 1e-10 }: LbfgsOptions = {},
): Promise<Minimum> {
  const low = (i: number): number => lower?.[i] ?? -Infinity
  const high = (i: number): number => upper?.[i] ?? Infinity
  let x: Float64Array = start.map((v, i) => Math.min(high(i), Math.max(low(i), v)))
  let now = await f(x)
  let evaluations = 1
  if (!Number.isFinite(now.value) || !now.gradient.every(Number.isFinite)) {
    throw new NtkError('not-finite', {
      what: 'A search for a minimum needs a finite value and gradient where it starts.',
      got: String(now.value),
    })
  }
  const pairs: Pair[] = []
  const end = (because: Minimum['because'], iteration: number): Minimum => ({
    ...now,
    x,
    iterations: iteration,
    evaluations,
    because,
  })
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { gradient } = now
    const free = gradient.map((g, i) => (moves(x[i] as number, -g, low(i), high(i)) ? 1 : 0))
    if (!gradient.some((g, i) => free[i] === 1 && Math.abs(g) > tolerance)) return end('gradient', iteration)
    let direction: Float64Array = descent(gradient, pairs, free)
    // what would leave its bound at once rests, too
    direction.forEach((d, i) => {
      if (!moves(x[i] as number, d, low(i), high(i))) direction[i] = 0
    })
    if (!(dot(direction, gradient) < 0)) {
      pairs.length = 0
      direction = gradient.map((g, i) => -g * (free[i] as number))
    }
    let most = Infinity
    direction.forEach((d, i) => {
      if (d !== 0) most = Math.min(most, ((d > 0 ? high(i) : low(i)) - (x[i] as number)) / d)
    })
    const from = x
    const along = async (step: number): Promise<Point> => {
      const place = from.map((v, i) => onto(v + step * (direction[i] as number), low(i), high(i)))
      const { value, gradient: slope } = await f(place)
      evaluations++
      return { x: place, step, value, gradient: slope, slope: dot(slope, direction) }
    }
    const first = pairs.length === 0 ? Math.min(1, 1 / norm(direction)) : 1
    const next = await strongWolfe(
      along,
      { step: 0, value: now.value, slope: dot(direction, gradient) },
      first,
      most,
    )
    if (next === null) {
      if (pairs.length === 0) return end('step', iteration)
      // The memory may mislead: once more along the gradient.
      pairs.length = 0
      continue
    }
    remember(pairs, next.x, x, next.gradient, gradient)
    const fell = now.value - next.value
    x = next.x
    now = { value: next.value, gradient: next.gradient }
    if (fell <= relative * Math.max(Math.abs(now.value), Number.MIN_VALUE)) return end('value', iteration + 1)
  }
  return end('iterations', iterations)
}

/** Into the bounds, and onto one that is as near as rounding. */
function onto(x: number, low: number, high: number): number {
  if (x <= low + 1e-13 * Math.abs(low)) return low
  return x >= high - 1e-13 * Math.abs(high) ? high : x
}

/** Whether a variable can go in a direction. */
const moves = (x: number, direction: number, low: number, high: number): boolean =>
  !(x <= low && direction < 0) && !(x >= high && direction > 0)

/** −H g on the free variables, with H from the pairs (algorithm 7.4). */
function descent(gradient: Float64Array, pairs: readonly Pair[], free: Float64Array): Float64Array {
  const q = gradient.map((g, i) => g * (free[i] as number))
  const shares: number[] = []
  const usable = pairs.filter(({ s, y }) => dotFree(s, y, free) > 0)
  for (const { s, y } of usable.toReversed()) {
    const share = dotFree(s, q, free) / dotFree(s, y, free)
    shares.push(share)
    addTo(q, y, -share, free)
  }
  const last = usable.at(-1)
  const scale = last === undefined ? 1 : dotFree(last.s, last.y, free) / dotFree(last.y, last.y, free)
  q.forEach((v, i) => {
    q[i] = v * scale
  })
  for (const { s, y } of usable) {
    const share = (shares.pop() as number) - dotFree(y, q, free) / dotFree(s, y, free)
    addTo(q, s, share, free)
  }
  return q.map((v) => -v)
}

function remember(
  pairs: Pair[],
  to: Float64Array,
  from: Float64Array,
  after: Float64Array,
  before: Float64Array,
): void {
  const s = to.map((v, i) => v - (from[i] as number))
  const y = after.map((v, i) => v - (before[i] as number))
  // Without positive curvature, as at a bound, the pair says nothing of a minimum.
  if (!(dot(s, y) > 1e-12 * norm(s) * norm(y))) return
  pairs.push({ s, y })
  if (pairs.length > memory) pairs.shift()
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number)
  return total
}

function dotFree(a: Float64Array, b: Float64Array, free: Float64Array): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number) * (free[i] as number)
  return total
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))

function addTo(a: Float64Array, b: Float64Array, share: number, free: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + share * (b[i] as number) * (free[i] as number)
}

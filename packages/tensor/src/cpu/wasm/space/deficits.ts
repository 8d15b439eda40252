import type { AxisWindow } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import { type Instruction, isActivation, isTransfer, readsVariances } from './instructions.js'

/**
 * Deficits D = q11 + q22 − 2q go beside K to where an activation reads the angle from them (assembly/dual/space-abrelu.ts). Windows and sums
 * map them as they map K, norms have a rule, and activations other than `abRelu` leave none.
 */
export interface DeficitPlan {
  /** Whether any step reads them. */
  readonly any: boolean
  /** Before each step, and at the end, whether they are there and somebody behind reads them. */
  readonly live: readonly boolean[]
}

/** Which steps deficits go through, where they start with the data (`fromData`) or not. */
export function deficitPlan(steps: readonly Instruction[], fromData: boolean): DeficitPlan {
  const there = present(steps, fromData)
  const wanted = needed(steps)
  return {
    any: steps.some(({ kind }) => kind === 'abRelu'),
    live: there.map((is, s) => is && wanted[s] === true),
  }
}

function present(steps: readonly Instruction[], fromData: boolean): boolean[] {
  const slots = new Map<number, boolean>()
  const all = [fromData]
  for (const step of steps) {
    const here = all.at(-1) as boolean
    if (!isTransfer(step)) {
      all.push(isActivation(step) ? step.kind === 'abRelu' : here)
      continue
    }
    const beside = slots.get(step.slot) === true
    if (step.kind === 'save') slots.set(step.slot, here)
    all.push(step.kind === 'save' ? here : beside && (here || step.kind === 'load'))
  }
  return all
}

function needed(steps: readonly Instruction[]): boolean[] {
  const slots = new Map<number, boolean>()
  const all = [false]
  for (const step of [...steps].reverse()) {
    const after = all[0] as boolean
    let before = after
    if (isTransfer(step)) {
      const beside = slots.get(step.slot) === true
      if (step.kind === 'save') {
        before ||= beside
        slots.delete(step.slot)
      } else {
        slots.set(step.slot, beside || after)
        before &&= step.kind === 'add'
      }
    } else if (isActivation(step)) before = step.kind === 'abRelu'
    all.unshift(before)
  }
  return all
}

/** Of some samples the variances before each step that reads them. */
interface Before {
  /** [places, capacity]. */
  readonly before: readonly Float64Array[]
  readonly capacity: number
}

/**
 * Deficits cost a quarter of the time, and only small angles need them: q tells an angle θ to 1e-16/θ. So a chunk goes without them to the
 * activation that is the first to make some, and looks there for angles whose half has a tangent below a limit; where there is one it starts again
 * with deficits. Null where nothing makes any.
 */
export function branchOf(steps: readonly Instruction[], { live }: DeficitPlan): number | null {
  const step = steps.findIndex(({ kind }, s) => kind === 'abRelu' && live[s + 1] === true)
  return step === -1 ? null : step
}

/** 1 − cos θ of the least angle, 1/32, that q may tell: to 4e-15. */
const leastDeficit = 1 - Math.cos(1 / 32)

/**
 * The tangent of half the angle that a pair must start with at least to stay above the least one at all activations, at places of mean variance,
 * of each of n samples: that of a pair is the larger of two. Infinity where none is large enough. It depends on nothing but the sample, so that a pair
 * has the same bits beside any others.
 */
export function tangentsOf(
  steps: readonly Instruction[],
  { live }: DeficitPlan,
  branch: number | null,
  { before, capacity }: Before,
  n: number,
): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    if (branch === null) return Infinity
    const variances = before.map((own) => mean(own, i, capacity))
    const staysLarge = (start: number): boolean =>
      leastAfter(steps, live, branch, start, variances) >= leastDeficit
    if (!staysLarge(1)) return Infinity
    let [small, large] = [0, 1]
    for (let k = 0; k < 20; k++) {
      const middle = (small + large) / 2
      if (staysLarge(middle)) large = middle
      else small = middle
    }
    return Math.tan(Math.acos(1 - large) / 2)
  })
}

/** Of some hundred places of sample i. */
function mean(x: Float64Array, i: number, capacity: number): number {
  const apart = capacity * Math.max(1, Math.floor(x.length / capacity / 200))
  let [sum, count] = [0, 0]
  for (let k = i; k < x.length; k += apart) {
    sum += x[k] as number
    count++
  }
  return sum / count
}

/** The least 1 − cos θ before the activations behind `first`, of a pair with so much before that. */
function leastAfter(
  steps: readonly Instruction[],
  live: readonly boolean[],
  first: number,
  start: number,
  variances: readonly number[],
): number {
  let [here, least] = [start, 1]
  let read = steps.slice(0, first).filter(readsVariances).length
  const slots = new Map<number, number>()
  for (let s = first; s < steps.length; s++) {
    const step = steps[s] as Instruction
    if (step.kind === 'save') slots.set(step.slot, here)
    else if (step.kind === 'load') here = slots.get(step.slot) ?? start
    else if (step.kind === 'add') here = Math.min(here, slots.get(step.slot) ?? start)
    // K' = w K + b: the bias is the same of both.
    else if (step.kind === 'window') here *= Math.max(0, 1 - step.bVar / (variances[read] ?? Infinity))
    if (readsVariances(step)) read++
    if (step.kind !== 'abRelu') continue
    if (s > first && live[s] === true) least = Math.min(least, here)
    const theta = Math.acos(1 - here)
    const bent =
      ((step.a - step.b) ** 2 / (Math.PI * (step.a ** 2 + step.b ** 2))) *
      (Math.sin(theta) - theta * Math.cos(theta))
    here = Math.max(0, here - bent)
  }
  return least
}

/** Pairs of places along one axis, place · size + place'. */
type PairsOfAxis = readonly boolean[]

/**
 * Before each step, of the pairs of places along each axis (the last may be the only one), where one of two samples was padding under a
 * window and the other was not since deficits were made: windows of deficits do not know how long the other was. These pairs have no
 * small deficits, and take them from K.
 */
export function mixedPairs(
  steps: readonly Instruction[],
  sizes: readonly Shape[],
): (readonly PairsOfAxis[])[] {
  const none = (shape: Shape): PairsOfAxis[] => shape.map((size) => new Array<boolean>(size ** 2).fill(false))
  const slots = new Map<number, readonly PairsOfAxis[]>()
  const known = new Map<string, PairsOfAxis>()
  const all: (readonly PairsOfAxis[])[] = [none(sizes[0] as Shape)]
  steps.forEach((step, s) => {
    const here = all[s] as readonly PairsOfAxis[]
    const shape = sizes[s + 1] as Shape
    if (step.kind === 'save') slots.set(step.slot, here)
    if (step.kind === 'window') {
      all.push(
        here.map((pairs, axis) => {
          const window = step.axes[axis]
          if (window === undefined) return pairs
          const key = `${JSON.stringify(window)} ${pairs.map(Number).join('')}`
          const found = known.get(key) ?? behindWindow(pairs, window, (sizes[s] as Shape)[axis] as number)
          known.set(key, found)
          return found
        }),
      )
    } else if (isActivation(step)) all.push(none(shape))
    else if (step.kind === 'load') all.push(slots.get(step.slot) ?? none(shape))
    else if (step.kind === 'add') {
      const beside = slots.get(step.slot)
      all.push(here.map((pairs, axis) => pairs.map((is, k) => is || beside?.[axis]?.[k] === true)))
    } else all.push(here)
  })
  return all
}

function behindWindow(pairs: PairsOfAxis, window: AxisWindow, before: number): PairsOfAxis {
  const after = window[0]?.length ?? 0
  return Array.from({ length: after ** 2 }, (_, k) =>
    window.some((tap) => {
      const [p, q] = [tap[Math.floor(k / after)] as number, tap[k % after] as number]
      if (p < 0 || q < 0) return p >= 0 || q >= 0
      return pairs[p * before + q] === true
    }),
  )
}

/** The same as a chunk has them, whose groups are pairs of leading places and whose rows and columns the places along the last axis. */
export interface MixedPairs {
  /** Of every group whether it is all of it. */
  readonly whole: Int32Array
  /** Of every row of the others how many columns, and which; null: none. */
  readonly columns: Int32Array | null
}

/** Makes the tables of chunks; `places` as in `Stage`. */
export function mixedTables(): (
  pairs: readonly PairsOfAxis[],
  shape: Shape,
  places: Int32Array,
) => MixedPairs | null {
  const known = new Map<PairsOfAxis, Int32Array | null>()
  return (pairs, shape, places) => {
    const last = pairs.at(-1) as PairsOfAxis
    const columns = known.get(last) ?? columnsOf(last)
    known.set(last, columns)
    const whole = Int32Array.from({ length: places.length / 2 }, (_, g) =>
      isMixed(pairs, shape, places[2 * g] as number, places[2 * g + 1] as number) ? 1 : 0,
    )
    return columns === null && !whole.includes(1) ? null : { whole, columns }
  }
}

function columnsOf(pairs: PairsOfAxis): Int32Array | null {
  const size = Math.sqrt(pairs.length)
  if (!pairs.includes(true)) return null
  const rows = Array.from({ length: size }, (_, r) => {
    const own = Array.from({ length: size }, (__, c) => c).filter((c) => pairs[r * size + c] === true)
    return [own.length, ...own]
  })
  return Int32Array.from(rows.flat())
}

/** Whether a pair of leading places p, q, row-major, is mixed along one of their axes. */
function isMixed(pairs: readonly PairsOfAxis[], shape: Shape, p: number, q: number): boolean {
  let [a, b] = [p, q]
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    const size = shape[axis] as number
    if (pairs[axis]?.[(a % size) * size + (b % size)] === true) return true
    a = Math.floor(a / size)
    b = Math.floor(b / size)
  }
  return false
}
